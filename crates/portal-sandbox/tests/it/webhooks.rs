use std::time::Duration;

use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::receiver::{Receiver, Reply};
use crate::support::{Fixture, JSON, seed};

const MINUTE: u64 = 60;
pub(crate) const DAY: u64 = 24 * 3600;
const SECRET: &str = "whsec_canary";

pub(crate) async fn subscribe(sandbox: &Fixture, receiver: &Receiver) {
    let body = json!({ "url": receiver.url(), "secret": SECRET });
    assert_eq!(sandbox.control("webhooks", &body).await.status, 200);
}

pub(crate) async fn move_by(sandbox: &Fixture, seconds: u64) {
    let body = json!({ "advance_seconds": seconds });
    assert_eq!(sandbox.control("clock", &body).await.status, 200);
}

pub(crate) async fn trigger(sandbox: &Fixture, kind: &str) -> String {
    let body = json!({ "type": kind, "subscription_id": "sub_sandbox_active" });
    let answer = sandbox.control("webhooks/trigger", &body).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()["id"].as_str().unwrap().to_owned()
}

fn signature(secret: &str, body: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(body.as_bytes());
    let bytes = mac.finalize().into_bytes();
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256={hex}")
}

/// Returns the time and status of each attempt, from the journal.
async fn attempts(sandbox: &Fixture) -> Vec<(String, Value)> {
    let journal = sandbox.journal().await.into_iter();
    journal
        .filter(|entry| entry["direction"] == "out")
        .map(|entry| {
            (
                entry["at"].as_str().unwrap().to_owned(),
                entry["status"].clone(),
            )
        })
        .collect()
}

#[tokio::test]
async fn a_renewal_is_sent_in_the_documented_envelope_with_the_links_metadata() {
    let sandbox = Fixture::start().await;
    let mut receiver = Receiver::start(&[]).await;
    subscribe(&sandbox, &receiver).await;
    let meta = r#"{"nested":{"n":18446744073709551616},"utm_source":"facebook","x":1.10}"#;
    let meta: Value = serde_json::from_str(meta).unwrap();
    let link = json!({ "email": "active@sandbox.test", "userMeta": meta });
    sandbox.onlineapp_link(&link).await;
    move_by(&sandbox, 18 * DAY).await;

    let delivered = receiver.next().await;
    assert_eq!(delivered.line, "POST /hooks?from=sandbox HTTP/1.1");
    assert_eq!(delivered.headers["content-type"], "application/json");
    assert_eq!(delivered.headers["user-agent"], "Monetize-Webhooks/1.0");
    assert_eq!(delivered.headers["host"], receiver.address.to_string());
    assert_eq!(
        delivered.headers["x-monetize-signature"],
        signature(SECRET, &delivered.body)
    );
    let event = delivered.json();
    let keys: Vec<_> = event.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["created_at", "data", "id", "occurred_at", "type"]);
    let id = event["id"].as_str().unwrap();
    let (moment, random) = id.strip_prefix("evt_").unwrap().split_once('_').unwrap();
    assert_eq!(
        (moment, random.len()),
        ("1774956600000", 11),
        "the renewal's own moment, in milliseconds"
    );
    assert_eq!(event["type"], "subscription.updated");
    assert_eq!(event["created_at"], "2026-03-31T11:30:00.000Z");
    assert_eq!(event["occurred_at"], event["created_at"]);
    let data = &event["data"];
    assert_eq!(data["user"]["metadata"], meta);
    assert_eq!(data["customer"]["email"], "active@sandbox.test");
    assert_eq!(data["paywall"], json!({ "id": "547" }));
    assert_eq!(
        data["price"],
        json!({ "id": "price_sandbox_plus_monthly", "unit_amount": 999, "interval": "month" })
    );
    assert_eq!(
        data["subscription"],
        json!({
            "id": "sub_sandbox_active", "status": "active",
            "current_period_start": "2026-03-31T11:30:00.000Z",
            "current_period_end": "2026-04-30T11:30:00.000Z",
            "trial_period_start": null, "trial_period_end": null,
            "cancel_at_period_end": false, "cancel_at": null, "canceled_at": null, "ended_at": null,
        })
    );
}

