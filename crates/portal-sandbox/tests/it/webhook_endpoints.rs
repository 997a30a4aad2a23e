use hyper::Method;
use serde_json::json;

use crate::receiver::Receiver;
use crate::support::Fixture;
use crate::webhooks::{DAY, move_by, subscribe, trigger};

#[tokio::test]
async fn endpoints_are_listed_replaced_by_their_url_and_removed() {
    let sandbox = Fixture::start().await;
    let mut receiver = Receiver::start(&[]).await;
    sandbox
        .control("webhooks", &json!({ "url": receiver.url() }))
        .await;
    trigger(&sandbox, "payment.completed").await;
    let unsigned = receiver.next().await;
    assert!(!unsigned.headers.contains_key("x-monetize-signature"));
    subscribe(&sandbox, &receiver).await;
    move_by(&sandbox, 0).await;
    let listed = sandbox.get("/_sandbox/webhooks").await.json();
    let listed = listed.as_array().unwrap();
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0]["url"], receiver.url());
    assert_eq!(
        (&listed[0]["signed"], &listed[0]["pending"]),
        (&json!(true), &json!(0))
    );

    let answer = sandbox
        .send(Method::DELETE, "/_sandbox/webhooks", &[], "")
        .await;
    assert_eq!(answer.status, 204);
    trigger(&sandbox, "payment.completed").await;
    move_by(&sandbox, DAY).await;
    assert!(receiver.rest().is_empty());
    sandbox.get("/_sandbox/webhooks").await.is(200, &json!([]));
}

#[tokio::test]
async fn only_loopback_addresses_can_be_subscribed() {
    let sandbox = Fixture::start().await;
    for (body, field) in [
        (json!({}), "url"),
        (json!({ "url": 1 }), "url"),
        (json!({ "url": "https://127.0.0.1:1/" }), "url"),
        (json!({ "url": "http://192.0.2.1/" }), "url"),
        (json!({ "url": "http://example.com/" }), "url"),
        (
            json!({ "url": "http://127.0.0.1:1/", "secret": "" }),
            "secret",
        ),
        (
            json!({ "url": "http://127.0.0.1:1/", "events": [] }),
            "events",
        ),
        (
            json!({ "url": "http://127.0.0.1:1/", "provider": "stripe" }),
            "provider",
        ),
    ] {
        let answer = sandbox.control("webhooks", &body).await;
        assert_eq!(
            (answer.status, &answer.json()["field"]),
            (400, &json!(field)),
            "{body}"
        );
    }
    sandbox.get("/_sandbox/webhooks").await.is(200, &json!([]));
}

#[tokio::test]
async fn kwiks_webhooks_are_refused_with_the_reason() {
    let sandbox = Fixture::start().await;
    let body = json!({ "provider": "kwik", "url": "http://127.0.0.1:1/", "secret": "s" });
    sandbox.control("webhooks", &body).await.is(
        400,
        &json!({
            "error": "Kwik documents no signature for its webhooks, so the sandbox sends none of them",
            "field": "provider",
        }),
    );
}

#[tokio::test]
async fn one_endpoint_can_be_removed_by_its_url() {
    let sandbox = Fixture::start().await;
    let (mut kept, mut removed) = (Receiver::start(&[]).await, Receiver::start(&[]).await);
    subscribe(&sandbox, &kept).await;
    subscribe(&sandbox, &removed).await;
    let body = json!({ "url": removed.url() }).to_string();
    let answer = sandbox
        .send(Method::DELETE, "/_sandbox/webhooks", &[], &body)
        .await;
    assert_eq!(answer.status, 204, "{}", answer.body);
    trigger(&sandbox, "payment.completed").await;
    move_by(&sandbox, 0).await;
    assert_eq!((kept.rest().len(), removed.rest().len()), (1, 0));
}

#[tokio::test]
async fn an_event_without_a_subscription_id_is_about_the_first_subscription() {
    let sandbox = Fixture::start().await;
    let mut receiver = Receiver::start(&[]).await;
    subscribe(&sandbox, &receiver).await;
    let event = json!({ "type": "payment.completed" });
    let answer = sandbox.control("webhooks/trigger", &event).await.json();
    let sent = receiver.next().await.json();
    let expected = json!({
        "id": sent["id"],
        "provider": "onlineapp",
        "subscription_id": sent["data"]["subscription"]["id"],
        "deliveries": 1,
    });
    assert_eq!(answer, expected);
    assert_eq!(answer["subscription_id"], "sub_sandbox_active");
}
