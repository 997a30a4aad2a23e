use hyper::Method;
use serde_json::{Value, json};

use crate::support::{BASIC, Fixture, JSON, KEY, KWIK_PATH, ONLINEAPP_PATH};

#[tokio::test]
async fn the_journal_shows_requests_with_secrets_masked() {
    let sandbox = Fixture::start().await;
    sandbox
        .post(
            ONLINEAPP_PATH,
            &[JSON, KEY, ("cookie", "canary=1"), ("x-sdk-version", "t/1")],
            r#"{"email":"a@b.c"}"#,
        )
        .await;
    sandbox.advance(5);
    sandbox
        .post(
            KWIK_PATH,
            &[JSON, BASIC],
            r#"{"customer_id":"cus_demo_new"}"#,
        )
        .await;

    let answer = sandbox.get("/_sandbox/journal").await;
    for secret in [
        "sk_sandbox_onlineapp",
        "c2FuZGJv",
        "sandbox_secret",
        "canary",
        "/p/session/",
        "/portal/",
    ] {
        assert!(
            !answer.body.contains(secret),
            "{secret} is in {}",
            answer.body
        );
    }
    assert_eq!(answer.header("cache-control"), "no-store");
    let journal = sandbox.journal().await;
    assert_eq!(journal.len(), 2);
    let keys: Vec<_> = journal[0].as_object().unwrap().keys().collect();
    assert_eq!(
        keys,
        [
            "at",
            "body",
            "direction",
            "headers",
            "method",
            "path",
            "provider",
            "status"
        ]
    );
    assert_eq!(journal[0]["at"], "2026-03-13T11:30:00.25Z");
    assert_eq!(journal[0]["direction"], "in");
    assert_eq!(journal[0]["provider"], "onlineapp");
    assert_eq!(journal[0]["method"], "POST");
    assert_eq!(journal[0]["path"], ONLINEAPP_PATH);
    assert_eq!(journal[0]["status"], 200);
    assert_eq!(journal[0]["body"], json!({ "email": "***@b.c" }));
    let headers = &journal[0]["headers"];
    assert_eq!(
        (&headers["x-api-key"], &headers["cookie"]),
        (&json!("***"), &json!("***"))
    );
    assert_eq!(headers["x-sdk-version"], "t/1");
    assert_eq!(
        (&journal[1]["provider"], &journal[1]["at"]),
        (&json!("kwik"), &json!("2026-03-13T11:30:05.25Z"))
    );
    assert_eq!(journal[1]["headers"]["authorization"], "***");
}

#[tokio::test]
async fn the_journal_shows_refused_calls_too_and_no_page_views() {
    let sandbox = Fixture::start().await;
    sandbox.post(ONLINEAPP_PATH, &[JSON], "{ not json").await;
    sandbox.send(Method::GET, KWIK_PATH, &[], "").await;
    sandbox.post("/2.0/customer-portal/links", &[], "").await;
    sandbox
        .post(KWIK_PATH, &[JSON, BASIC], &"x".repeat((1 << 20) + 1))
        .await;
    let link = sandbox
        .kwik_link(&json!({ "customer_id": "cus_demo_new" }))
        .await;
    sandbox.get(&link).await;
    sandbox.get("/elsewhere").await;

    let journal = sandbox.journal().await;
    let statuses: Vec<_> = journal
        .iter()
        .map(|entry| entry["status"].as_u64().unwrap())
        .collect();
    assert_eq!(statuses, [400, 405, 404, 413, 200]);
    assert_eq!(journal[0]["body"], "{ not json");
    assert_eq!(journal[1]["body"], "");
}