#[tokio::test]
async fn a_pending_cancellation_is_sent_when_the_period_ends() {
    let sandbox = Fixture::seeded(&[(
        "# cancel_at_period_end = true  # may be left out: false; for active",
        "cancel_at_period_end = true #",
    )])
    .await;
    let mut receiver = Receiver::start(&[]).await;
    subscribe(&sandbox, &receiver).await;
    trigger(&sandbox, "subscription.updated").await;
    move_by(&sandbox, 90 * DAY).await;

    let pending = receiver.next().await.json();
    assert_eq!(pending["type"], "subscription.updated");
    let subscription = &pending["data"]["subscription"];
    assert_eq!(subscription["status"], "active");
    assert_eq!(subscription["cancel_at_period_end"], true);
    assert_eq!(subscription["cancel_at"], "2026-03-31T11:30:00.000Z");
    assert_eq!(subscription["ended_at"], Value::Null);

    let ended = receiver.next().await.json();
    assert_eq!(ended["type"], "subscription.cancelled");
    assert_eq!(ended["created_at"], "2026-03-31T11:30:00.000Z");
    let subscription = &ended["data"]["subscription"];
    assert_eq!(subscription["status"], "canceled");
    assert_eq!(subscription["ended_at"], "2026-03-31T11:30:00.000Z");
    assert_eq!(
        subscription["current_period_end"],
        "2026-03-31T11:30:00.000Z"
    );
    assert!(receiver.rest().is_empty(), "what has ended is not renewed");
}

#[tokio::test]
async fn events_of_many_periods_arrive_in_order_each_at_its_own_time() {
    let sandbox = Fixture::start().await;
    let mut receiver = Receiver::start(&[Reply::Status(500)]).await;
    subscribe(&sandbox, &receiver).await;
    move_by(&sandbox, 80 * DAY).await;

    let moments: Vec<_> = receiver
        .rest()
        .iter()
        .map(|one| one.json()["created_at"].as_str().unwrap().to_owned())
        .collect();
    let (first, second, third) = (
        "2026-03-31T11:30:00.000Z",
        "2026-04-30T11:30:00.000Z",
        "2026-05-30T11:30:00.000Z",
    );
    assert_eq!(moments, [first, first, second, third]);
    let attempts = attempts(&sandbox).await;
    let (at, statuses): (Vec<_>, Vec<_>) = attempts.into_iter().unzip();
    assert_eq!(
        at,
        [
            "2026-03-31T11:30:00.25Z",
            "2026-03-31T11:35:00.25Z",
            "2026-04-30T11:30:00.25Z",
            "2026-05-30T11:30:00.25Z"
        ]
    );
    assert_eq!(statuses, [500, 200, 200, 200]);
}

#[tokio::test]
async fn a_5xx_is_retried_after_5_10_20_40_and_80_minutes() {
    let sandbox = Fixture::start().await;
    let mut receiver = Receiver::start(&[Reply::Status(503); 9]).await;
    subscribe(&sandbox, &receiver).await;
    trigger(&sandbox, "payment.completed").await;
    move_by(&sandbox, 0).await;
    assert_eq!(receiver.rest().len(), 1);
    for minutes in [5, 10, 20, 40, 80] {
        move_by(&sandbox, minutes * MINUTE - 1).await;
        assert!(receiver.rest().is_empty(), "{minutes}");
        move_by(&sandbox, 1).await;
        assert_eq!(receiver.rest().len(), 1, "{minutes}");
    }
    move_by(&sandbox, 10 * DAY).await;
    assert!(receiver.rest().is_empty(), "six attempts are all");
}

#[tokio::test]
async fn every_attempt_carries_the_same_bytes() {
    let sandbox = Fixture::start().await;
    let mut receiver = Receiver::start(&[Reply::Status(500); 5]).await;
    subscribe(&sandbox, &receiver).await;
    let id = trigger(&sandbox, "refund.created").await;
    move_by(&sandbox, DAY).await;
    let delivered = receiver.rest();
    assert_eq!(delivered.len(), 6);
    for one in &delivered {
        assert_eq!(one.json()["id"], id.as_str());
        assert_eq!(
            (&one.body, &one.headers),
            (&delivered[0].body, &delivered[0].headers)
        );
    }
}

