use hyper::Method;
use serde_json::json;

use crate::support::{BASIC, Fixture, JSON, KEY, ONLINEAPP_PATH, fixture};

#[tokio::test]
async fn the_documented_example_gets_a_url_and_nothing_else() {
    let sandbox = Fixture::start().await;
    let answer = sandbox
        .post(
            ONLINEAPP_PATH,
            &[JSON, KEY],
            &fixture("onlineapp-request.json"),
        )
        .await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let body = answer.json();
    let url = body["url"].as_str().unwrap();
    assert_eq!(body, json!({ "url": url }));
    let token = url
        .strip_prefix(&format!("{}/p/session/", sandbox.sandbox.url()))
        .unwrap();
    assert_eq!(token.len(), 43, "256 bits in base64url");
}

#[tokio::test]
async fn each_wrong_parameter_gets_400() {
    let sandbox = Fixture::start().await;
    for (body, error) in [
        ("{}", "Email is required"),
        (r#"{"email":null}"#, "Email is required"),
        (r#"{"email":""}"#, "Email is required"),
        (r#"{"email":"no-at-sign"}"#, "Invalid email format"),
        (r#"{"email":"a@b"}"#, "Invalid email format"),
        (r#"{"email":7}"#, "Invalid email format"),
        (
            r#"{"email":"a@b.c","userMeta":[1]}"#,
            "userMeta must be an object",
        ),
        (
            r#"{"email":"a@b.c","userMeta":"x"}"#,
            "userMeta must be an object",
        ),
        (
            r#"{"email":"a@b.c","userMeta":null}"#,
            "userMeta must be an object",
        ),
        (
            r#"{"email":"a@b.c","returnUrl":"javascript:alert(1)"}"#,
            "returnUrl must be an http or https URL",
        ),
        (
            r#"{"email":"a@b.c","returnUrl":"/account"}"#,
            "returnUrl must be an http or https URL",
        ),
        (
            r#"{"email":"a@b.c","returnUrl":null}"#,
            "returnUrl must be an http or https URL",
        ),
        ("", "Request body must be a JSON object"),
        ("[]", "Request body must be a JSON object"),
        (
            r#"{"email":"a@b.c",}"#,
            "Request body must be a JSON object",
        ),
    ] {
        let answer = sandbox.post(ONLINEAPP_PATH, &[JSON, KEY], body).await;
        assert_eq!(
            (answer.status, answer.json()),
            (400, json!({ "error": error })),
            "{body}"
        );
    }
    assert!(
        sandbox.users_with("a@b.c").await.is_empty(),
        "a refused call creates no user"
    );
}

#[tokio::test]
async fn a_body_of_another_content_type_gets_400() {
    let sandbox = Fixture::start().await;
    let error = json!({ "error": "Content-Type must be application/json" });
    for headers in [
        &[KEY][..],
        &[KEY, ("content-type", "application/x-www-form-urlencoded")],
    ] {
        sandbox
            .post(ONLINEAPP_PATH, headers, r#"{"email":"a@b.c"}"#)
            .await
            .is(400, &error);
    }
    let spelled = [KEY, ("content-type", "Application/JSON; charset=utf-8")];
    assert_eq!(
        sandbox
            .post(ONLINEAPP_PATH, &spelled, r#"{"email":"a@b.c"}"#)
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn an_invalid_paywall_id_gets_400_and_in_the_v3_dialect_an_unknown_one_404() {
    let (classic, v3) = (Fixture::start().await, Fixture::v3().await);
    let invalid = json!({ "error": "Invalid paywall ID" });
    let not_found = json!({ "error": "Paywall not found" });
    for (id, v3_status, v3_error) in [
        ("", 400, &invalid),
        ("%20", 400, &invalid),
        ("%ff", 400, &invalid),
        ("548", 404, &not_found),
        ("pw%2F123", 404, &not_found),
    ] {
        let path = format!("/api/v1/paywall/{id}/get-customer-portal");
        let body = r#"{"email":"a@b.c"}"#;
        let answer = classic.post(&path, &[JSON, KEY], body).await;
        answer.is(400, &invalid);
        let answer = v3.post(&path, &[JSON, KEY], body).await;
        answer.is(v3_status, v3_error);
    }
    assert!(
        classic.users_with("a@b.c").await.is_empty(),
        "a refused call creates no user"
    );
}

#[tokio::test]
async fn a_missing_key_and_an_unknown_key_get_401() {
    let sandbox = Fixture::start().await;
    let body = r#"{"email":"a@b.c"}"#;
    for headers in [&[JSON][..], &[JSON, BASIC], &[JSON, ("x-api-key", "")]] {
        let answer = sandbox.post(ONLINEAPP_PATH, headers, body).await;
        answer.is(401, &json!({ "error": "API key is required" }));
    }
    for key in ["sk_other", "SK_SANDBOX_ONLINEAPP", "sk_sandbox_onlineapp2"] {
        let answer = sandbox
            .post(ONLINEAPP_PATH, &[JSON, ("x-api-key", key)], body)
            .await;
        answer.is(401, &json!({ "error": "Invalid API key" }));
    }
}

#[tokio::test]
async fn parameters_are_checked_before_the_key_and_the_key_before_the_database() {
    let sandbox = Fixture::start().await;
    let unknown_key = [JSON, ("x-api-key", "sk_other")];
    let answer = sandbox
        .post(ONLINEAPP_PATH, &unknown_key, r#"{"email":"bad"}"#)
        .await;
    answer.is(400, &json!({ "error": "Invalid email format" }));
    let answer = sandbox
        .post(
            ONLINEAPP_PATH,
            &unknown_key,
            r#"{"email":"conflict@sandbox.test"}"#,
        )
        .await;
    answer.is(401, &json!({ "error": "Invalid API key" }));
    let unknown_paywall = "/api/v1/paywall/548/get-customer-portal";
    let answer = sandbox
        .post(unknown_paywall, &unknown_key, r#"{"email":"a@b.c"}"#)
        .await;
    answer.is(401, &json!({ "error": "Invalid API key" }));
}

#[tokio::test]
async fn an_active_purchase_gets_409_in_the_classic_dialect() {
    let sandbox = Fixture::start().await;
    let answer = sandbox
        .onlineapp(&json!({ "email": "conflict@sandbox.test" }))
        .await;
    answer.is(409, &json!({ "hasActivePurchase": true }));
    assert_eq!(sandbox.state().await["links"], json!([]));
}

#[tokio::test]
async fn only_an_active_subscription_gets_a_portal_in_the_v3_dialect() {
    let sandbox = Fixture::v3().await;
    for email in ["new@example.com", "conflict@sandbox.test"] {
        sandbox
            .onlineapp(&json!({ "email": email }))
            .await
            .is(403, &json!({ "isTest": "1" }));
    }
    assert!(sandbox.users_with("new@example.com").await.is_empty());
    assert_eq!(
        sandbox
            .onlineapp(&json!({ "email": "active@sandbox.test" }))
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn a_repeated_call_finds_the_user_and_creates_another_link() {
    let sandbox = Fixture::start().await;
    let first = sandbox
        .onlineapp_link(
            &json!({ "email": "a@b.c", "userMeta": { "one": 1, "deep": { "x": [null] } } }),
        )
        .await;
    let users = sandbox.users_with("a@b.c").await;
    assert_eq!(users.len(), 1);
    assert_eq!(
        users[0]["userMeta"],
        json!({ "one": 1, "deep": { "x": [null] } })
    );
    assert_eq!(users[0]["paywall_id"], "547");

    let second = sandbox
        .onlineapp_link(&json!({ "email": "a@b.c", "userMeta": { "two": 2 } }))
        .await;
    let again = sandbox.users_with("a@b.c").await;
    assert_eq!(again.len(), 1);
    assert_eq!(
        (&again[0]["id"], &again[0]["userMeta"]),
        (&users[0]["id"], &json!({ "two": 2 }))
    );
    assert_ne!(first, second);

    sandbox.onlineapp_link(&json!({ "email": "a@b.c" })).await;
    assert_eq!(
        sandbox.users_with("a@b.c").await[0]["userMeta"],
        json!({ "two": 2 }),
        "none given leaves the stored one"
    );
}

#[tokio::test]
async fn calls_at_the_same_time_create_one_user() {
    let sandbox = Fixture::start().await;
    let body = json!({ "email": "a@b.c" });
    let call = || sandbox.onlineapp(&body);
    let answers = tokio::join!(call(), call(), call(), call());
    for answer in [answers.0, answers.1, answers.2, answers.3] {
        assert_eq!(answer.status, 200);
    }
    assert_eq!(sandbox.users_with("a@b.c").await.len(), 1);
}

#[tokio::test]
async fn undocumented_fields_are_ignored() {
    let sandbox = Fixture::start().await;
    assert_eq!(
        sandbox
            .onlineapp(&json!({ "email": "a@b.c", "locale": "af" }))
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn another_method_gets_405() {
    let sandbox = Fixture::start().await;
    let answer = sandbox.send(Method::GET, ONLINEAPP_PATH, &[KEY], "").await;
    answer.is(405, &json!({ "error": "Method not allowed" }));
    assert_eq!(answer.header("allow"), "POST");
}
