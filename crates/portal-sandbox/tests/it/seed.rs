use portal_sandbox::{Error, Seed};
use serde_json::json;

use crate::support::{BASIC, Fixture, JSON, KEY, KWIK_PATH, ONLINEAPP_PATH, seed};

const OWN: &str = r#"
[onlineapp]
api_keys = ["sk_mine", "sk_second"]
[[onlineapp.paywalls]]
id = "pw_1"
name = "Mine"
[[onlineapp.users]]
email = "me@mine.test"
paywall = "pw_1"
user_meta = { plan = "gold", tags = ["a", "b"] }
[[onlineapp.subscriptions]]
id = "sub_mine"
user = "me@mine.test"
paywall = "pw_1"
plan = "Gold"
price_id = "price_gold"
unit_amount = 500
interval = "week"
status = "canceled"
period_ends_in_days = -3
[[onlineapp.invoices]]
number = "A-1"
user = "me@mine.test"
paywall = "pw_1"
issued_days_ago = 10
unit_amount = 500

[kwik]
api_key = "mine_key"
api_secret = "mine_secret"
name = "Mine Ltd"
[kwik.settings]
show_invoices = false
page_title = "My portal"
[[kwik.customers]]
id = "cus_mine"
name = "Me"
email = "me@mine.test"
"#;

#[tokio::test]
async fn a_custom_seed_replaces_the_default_one() {
    let own = Seed::parse(OWN).unwrap();
    let sandbox = Fixture::start_as(|builder| builder.seed(own)).await;
    let ready = serde_json::to_value(sandbox.sandbox.info()).unwrap();
    assert_eq!(ready["onlineapp"]["api_key"], "sk_mine");
    assert_eq!(ready["onlineapp"]["paywall_id"], "pw_1");
    assert_eq!(ready["kwik"]["api_key"], "mine_key");
    assert_eq!(ready["kwik"]["api_secret"], "mine_secret");

    let state = sandbox.state().await;
    assert_eq!(
        state["users"][0]["userMeta"],
        json!({ "plan": "gold", "tags": ["a", "b"] })
    );
    assert_eq!(state["customers"].as_array().unwrap().len(), 1);
    assert_eq!(state["products"], json!([]));
    let subscription = &state["subscriptions"][0];
    assert_eq!(subscription["status"], "canceled");
    assert_eq!(subscription["current_period_start"], "2026-03-03T11:30:00Z");
    assert_eq!(subscription["ended_at"], "2026-03-10T11:30:00Z");
    assert_eq!(state["invoices"][0]["issued_at"], "2026-03-03T11:30:00Z");

    for (key, path, status) in [
        ("sk_mine", "/api/v1/paywall/pw_1/get-customer-portal", 200),
        ("sk_second", "/api/v1/paywall/pw_1/get-customer-portal", 200),
        (KEY.1, "/api/v1/paywall/pw_1/get-customer-portal", 401),
        ("sk_mine", ONLINEAPP_PATH, 400),
    ] {
        let headers = [JSON, ("x-api-key", key)];
        let answer = sandbox.post(path, &headers, r#"{"email":"a@b.c"}"#).await;
        assert_eq!(answer.status, status, "{path}");
    }
    let mine = ("authorization", "Basic bWluZV9rZXk6bWluZV9zZWNyZXQ=");
    let body = r#"{"customer_id":"cus_mine"}"#;
    assert_eq!(
        sandbox.post(KWIK_PATH, &[JSON, BASIC], body).await.status,
        401
    );
    let answer = sandbox.post(KWIK_PATH, &[JSON, mine], body).await;
    let url = answer.json()["result"]["link_url"]
        .as_str()
        .unwrap()
        .to_owned();
    let page = sandbox
        .get(url.strip_prefix(sandbox.sandbox.url()).unwrap())
        .await;
    assert!(page.body.contains("<title>My portal</title>"));
}

#[tokio::test]
async fn a_reset_restores_the_custom_seed() {
    let sandbox = Fixture::seeded(&[("Thandi Active", "Lerato Dube")]).await;
    sandbox.onlineapp_link(&json!({ "email": "a@b.c" })).await;
    let before = sandbox.state().await["customers"].clone();
    assert_eq!(before[0]["name"], "Lerato Dube");
    assert_eq!(sandbox.post("/_sandbox/reset", &[], "").await.status, 204);
    let after = sandbox.state().await;
    assert_eq!(after["customers"], before);
    assert_eq!(after["links"], json!([]));
    assert!(sandbox.users_with("a@b.c").await.is_empty());
}

#[tokio::test]
async fn a_database_from_another_seed_is_refused_and_left_as_it_is() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("sandbox.sqlite");
    let own = || Seed::parse(OWN).unwrap();
    let first = Fixture::start_as(|builder| builder.database(&path).seed(own())).await;
    let state = first.state().await;
    first.sandbox.shutdown().await;

    let error = portal_sandbox::Sandbox::builder()
        .listen("127.0.0.1:0".parse().unwrap())
        .database(&path)
        .start()
        .await
        .unwrap_err();
    assert!(matches!(error, Error::OtherSeed { .. }), "{error:?}");
    assert!(error.to_string().contains("; hint: use the seed"));

    let again = Fixture::start_as(|builder| builder.database(&path).seed(own())).await;
    assert_eq!(again.state().await, state);
}

#[test]
fn a_missing_seed_file_is_an_error_with_its_path() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("seed.toml");
    let error = Seed::read(&path).unwrap_err();
    assert!(matches!(error, Error::SeedFile { .. }), "{error:?}");
    assert!(error.to_string().contains("seed.toml"));
    std::fs::write(&path, OWN).unwrap();
    Seed::read(&path).unwrap();
}

#[test]
fn debug_of_a_seed_hides_its_secrets() {
    assert!(!format!("{:?}", seed(&[])).contains("sandbox_secret"));
}