#[tokio::test]
async fn no_answer_in_time_is_retried() {
    for reply in [Reply::Silence, Reply::Close] {
        let sandbox =
            Fixture::start_as(|builder| builder.webhook_timeout(Duration::from_millis(50))).await;
        let mut receiver = Receiver::start(&[reply, Reply::Status(204)]).await;
        subscribe(&sandbox, &receiver).await;
        trigger(&sandbox, "trial.started").await;
        move_by(&sandbox, 300).await;
        assert_eq!(receiver.rest().len(), 2);
        let statuses: Vec<_> = attempts(&sandbox)
            .await
            .into_iter()
            .map(|one| one.1)
            .collect();
        assert_eq!(statuses, [Value::Null, json!(204)]);
    }
}

#[tokio::test]
async fn a_receiver_that_never_answers_delays_no_other() {
    let never = Duration::from_secs(3600);
    let sandbox = Fixture::start_as(|builder| builder.webhook_timeout(never)).await;
    let mut hung = Receiver::start(&[Reply::Silence]).await;
    let mut healthy = Receiver::start(&[]).await;
    subscribe(&sandbox, &hung).await;
    subscribe(&sandbox, &healthy).await;
    for number in 0..3 {
        let id = trigger(&sandbox, "payment.completed").await;
        assert_eq!(healthy.next().await.json()["id"], id.as_str(), "{number}");
    }
    hung.next().await;
    assert!(hung.rest().is_empty(), "one at a time for each receiver");
}

#[tokio::test]
async fn an_unreachable_receiver_is_retried() {
    let sandbox = Fixture::start().await;
    let gone = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", gone.local_addr().unwrap());
    drop(gone);
    sandbox.control("webhooks", &json!({ "url": url })).await;
    trigger(&sandbox, "payment.completed").await;
    move_by(&sandbox, DAY).await;
    assert_eq!(attempts(&sandbox).await.len(), 6);
}

#[tokio::test]
async fn any_other_answer_is_final() {
    for status in [200, 201, 299, 301, 307, 400, 404, 410, 429] {
        let sandbox = Fixture::start().await;
        let mut receiver = Receiver::start(&[Reply::Status(status)]).await;
        subscribe(&sandbox, &receiver).await;
        trigger(&sandbox, "payment.completed").await;
        move_by(&sandbox, DAY).await;
        let delivered = receiver.rest();
        assert_eq!(
            delivered.len(),
            1,
            "{status}: no retry, and no redirect is followed"
        );
    }
}

#[tokio::test]
async fn deliveries_are_sent_without_a_move_of_the_clock() {
    let sandbox = Fixture::start().await;
    let mut receiver = Receiver::start(&[Reply::Status(500)]).await;
    subscribe(&sandbox, &receiver).await;
    trigger(&sandbox, "subscription.created").await;
    assert_eq!(receiver.next().await.kind(), "subscription.created");
    // The attempt is recorded before the clock's answer comes.
    move_by(&sandbox, 0).await;
    sandbox.advance(5 * MINUTE);
    let answer = sandbox.post("/_sandbox/faults", &[JSON], "{}").await;
    assert_eq!(answer.status, 400);
    assert_eq!(receiver.next().await.kind(), "subscription.created");
}

#[tokio::test]
async fn the_outbox_survives_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("sandbox.sqlite");
    let mut receiver = Receiver::start(&[Reply::Status(500)]).await;
    let first = Fixture::on_file(&path).await;
    subscribe(&first, &receiver).await;
    let id = trigger(&first, "payment.completed").await;
    move_by(&first, 0).await;
    assert_eq!(receiver.rest().len(), 1);
    first.sandbox.shutdown().await;

    let second = Fixture::on_file(&path).await;
    move_by(&second, 5 * MINUTE).await;
    let delivered = receiver.rest();
    assert_eq!(delivered.len(), 1);
    assert_eq!(delivered[0].json()["id"], id.as_str());
    assert_eq!(
        delivered[0].headers["x-monetize-signature"],
        signature(SECRET, &delivered[0].body)
    );
}

