use hyper::Method;
use serde_json::{Value, json};

use crate::support::{BASIC, Fixture, JSON, KEY, KWIK_PATH, fixture};

fn assert_id(id: &Value, prefix: &str) {
    let random = id.as_str().unwrap().strip_prefix(prefix).unwrap();
    assert_eq!(random.len(), 21);
    assert!(
        random
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte))
    );
}

/// The documented examples with the demo data's ids in place of the shortened ones.
fn example(name: &str) -> String {
    fixture(name)
        .replace("cus_abc123...", "cus_demo_active")
        .replace("sub_abc123...", "sub_demo_active")
        .replace("pro_abc123...", "pro_demo_basic_monthly")
}

#[tokio::test]
async fn a_call_without_a_subscription_gets_a_result_without_one() {
    let sandbox = Fixture::start().await;
    let answer = sandbox
        .post(
            KWIK_PATH,
            &[JSON, BASIC],
            &example("kwik-no-subscription.json"),
        )
        .await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let body = answer.json();
    let result = &body["result"];
    assert_id(&result["id"], "cpl_");
    assert_id(&result["session_id"], "ses_");
    let url = result["link_url"].as_str().unwrap();
    assert_eq!(
        url.strip_prefix(&format!("{}/portal/", sandbox.sandbox.url()))
            .unwrap()
            .len(),
        43
    );
    let expected = json!({
        "status": true,
        "result": {
            "id": result["id"], "session_id": result["session_id"], "link_url": url,
            "customer_id": "cus_demo_active", "expires_at": "2026-03-13T12:30:00Z",
        },
    });
    assert_eq!(body, expected);
}

#[tokio::test]
async fn a_supplied_subscription_is_returned() {
    let sandbox = Fixture::start().await;
    for name in ["kwik-subscription.json", "kwik-advanced.json"] {
        let answer = sandbox
            .post(KWIK_PATH, &[JSON, BASIC], &example(name))
            .await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        assert_eq!(
            answer.json()["result"]["subscription_id"],
            "sub_demo_active"
        );
        assert!(
            answer.json()["result"].get("settings").is_none(),
            "settings are not echoed"
        );
    }
}

#[tokio::test]
async fn the_documented_examples_are_valid_but_name_unknown_records() {
    let sandbox = Fixture::start().await;
    for name in [
        "kwik-no-subscription.json",
        "kwik-subscription.json",
        "kwik-advanced.json",
    ] {
        let record = fixture(name);
        let answer = sandbox.post(KWIK_PATH, &[JSON, BASIC], &record).await;
        let record: Value = serde_json::from_str(&record).unwrap();
        let errors =
            json!({ "customer_id": { "message": "customer_id was not found", "rule": "exists" } });
        answer.is(
            404,
            &json!({
                "status": false, "error_code": "007", "error_message": "Record not found",
                "error_details": [{ "record": record, "errors": errors }],
            }),
        );
    }
}

