use serde_json::{Value, json};

use crate::support::{Answer, BASIC, Fixture, JSON, KEY, KWIK_PATH, ONLINEAPP_PATH};

async fn document(sandbox: &Fixture, name: &str) -> Value {
    let answer = sandbox.get(&format!("/openapi/{name}.json")).await;
    assert_eq!(answer.status, 200);
    answer.json()
}

/// The schema that the document has for the answer's status.
fn schema<'a>(document: &'a Value, path: &str, answer: &Answer) -> &'a Value {
    let response = &document["paths"][path]["post"]["responses"][answer.status.to_string()];
    let schema = &response["content"]["application/json"]["schema"];
    let name = schema["$ref"].as_str().unwrap_or_default();
    document
        .pointer(name.trim_start_matches('#'))
        .unwrap_or_else(|| panic!("{} is not in the document: {response}", answer.status))
}

fn assert_described(document: &Value, path: &str, answer: &Answer) {
    let schema = schema(document, path, answer);
    let body = answer.json();
    for required in schema["required"].as_array().unwrap() {
        assert!(
            body.get(required.as_str().unwrap()).is_some(),
            "{required} is missing in {body}"
        );
    }
    for key in body.as_object().unwrap().keys() {
        assert!(
            schema["properties"].get(key).is_some(),
            "{key} of {body} is not described"
        );
    }
}

#[tokio::test]
async fn the_documents_name_the_sandbox_that_serves_them() {
    let sandbox = Fixture::start().await;
    for (name, path) in [
        (
            "onlineapp",
            "/api/v1/paywall/{paywallId}/get-customer-portal",
        ),
        ("kwik", KWIK_PATH),
    ] {
        let document = document(&sandbox, name).await;
        assert_eq!(document["openapi"], "3.1.0");
        assert_eq!(
            document["servers"],
            json!([{ "url": sandbox.sandbox.url(), "description": "this sandbox" }])
        );
        let paths: Vec<_> = document["paths"].as_object().unwrap().keys().collect();
        assert_eq!(paths, [path]);
    }
}

#[tokio::test]
async fn the_document_of_onlineapp_lists_the_seeds_paywalls() {
    let paywall = "[[onlineapp.paywalls]]\nid = \"pw_2\"\nname = \"Second\"\n";
    let first = "[[onlineapp.paywalls]]";
    let sandbox = Fixture::seeded(&[(first, &format!("{paywall}{first}"))]).await;
    let document = document(&sandbox, "onlineapp").await;
    let path = "/api/v1/paywall/{paywallId}/get-customer-portal";
    let parameter = &document["paths"][path]["post"]["parameters"][0];
    assert_eq!(parameter["name"], "paywallId");
    assert_eq!(parameter["schema"]["enum"], json!(["pw_2", "547"]));
}

#[tokio::test]
async fn each_answer_of_kwik_is_in_its_document() {
    let sandbox = Fixture::start().await;
    let document = document(&sandbox, "kwik").await;
    let huge = "x".repeat((1 << 20) + 1);
    let full = include_str!("../fixtures/kwik-subscription.json");
    for (headers, body, status) in [
        (&[JSON, BASIC][..], r#"{"customer_id":"cus_demo_new"}"#, 200),
        (&[JSON, BASIC], full, 404),
        (&[JSON, BASIC], "{}", 400),
        (&[JSON, BASIC], "[]", 400),
        (
            &[JSON, BASIC],
            r#"{"customer_id":"cus_demo_new","settings":1}"#,
            400,
        ),
        (&[JSON], "{}", 401),
        (&[JSON, BASIC], &huge, 413),
    ] {
        let answer = sandbox.post(KWIK_PATH, headers, body).await;
        assert_eq!(answer.status, status, "{}", answer.body);
        assert_described(&document, KWIK_PATH, &answer);
    }
}

#[tokio::test]
async fn each_answer_of_onlineapp_is_in_its_document_in_both_dialects() {
    let path = "/api/v1/paywall/{paywallId}/get-customer-portal";
    let unknown = ONLINEAPP_PATH.replace("547", "548");
    let huge = "x".repeat((1 << 20) + 1);
    let (classic, v3) = (Fixture::start().await, Fixture::v3().await);
    let document = document(&classic, "onlineapp").await;
    for (sandbox, at, headers, body, status) in [
        (
            &classic,
            ONLINEAPP_PATH,
            &[JSON, KEY][..],
            r#"{"email":"a@b.c"}"#,
            200,
        ),
        (&classic, ONLINEAPP_PATH, &[JSON, KEY], "{}", 400),
        (
            &classic,
            ONLINEAPP_PATH,
            &[JSON],
            r#"{"email":"a@b.c"}"#,
            401,
        ),
        (
            &v3,
            ONLINEAPP_PATH,
            &[JSON, KEY],
            r#"{"email":"a@b.c"}"#,
            403,
        ),
        (
            &classic,
            &unknown,
            &[JSON, KEY],
            r#"{"email":"a@b.c"}"#,
            400,
        ),
        (&v3, &unknown, &[JSON, KEY], r#"{"email":"a@b.c"}"#, 404),
        (
            &classic,
            ONLINEAPP_PATH,
            &[JSON, KEY],
            r#"{"email":"conflict@sandbox.test"}"#,
            409,
        ),
        (&classic, ONLINEAPP_PATH, &[JSON, KEY], &huge, 413),
    ] {
        let answer = sandbox.post(at, headers, body).await;
        assert_eq!(answer.status, status, "{}", answer.body);
        assert_described(&document, path, &answer);
    }
}