#[tokio::test]
async fn an_event_can_be_sent_again_on_demand() {
    let sandbox = Fixture::start().await;
    let mut receiver = Receiver::start(&[]).await;
    subscribe(&sandbox, &receiver).await;
    let id = trigger(&sandbox, "payment.completed").await;
    let first = receiver.next().await;
    let body = json!({ "id": id });
    assert_eq!(
        sandbox.control("webhooks/redeliver", &body).await.status,
        202
    );
    assert_eq!(receiver.next().await.body, first.body);

    let answer = sandbox
        .control("webhooks/redeliver", &json!({ "id": "evt_other" }))
        .await;
    assert_eq!(
        (answer.status, &answer.json()["field"]),
        (400, &json!("id"))
    );
}

#[tokio::test]
async fn every_documented_type_has_its_blocks() {
    let sandbox = Fixture::start().await;
    let mut receiver = Receiver::start(&[]).await;
    subscribe(&sandbox, &receiver).await;
    for (kind, payment, refund) in [
        ("payment.completed", true, false),
        ("subscription.created", false, false),
        ("subscription.updated", false, false),
        ("subscription.cancelled", false, false),
        ("refund.created", true, true),
        ("trial.started", false, false),
    ] {
        trigger(&sandbox, kind).await;
        let event = receiver.next().await.json();
        assert_eq!(event["type"], kind);
        let data = event["data"].as_object().unwrap();
        assert_eq!(
            (data.contains_key("payment"), data.contains_key("refund")),
            (payment, refund),
            "{kind}"
        );
        for block in [
            "price",
            "customer",
            "user",
            "paywall",
            "acquiring",
            "subscription",
        ] {
            assert!(data[block]["id"].is_string(), "{kind} {block}");
        }
    }
    for (body, field) in [
        (
            json!({ "type": "invoice.paid", "subscription_id": "sub_sandbox_active" }),
            "type",
        ),
        (
            json!({ "type": "trial.started", "subscription_id": "sub_demo_active" }),
            "subscription_id",
        ),
    ] {
        let answer = sandbox.control("webhooks/trigger", &body).await;
        assert_eq!(
            (answer.status, &answer.json()["field"]),
            (400, &json!(field))
        );
    }
}

#[tokio::test]
async fn the_journal_shows_each_attempt_and_neither_secret_nor_signature() {
    let sandbox = Fixture::start().await;
    let mut receiver = Receiver::start(&[]).await;
    subscribe(&sandbox, &receiver).await;
    trigger(&sandbox, "payment.completed").await;
    move_by(&sandbox, 0).await;
    let delivered = receiver.next().await;
    let journal = sandbox.journal().await;
    assert_eq!(journal.len(), 1);
    let entry = &journal[0];
    assert_eq!(entry["direction"], "out");
    assert_eq!(entry["provider"], "onlineapp");
    assert_eq!(
        (&entry["method"], &entry["path"]),
        (&json!("POST"), &json!("/hooks"))
    );
    assert_eq!(entry["headers"]["host"], receiver.address.to_string());
    assert_eq!(entry["headers"]["x-monetize-signature"], "***");
    assert_eq!(entry["status"], 200);
    let mut event = delivered.json();
    assert_eq!(event["data"]["customer"]["email"], "active@sandbox.test");
    event["data"]["customer"]["email"] = json!("***@sandbox.test");
    assert_eq!(entry["body"], event);
    for path in ["journal", "webhooks", "state"] {
        let output = sandbox.get(&format!("/_sandbox/{path}")).await.body;
        assert!(
            !output.contains("canary") && !output.contains("sha256="),
            "{output}"
        );
    }
}

#[tokio::test]
async fn a_trial_becomes_a_paid_subscription_when_it_ends() {
    let seed = seed(&[("status = \"active\"  ", "status = \"trialing\"")]);
    let sandbox = Fixture::start_as(|builder| builder.seed(seed)).await;
    let mut receiver = Receiver::start(&[]).await;
    subscribe(&sandbox, &receiver).await;
    trigger(&sandbox, "trial.started").await;
    let trial = receiver.next().await.json();
    let subscription = &trial["data"]["subscription"];
    assert_eq!(subscription["status"], "trialing");
    assert_eq!(subscription["trial_period_end"], "2026-03-31T11:30:00.000Z");
    move_by(&sandbox, 18 * DAY).await;
    let renewed = receiver.next().await.json();
    let subscription = &renewed["data"]["subscription"];
    assert_eq!(subscription["status"], "active");
    assert_eq!(subscription["trial_period_end"], Value::Null);
}