#[tokio::test]
async fn the_state_shows_everything_except_what_opens_a_link() {
    let sandbox = Fixture::start().await;
    let link = json!({ "customer_id": "cus_demo_active", "subscription_id": "sub_demo_active" });
    let kwik = sandbox.kwik_link(&link).await;
    let onlineapp = sandbox
        .onlineapp_link(&json!({ "email": "a@b.c", "userMeta": { "k": "v" } }))
        .await;

    let answer = sandbox.get("/_sandbox/state").await;
    for link in [kwik, onlineapp] {
        let token = link.rsplit('/').next().unwrap();
        assert!(!answer.body.contains(token));
    }
    assert!(!answer.body.contains("sandbox_secret") && !answer.body.contains("sk_sandbox"));
    let state = answer.json();
    let ids = |noun: &str| -> Vec<String> {
        state[noun]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["id"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(
        ids("customers"),
        ["cus_demo_active", "cus_demo_inactive", "cus_demo_new"]
    );
    assert_eq!(
        ids("subscriptions"),
        ["sub_sandbox_active", "sub_demo_active", "sub_demo_inactive"]
    );
    assert_eq!(
        ids("products"),
        [
            "pro_demo_basic_monthly",
            "pro_demo_plus_monthly",
            "pro_demo_plus_yearly"
        ]
    );
    let prices: Vec<_> = state["products"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["amount_cents"])
        .collect();
    assert_eq!(prices, [9_900, 19_900, 199_000]);
    assert_eq!(state["subscriptions"][2]["status"], "INACTIVE");
    assert_eq!(state["subscriptions"][2]["provider"], "kwik");
    let user = state["users"]
        .as_array()
        .unwrap()
        .iter()
        .find(|user| user["email"] == "a@b.c")
        .unwrap();
    assert_eq!(user["userMeta"], json!({ "k": "v" }));
    let links = state["links"].as_array().unwrap();
    assert_eq!(
        (&links[0]["provider"], &links[0]["customer_id"]),
        (&json!("kwik"), &json!("cus_demo_active"))
    );
    assert_eq!(links[0]["expires_at"], "2026-03-13T12:30:00Z");
    assert_eq!(
        (&links[1]["provider"], &links[1]["user_id"]),
        (&json!("onlineapp"), &user["id"])
    );
}

#[tokio::test]
async fn a_reset_restores_the_demo_data_and_empties_the_journal() {
    let sandbox = Fixture::start().await;
    let fresh = sandbox.state().await;
    let link = sandbox.onlineapp_link(&json!({ "email": "a@b.c" })).await;
    assert_ne!(
        without_ids(sandbox.state().await),
        without_ids(fresh.clone())
    );

    let answer = sandbox.post("/_sandbox/reset", &[], "").await;
    assert_eq!((answer.status, answer.body.as_str()), (204, ""));
    assert_eq!(without_ids(sandbox.state().await), without_ids(fresh));
    assert!(sandbox.journal().await.is_empty());
    assert_eq!(sandbox.get(&link).await.status, 404);
    assert_eq!(
        sandbox
            .kwik(&json!({ "customer_id": "cus_demo_new" }))
            .await
            .status,
        200,
        "the keys are back"
    );
}

/// The state without the random ids of OnlineApp's users.
fn without_ids(mut state: Value) -> Value {
    for user in state["users"].as_array_mut().unwrap() {
        user.as_object_mut().unwrap().remove("id");
    }
    for noun in ["subscriptions", "invoices"] {
        state[noun][0].as_object_mut().unwrap().remove("user_id");
    }
    state
}

#[tokio::test]
async fn a_foreign_host_or_origin_is_refused() {
    let sandbox = Fixture::start().await;
    sandbox.onlineapp_link(&json!({ "email": "a@b.c" })).await;
    for (header, value) in [
        ("host", "evil.example"),
        ("origin", "http://evil.example"),
        ("origin", "http://localhost:3000"),
        ("origin", "null"),
    ] {
        for (method, path) in [
            (Method::GET, "/_sandbox/journal"),
            (Method::GET, "/_sandbox/state"),
            (Method::POST, "/_sandbox/reset"),
        ] {
            let answer = sandbox.send(method, path, &[(header, value)], "").await;
            assert_eq!(answer.status, 403, "{header}: {value} on {path}");
            assert!(!answer.body.contains("a@b.c"));
        }
    }
    assert_eq!(sandbox.journal().await.len(), 1, "nothing was reset");
    let own = [("origin", sandbox.sandbox.url())];
    assert_eq!(sandbox.post("/_sandbox/reset", &own, "").await.status, 204);
}

#[tokio::test]
async fn the_control_api_has_no_other_methods() {
    let sandbox = Fixture::start().await;
    assert_eq!(sandbox.get("/_sandbox/reset").await.status, 405);
    assert_eq!(sandbox.post("/_sandbox/state", &[], "").await.status, 405);
}