#[tokio::test]
async fn a_key_that_is_missing_or_wrong_gets_001() {
    let sandbox = Fixture::start().await;
    let expected = json!({ "status": false, "error_code": "001", "error_message": "Invalid API key", "error_details": [] });
    for authorization in [
        "Basic c2FuZGJveF9rZXk6d3Jvbmc=",            // sandbox_key:wrong
        "Basic c2FuZGJveF9rZXk6c2FuZGJveF9zZWNyZXQ", // right, without its padding
        "Basic c2FuZGJveF9rZXk=",                    // sandbox_key
        "Basic ????",
        "Basic",
        "Bearer c2FuZGJveF9rZXk6c2FuZGJveF9zZWNyZXQ=",
    ] {
        let headers = [JSON, ("authorization", authorization)];
        let answer = sandbox
            .post(KWIK_PATH, &headers, r#"{"customer_id":"cus_demo_active"}"#)
            .await;
        answer.is(401, &expected);
    }
    sandbox
        .post(KWIK_PATH, &[JSON, KEY], "not json")
        .await
        .is(401, &expected);
}

#[tokio::test]
async fn a_wrong_key_is_reported_before_a_wrong_body() {
    let sandbox = Fixture::start().await;
    let wrong = [JSON, ("authorization", "Basic c2FuZGJveF9rZXk6d3Jvbmc=")];
    for body in ["not json", "{}", r#"{"customer_id":"cus_unknown"}"#] {
        assert_eq!(
            sandbox.post(KWIK_PATH, &wrong, body).await.json()["error_code"],
            "001"
        );
    }
}

#[tokio::test]
async fn a_body_that_is_no_json_object_gets_002() {
    let sandbox = Fixture::start().await;
    let expected = json!({ "status": false, "error_code": "002", "error_message": "Invalid body layout", "error_details": [] });
    for body in [
        "",
        "[]",
        "\"cus_demo_active\"",
        r#"{"customer_id": "cus_demo_active",}"#,
    ] {
        sandbox
            .post(KWIK_PATH, &[JSON, BASIC], body)
            .await
            .is(400, &expected);
    }
    let untyped = sandbox
        .post(KWIK_PATH, &[BASIC], r#"{"customer_id":"cus_demo_active"}"#)
        .await;
    untyped.is(400, &expected);
}

#[tokio::test]
async fn settings_that_are_no_object_get_003() {
    let sandbox = Fixture::start().await;
    for settings in [json!([]), json!("x"), Value::Null] {
        let record = json!({ "customer_id": "cus_demo_active", "settings": settings });
        let errors =
            json!({ "settings": { "message": "settings must be an object", "rule": "object" } });
        sandbox.kwik(&record).await.is(
            400,
            &json!({
                "status": false, "error_code": "003", "error_message": "Invalid body parameters",
                "error_details": [{ "record": record, "errors": errors }],
            }),
        );
    }
}

#[tokio::test]
async fn every_field_of_a_wrong_type_or_value_gets_005() {
    let sandbox = Fixture::start().await;
    for (field, value, rule) in [
        ("customer_id", json!(""), "required"),
        ("customer_id", json!(7), "string"),
        ("customer_id", Value::Null, "string"),
        ("subscription_id", json!(7), "string"),
        ("subscription_id", Value::Null, "string"),
        ("settings.show_invoices", json!("true"), "boolean"),
        ("settings.show_billing_info", json!(1), "boolean"),
        ("settings.allow_update_billing_info", json!({}), "boolean"),
        ("settings.allow_cancel", Value::Null, "boolean"),
        ("settings.allow_switch_plan", json!([]), "boolean"),
        ("settings.cancel_type", json!("LATER"), "enum"),
        ("settings.cancel_type", json!("now"), "enum"),
        ("settings.cancel_type", json!(true), "enum"),
        (
            "settings.products_ids",
            json!("pro_demo_basic_monthly"),
            "array",
        ),
        ("settings.redirect_url", json!("/back"), "url"),
        ("settings.redirect_url", json!("javascript:alert(1)"), "url"),
        ("settings.redirect_url", json!(7), "string"),
        ("settings.page_title", json!(7), "string"),
    ] {
        let mut record = json!({ "customer_id": "cus_demo_active", "settings": {} });
        match field.strip_prefix("settings.") {
            Some(name) => record["settings"][name] = value,
            None => record[field] = value,
        }
        let answer = sandbox.kwik(&record).await;
        let body = answer.json();
        assert_eq!(
            (answer.status, &body["status"], &body["error_code"]),
            (400, &json!(false), &json!("005")),
            "{record}"
        );
        assert_eq!(body["error_message"], "Validation failed");
        assert_eq!(body["error_details"][0]["record"], record);
        let errors = body["error_details"][0]["errors"].as_object().unwrap();
        assert_eq!(errors.keys().collect::<Vec<_>>(), [field]);
        assert_eq!(errors[field]["rule"], rule, "{record}");
        assert!(
            errors[field]["message"]
                .as_str()
                .unwrap()
                .starts_with(field)
        );
    }
}

#[tokio::test]
async fn one_answer_names_every_wrong_field() {
    let sandbox = Fixture::start().await;
    let record = json!({ "settings": { "cancel_type": "LATER", "products_ids": ["pro_demo_basic_monthly", 7] } });
    let body = sandbox.kwik(&record).await.json();
    let errors = body["error_details"][0]["errors"].as_object().unwrap();
    assert_eq!(
        errors.keys().collect::<Vec<_>>(),
        [
            "customer_id",
            "settings.cancel_type",
            "settings.products_ids.1"
        ]
    );
    assert_eq!(
        errors["customer_id"],
        json!({ "message": "customer_id is required", "rule": "required" })
    );
}

#[tokio::test]
async fn an_unknown_record_gets_007_with_its_field() {
    let sandbox = Fixture::start().await;
    for (record, field) in [
        (json!({ "customer_id": "cus_unknown" }), "customer_id"),
        (
            json!({ "customer_id": "cus_demo_active", "subscription_id": "sub_nothing" }),
            "subscription_id",
        ),
        (
            json!({ "customer_id": "cus_demo_active", "subscription_id": "sub_demo_inactive" }),
            "subscription_id",
        ),
        (
            json!({
                "customer_id": "cus_demo_active",
                "settings": { "products_ids": ["pro_demo_basic_monthly", "pro_nothing"] },
            }),
            "settings.products_ids.1",
        ),
    ] {
        let answer = sandbox.kwik(&record).await;
        let body = answer.json();
        assert_eq!(
            (answer.status, &body["error_code"]),
            (404, &json!("007")),
            "{record}"
        );
        let errors = body["error_details"][0]["errors"].as_object().unwrap();
        assert_eq!(errors.keys().collect::<Vec<_>>(), [field]);
    }
    assert_eq!(sandbox.state().await["links"], json!([]));
}

#[tokio::test]
async fn undocumented_fields_are_ignored() {
    let sandbox = Fixture::start().await;
    let record =
        json!({ "customer_id": "cus_demo_new", "reference": 7, "settings": { "theme": "dark" } });
    assert_eq!(sandbox.kwik(&record).await.status, 200);
}

#[tokio::test]
async fn a_repeated_call_creates_another_link() {
    let sandbox = Fixture::start().await;
    let record = json!({ "customer_id": "cus_demo_new" });
    assert_ne!(
        sandbox.kwik_link(&record).await,
        sandbox.kwik_link(&record).await
    );
    assert_eq!(sandbox.state().await["links"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn another_method_gets_405() {
    let sandbox = Fixture::start().await;
    let answer = sandbox
        .send(Method::PUT, KWIK_PATH, &[JSON, BASIC], "{}")
        .await;
    answer.is(405, &json!({ "error": "Method not allowed" }));
    assert_eq!(answer.header("allow"), "POST");
}
