use std::sync::Arc;

use portal_sandbox::Dialect;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::support::{BASIC, Fixture, JSON, KWIK_PATH, seed};

const DAY: u64 = 24 * 3600;

async fn subscription(sandbox: &Fixture, id: &str) -> Value {
    let state = sandbox.state().await;
    let mut all = state["subscriptions"].as_array().unwrap().iter();
    all.find(|one| one["id"] == id).unwrap().clone()
}

async fn invoices(sandbox: &Fixture, owner: (&str, &str)) -> Vec<Value> {
    let state = sandbox.state().await;
    let all = state["invoices"].as_array().unwrap().iter();
    all.filter(|one| one[owner.0] == owner.1).cloned().collect()
}

#[tokio::test]
async fn advancing_the_clock_answers_the_new_time() {
    let sandbox = Fixture::start().await;
    sandbox
        .get("/_sandbox/clock")
        .await
        .is(200, &json!({ "now": "2026-03-13T11:30:00Z" }));
    let answer = sandbox
        .control("clock", &json!({ "advance_seconds": 90 }))
        .await;
    answer.is(200, &json!({ "now": "2026-03-13T11:31:30Z" }));
    let answer = sandbox
        .control("clock", &json!({ "advance_seconds": 0 }))
        .await;
    answer.is(200, &json!({ "now": "2026-03-13T11:31:30Z" }));
    sandbox.advance(10);
    assert_eq!(sandbox.state().await["now"], "2026-03-13T11:31:40Z");
    sandbox
        .kwik(&json!({ "customer_id": "cus_demo_new" }))
        .await;
    assert_eq!(sandbox.journal().await[0]["at"], "2026-03-13T11:31:40.25Z");
}

#[tokio::test]
async fn an_invalid_clock_move_gets_400_naming_the_field() {
    let sandbox = Fixture::start().await;
    for (body, field) in [
        (json!({}), "advance_seconds"),
        (json!({ "advance_seconds": -1 }), "advance_seconds"),
        (json!({ "advance_seconds": 1.5 }), "advance_seconds"),
        (json!({ "advance_seconds": "1" }), "advance_seconds"),
        (
            json!({ "advance_seconds": 366 * DAY + 1 }),
            "advance_seconds",
        ),
        (json!({ "advance_seconds": 1, "days": 2 }), "days"),
    ] {
        let answer = sandbox.control("clock", &body).await;
        assert_eq!(
            (answer.status, &answer.json()["field"]),
            (400, &json!(field))
        );
    }
    assert_eq!(
        sandbox.post("/_sandbox/clock", &[JSON], "[1]").await.status,
        400
    );
    assert_eq!(sandbox.state().await["now"], "2026-03-13T11:30:00Z");
}

#[tokio::test]
async fn a_link_expires_by_the_advanced_clock() {
    let sandbox = Fixture::start().await;
    let link = sandbox
        .kwik_link(&json!({ "customer_id": "cus_demo_active" }))
        .await;
    sandbox
        .control("clock", &json!({ "advance_seconds": 3599 }))
        .await;
    assert_eq!(sandbox.get(&link).await.status, 200);
    sandbox
        .control("clock", &json!({ "advance_seconds": 1 }))
        .await;
    assert_eq!(sandbox.get(&link).await.status, 410);
}

#[tokio::test]
async fn a_period_is_renewed_with_an_invoice_at_its_end() {
    let sandbox = Fixture::start().await;
    let before = subscription(&sandbox, "sub_demo_active").await;
    assert_eq!(before["current_period_start"], "2026-02-28T11:30:00Z");
    assert_eq!(before["current_period_end"], "2026-03-31T11:30:00Z");
    sandbox
        .control("clock", &json!({ "advance_seconds": 18 * DAY - 1 }))
        .await;
    assert_eq!(subscription(&sandbox, "sub_demo_active").await, before);
    sandbox
        .control("clock", &json!({ "advance_seconds": DAY }))
        .await;

    let after = subscription(&sandbox, "sub_demo_active").await;
    assert_eq!(after["status"], "ACTIVE");
    assert_eq!(after["current_period_start"], "2026-03-31T11:30:00Z");
    assert_eq!(after["current_period_end"], "2026-04-30T11:30:00Z");
    let kwik = invoices(&sandbox, ("customer_id", "cus_demo_active")).await;
    assert_eq!(kwik.len(), 3);
    assert_eq!(kwik[2]["issued_at"], "2026-03-31T11:30:00Z");
    assert_eq!(kwik[2]["amount_cents"], 19_900);

    let onlineapp = subscription(&sandbox, "sub_sandbox_active").await;
    assert_eq!(onlineapp["current_period_end"], "2026-04-30T11:30:00Z");
    let onlineapp = invoices(&sandbox, ("provider", "onlineapp")).await;
    assert_eq!(onlineapp.len(), 2);
    assert_eq!(onlineapp[1]["issued_at"], "2026-03-31T11:30:00Z");
    assert_eq!(onlineapp[1]["unit_amount"], 999);
    let numbers = [&kwik[2]["number"], &onlineapp[1]["number"]];
    assert!(numbers.contains(&&json!("INV-0005")) && numbers.contains(&&json!("INV-0006")));
}

#[tokio::test]
async fn every_period_of_a_year_is_renewed() {
    let sandbox = Fixture::start().await;
    sandbox
        .control("clock", &json!({ "advance_seconds": 365 * DAY }))
        .await;
    let all = invoices(&sandbox, ("customer_id", "cus_demo_active")).await;
    let issued: Vec<_> = all[2..]
        .iter()
        .map(|one| one["issued_at"].as_str().unwrap())
        .collect();
    assert_eq!(issued.len(), 12);
    assert_eq!(
        (issued[0], issued[1], issued[11]),
        (
            "2026-03-31T11:30:00Z",
            "2026-04-30T11:30:00Z",
            "2027-02-28T11:30:00Z"
        )
    );
    let inactive = invoices(&sandbox, ("customer_id", "cus_demo_inactive")).await;
    assert_eq!(inactive.len(), 1, "what is inactive is not renewed");
}

#[tokio::test]
async fn time_that_passes_by_itself_has_the_same_effect() {
    let moved = Fixture::start().await;
    moved
        .control("clock", &json!({ "advance_seconds": 100 * DAY }))
        .await;
    let waited = Fixture::start().await;
    waited.advance(100 * DAY);
    for noun in ["now", "subscriptions", "invoices"] {
        let (mut moved, mut waited) = (moved.state().await, waited.state().await);
        for one in [&mut moved, &mut waited] {
            for list in ["subscriptions", "invoices"] {
                for row in one[list].as_array_mut().unwrap() {
                    // Users' ids are random.
                    row.as_object_mut().unwrap().remove("user_id");
                }
            }
        }
        assert_eq!(moved[noun], waited[noun]);
    }
}

#[tokio::test]
async fn concurrent_calls_after_time_passed_see_the_same_state() {
    let seed = seed(&[(
        "# cancel_at_period_end = true  # may be left out: false; for active",
        "cancel_at_period_end = true #",
    )]);
    let sandbox =
        Fixture::start_as(|builder| builder.seed(seed).onlineapp_dialect(Dialect::V3)).await;
    let sandbox = Arc::new(sandbox);
    let call = |sandbox: Arc<Fixture>| async move {
        let body = json!({ "email": "active@sandbox.test" });
        sandbox.onlineapp(&body).await.status
    };
    assert_eq!(call(Arc::clone(&sandbox)).await, 200);
    sandbox.advance(18 * DAY);
    let calls: JoinSet<_> = (0..20).map(|_| call(Arc::clone(&sandbox))).collect();
    assert_eq!(calls.join_all().await, [403; 20]);
    let ended = subscription(&sandbox, "sub_sandbox_active").await;
    assert_eq!(ended["ended_at"], "2026-03-31T11:30:00Z");
}

#[tokio::test]
async fn a_pending_cancellation_ends_the_subscription_at_the_periods_end() {
    let sandbox = Fixture::seeded(&[
        (
            "# cancel_at_period_end = true  # may be left out: false; for active",
            "cancel_at_period_end = true #",
        ),
        (
            "# cancel_at_period_end = true  # may be left out: false; for ACTIVE",
            "cancel_at_period_end = true #",
        ),
    ])
    .await;
    sandbox
        .control("clock", &json!({ "advance_seconds": 60 * DAY }))
        .await;
    for (id, status) in [
        ("sub_demo_active", "INACTIVE"),
        ("sub_sandbox_active", "canceled"),
    ] {
        let ended = subscription(&sandbox, id).await;
        assert_eq!(ended["status"], status);
        assert_eq!(ended["canceled_at"], "2026-03-13T11:30:00Z");
        assert_eq!(ended["ended_at"], "2026-03-31T11:30:00Z");
        assert_eq!(ended["current_period_end"], "2026-03-31T11:30:00Z");
    }
    let onlineapp = invoices(&sandbox, ("provider", "onlineapp")).await;
    assert_eq!(onlineapp.len(), 1, "what ended is not invoiced again");
    let kwik = invoices(&sandbox, ("customer_id", "cus_demo_active")).await;
    assert_eq!(kwik.len(), 2);
}

#[tokio::test]
async fn the_clock_offset_survives_a_restart_and_a_reset_removes_it() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("sandbox.sqlite");
    let first = Fixture::on_file(&path).await;
    first
        .control("clock", &json!({ "advance_seconds": 40 * DAY }))
        .await;
    let state = first.state().await;
    first.sandbox.shutdown().await;

    let second = Fixture::on_file(&path).await;
    assert_eq!(second.state().await, state);
    let link = second.kwik(&json!({ "customer_id": "cus_demo_new" })).await;
    assert_eq!(link.json()["result"]["expires_at"], "2026-04-22T12:30:00Z");

    let answer = second.post("/_sandbox/reset", &[], "").await;
    assert_eq!(answer.status, 204);
    let anew = Fixture::start().await.state().await;
    let reset = second.state().await;
    for noun in ["now", "customers", "products", "links"] {
        assert_eq!(reset[noun], anew[noun]);
    }
    assert_eq!(
        subscription(&second, "sub_demo_active").await["current_period_end"],
        "2026-03-31T11:30:00Z"
    );
    assert_eq!(
        second
            .post(
                KWIK_PATH,
                &[JSON, BASIC],
                r#"{"customer_id":"cus_demo_new"}"#
            )
            .await
            .status,
        200
    );
}
