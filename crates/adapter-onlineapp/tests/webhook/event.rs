use adapter_onlineapp::webhook::verify;
use portal_core::timestamp::Timestamp;
use portal_core::webhook::{EventKind, SubscriptionStatus, WebhookEvent};
use portal_core::{CustomerId, Delivery, EmailAddress, Error, Kind, Result, SubscriptionId};
use serde_json::{Value, json};

use crate::{FIXTURES, secret, sign};

fn fixture(index: usize) -> WebhookEvent {
    let (body, signature) = FIXTURES[index];
    verify(signature, body, &secret()).expect("a fixture")
}

fn read(message: &Value) -> Result<WebhookEvent> {
    let body = message.to_string();
    verify(&sign(body.as_bytes()), body.as_bytes(), &secret())
}

fn time(text: &str) -> Option<Timestamp> {
    Some(text.parse().expect(text))
}

/// The documented message that has every block.
fn whole() -> Value {
    let mut message: Value = serde_json::from_slice(FIXTURES[1].0).expect("JSON");
    message["data"]["payment"] = json!({"id": "pay_1", "status": "succeeded"});
    message["data"]["refund"] = json!({"id": "re_1", "reason": "asked", "amount": 500});
    message
}

#[test]
fn each_documented_type_is_known_and_anything_else_is_kept() {
    let kinds: Vec<_> = (0..FIXTURES.len())
        .map(|index| fixture(index).kind)
        .collect();
    assert_eq!(
        kinds,
        [
            EventKind::PaymentCompleted,
            EventKind::SubscriptionCreated,
            EventKind::SubscriptionUpdated,
            EventKind::SubscriptionCancelled,
            EventKind::RefundCreated,
            EventKind::TrialStarted,
            EventKind::Other("invoice.upcoming".to_owned()),
        ]
    );
    for word in EventKind::KNOWN.iter().map(EventKind::as_str) {
        let mut message = whole();
        message["type"] = word.into();
        let kind = read(&message).unwrap().kind;
        assert!(!matches!(kind, EventKind::Other(_)), "{word}");
        assert_eq!(kind.as_str(), word);
    }
    for word in [
        "subscription.canceled",
        "Payment.Completed",
        "payment.completed ",
    ] {
        let mut message = whole();
        message["type"] = word.into();
        assert_eq!(
            read(&message).unwrap().kind,
            EventKind::Other(word.to_owned())
        );
    }
}

#[test]
fn a_payment_says_who_paid_what_where_and_with_which_metadata() {
    let event = fixture(0);
    assert_eq!(event.id, "evt_1234567890_abcdef123");
    assert_eq!(Some(event.created_at), time("2024-01-15T12:30:45Z"));
    assert_eq!(event.occurred_at, None);
    assert_eq!(event.happened_at(), event.created_at);
    let data = event.data;
    let price = data.price.unwrap();
    assert_eq!(
        (
            price.id.as_deref(),
            price.unit_amount,
            price.interval.as_deref()
        ),
        (Some("price_1"), Some(999), Some("month"))
    );
    let customer = data.customer.unwrap();
    assert_eq!(customer.id().map(CustomerId::as_str), Some("cus_1"));
    assert_eq!(
        customer.email().map(EmailAddress::as_str),
        Some("user@example.com")
    );
    let user = data.user.unwrap();
    assert_eq!(user.id.as_deref(), Some("usr_42"));
    assert_eq!(
        Value::Object(user.metadata),
        json!({"my-user-uuid": "pojfoih27938y50ujtb4ip1n2b", "utm_source": "facebook"})
    );
    assert_eq!(data.paywall.unwrap().id.as_deref(), Some("547"));
    let acquiring = data.acquiring.unwrap();
    assert_eq!(
        (acquiring.id.as_deref(), acquiring.provider.as_deref()),
        (Some("acq_1"), Some("stripe"))
    );
    let payment = data.payment.unwrap();
    assert_eq!(
        (payment.id.as_deref(), payment.status.as_deref()),
        (Some("pay_1"), Some("succeeded"))
    );
    assert!(data.subscription.is_none() && data.refund.is_none());
    assert!(event.unread.is_empty());
}

#[test]
fn a_subscription_says_how_it_stands_and_until_when() {
    let event = fixture(1);
    assert_eq!(event.occurred_at, time("2024-01-15T12:30:44.5Z"));
    assert_eq!(Some(event.happened_at()), event.occurred_at);
    let subscription = event.data.subscription.unwrap();
    assert_eq!(
        subscription.id.as_ref().map(SubscriptionId::as_str),
        Some("sub_1")
    );
    assert_eq!(subscription.status, Some(SubscriptionStatus::Active));
    assert_eq!(
        subscription.current_period_start,
        time("2024-01-15T12:30:45Z")
    );
    assert_eq!(
        subscription.current_period_end,
        time("2024-02-15T12:30:45Z")
    );
    assert_eq!(subscription.cancel_at_period_end, Some(false));
    assert_eq!(subscription.trial_period_start, None);
    assert_eq!(
        (subscription.cancel_at, subscription.ended_at),
        (None, None)
    );

    let trial = fixture(5).data.subscription.unwrap();
    assert_eq!(trial.status, Some(SubscriptionStatus::Trialing));
    assert_eq!(trial.trial_period_start, time("2024-01-15T12:30:45Z"));
    assert_eq!(trial.trial_period_end, time("2024-01-22T12:30:45Z"));
}

#[test]
fn a_cancellation_at_the_end_of_the_period_differs_from_one_at_once() {
    let pending = fixture(2).data.subscription.unwrap();
    assert_eq!(pending.status, Some(SubscriptionStatus::Active));
    assert_eq!(pending.cancel_at_period_end, Some(true));
    assert_eq!(pending.cancel_at, time("2024-02-15T12:30:45Z"));
    assert_eq!(pending.ended_at, None);
    let over = fixture(3).data.subscription.unwrap();
    assert_eq!(over.status, Some(SubscriptionStatus::Canceled));
    assert_eq!(over.canceled_at, time("2024-01-20T08:00:00Z"));
    assert_eq!(over.ended_at, time("2024-01-20T08:00:00Z"));
    assert_eq!(over.current_period_end, pending.current_period_end);
}

#[test]
fn a_refund_says_how_much_and_why() {
    let refund = fixture(4).data.refund.unwrap();
    assert_eq!(
        (
            refund.id.as_deref(),
            refund.reason.as_deref(),
            refund.amount
        ),
        (Some("re_1"), Some("requested_by_customer"), Some(999))
    );
}

#[test]
fn unknown_fields_are_in_raw() {
    let event = fixture(6);
    assert_eq!(event.raw["data"]["invoice"]["id"], "in_1");
    assert_eq!(event.raw["api_version"], "2024-01-01");
    assert_eq!(event.data.paywall.unwrap().id.as_deref(), Some("547"));
    assert!(event.unread.is_empty());
}

#[test]
fn a_message_delivered_twice_has_the_same_id_both_times() {
    assert_eq!(fixture(0).id, fixture(0).id);
    let mut later = whole();
    later["attempt"] = 2.into();
    assert_eq!(read(&later).unwrap().id, read(&whole()).unwrap().id);
}

#[test]
fn every_status_is_known_and_anything_else_is_kept() {
    let status = |word: &str| {
        let mut message = whole();
        message["data"]["subscription"]["status"] = word.into();
        read(&message)
            .unwrap()
            .data
            .subscription
            .unwrap()
            .status
            .unwrap()
    };
    for known in SubscriptionStatus::KNOWN {
        assert_eq!(status(known.as_str()), *known);
    }
    for word in ["cancelled", "paused", "ACTIVE"] {
        assert_eq!(status(word), SubscriptionStatus::Other(word.to_owned()));
    }
}

#[test]
fn any_block_and_any_field_may_be_absent_or_null_or_of_another_form() {
    // Paths of everything below `data`, and `data` itself, as JSON pointers.
    let mut paths = vec!["/data".to_owned(), "/occurred_at".to_owned()];
    for (block, fields) in whole()["data"].as_object().unwrap() {
        paths.push(format!("/data/{block}"));
        paths.extend(
            fields
                .as_object()
                .unwrap()
                .keys()
                .map(|field| format!("/data/{block}/{field}")),
        );
    }
    assert_eq!(paths.len(), 2 + 8 + 25, "every documented one: {paths:?}");
    for path in paths {
        let dotted = path[1..].replace('/', ".");
        let (parent, name) = path.rsplit_once('/').unwrap();
        let mut absent = whole();
        absent
            .pointer_mut(parent)
            .and_then(Value::as_object_mut)
            .unwrap()
            .remove(name);
        assert!(read(&absent).expect(&path).unread.is_empty(), "{path}");
        for (value, is_null) in [
            (Value::Null, true),
            (json!([[]]), false),
            (json!(1.5), false),
        ] {
            let mut message = whole();
            *message.pointer_mut(&path).unwrap() = value;
            let event = read(&message).expect(&path);
            let unread: &[&str] = if is_null { &[] } else { &[&dotted] };
            assert_eq!(event.unread, unread, "{path}");
            assert_eq!(event.raw, *message.as_object().unwrap());
        }
    }
}

#[test]
fn a_form_that_could_be_misread_is_not_guessed_at() {
    for (path, value) in [
        ("data.price.unit_amount", json!("999")),
        ("data.price.unit_amount", json!(9.99)),
        ("data.price.unit_amount", json!(1e30)),
        ("data.refund.amount", json!("5.00")),
        ("data.subscription.cancel_at_period_end", json!("false")),
        ("data.subscription.cancel_at_period_end", json!(0)),
        ("data.subscription.current_period_end", json!(1_707_999_045)),
        ("data.subscription.current_period_end", json!("2024-02-15")),
        ("data.subscription.ended_at", json!("2024-02-15 12:30:45")),
        ("data.customer.email", json!(" ")),
        ("data.customer.id", json!("a\nb")),
        ("data.subscription.id", json!(" ")),
        ("data.subscription.status", json!(true)),
    ] {
        let mut message = whole();
        *message
            .pointer_mut(&format!("/{}", path.replace('.', "/")))
            .unwrap() = value;
        let event = read(&message).expect(path);
        assert_eq!(event.unread, [path]);
    }
}

#[test]
fn an_address_and_an_id_in_any_form_are_kept() {
    for address in [
        "user..name@docomo.ne.jp",
        "user.@docomo.ne.jp",
        "not an address",
    ] {
        let mut message = whole();
        message["data"]["customer"] = json!({"id": " cus_1\u{200b}", "email": address});
        let event = read(&message).unwrap();
        assert!(event.unread.is_empty());
        let customer = event.data.customer.unwrap();
        assert_eq!(customer.email().map(EmailAddress::as_str), Some(address));
        assert_eq!(
            customer.id().map(CustomerId::as_str),
            Some(" cus_1\u{200b}")
        );
    }
}

#[test]
fn ids_come_as_numbers_too() {
    let mut message = whole();
    message["data"]["paywall"]["id"] = 547.into();
    message["data"]["customer"]["id"] = 7.into();
    let event = read(&message).unwrap();
    assert_eq!(event.data.paywall.unwrap().id.as_deref(), Some("547"));
    let customer = event.data.customer.unwrap();
    assert_eq!(customer.id().map(CustomerId::as_str), Some("7"));
}

#[test]
fn amounts_are_whole_minor_units_of_any_size_and_sign() {
    for amount in [0, -500, i64::MAX, i64::MIN] {
        let mut message = whole();
        message["data"]["refund"]["amount"] = amount.into();
        assert_eq!(
            read(&message).unwrap().data.refund.unwrap().amount,
            Some(amount)
        );
    }
}

#[test]
fn a_message_without_a_readable_envelope_is_a_protocol_error() {
    let assert_protocol = |error: &Error| {
        assert_eq!(
            (error.kind(), error.delivery()),
            (Kind::Protocol, Delivery::Answered)
        );
        assert!(error.hint().is_some());
    };
    for name in ["id", "type", "created_at"] {
        for value in [json!(null), json!(""), json!([]), json!({}), json!(true)] {
            let mut message = whole();
            message[name] = value;
            let error = read(&message).expect_err(name);
            assert_protocol(&error);
            assert_eq!(error.field(), Some(name));
        }
        let mut message = whole();
        message.as_object_mut().unwrap().remove(name);
        assert_eq!(read(&message).expect_err(name).field(), Some(name));
    }
    for body in [
        &b""[..],
        b"null",
        b"[]",
        b"\"text\"",
        b"{\"id\":\"evt_1\"",
        b"{} {}",
        b"\xef\xbb\xbf{}",
        b"\xff\xfe",
        "[".repeat(100_000).as_bytes(),
    ] {
        assert_protocol(&verify(&sign(body), body, &secret()).expect_err("no event"));
    }
}

#[test]
fn an_event_is_not_lost_by_a_field_that_is_not_needed() {
    let deep = format!("{}1{}", "[".repeat(200), "]".repeat(200));
    for (odd, kept) in [
        (r#""Ad\ud83d""#, Some("\"Ad\u{fffd}\"")),
        ("1e400", Some("1e+400")),
        (
            "123456789012345678901234567890",
            Some("123456789012345678901234567890"),
        ),
        ("9007199254740993.0", Some("9007199254740993.0")),
        (r#"{"\udc00":1}"#, Some("{\"\u{fffd}\":1}")),
        (&deep, None),
    ] {
        for start in ["", "\u{feff}"] {
            let body = format!(
                r#"{start}{{"id":"evt_1","type":"payment.completed","created_at":"2024-01-15T12:30:45Z","new":{odd},"data":{{"user":{{"id":7,"metadata":{{"odd":{odd},"a":1}}}}}}}}"#
            );
            let event = verify(&sign(body.as_bytes()), body.as_bytes(), &secret()).expect(&body);
            assert!(event.unread.is_empty(), "{body}");
            let user = event.data.user.expect("a user");
            assert_eq!(user.id.as_deref(), Some("7"));
            assert_eq!(user.metadata["a"], 1);
            for value in [&user.metadata["odd"], &event.raw["new"]] {
                if let Some(kept) = kept {
                    assert_eq!(value.to_string(), kept);
                }
            }
        }
    }
    let body = b"{\"id\":\"evt_\xff\",\"type\":\"x\",\"created_at\":\"2024-01-15T12:30:45Z\"}";
    let event = verify(&sign(body), body, &secret()).unwrap();
    assert_eq!(event.id, "evt_\u{fffd}");
}

#[test]
fn a_number_of_any_length_is_an_id_to_the_digit() {
    let body =
        r#"{"id":123456789012345678901234567890,"type":"x","created_at":"2024-01-15T12:30:45Z"}"#;
    let event = verify(&sign(body.as_bytes()), body.as_bytes(), &secret()).unwrap();
    assert_eq!(event.id, "123456789012345678901234567890");
}

#[test]
fn a_time_that_means_never_is_absent_and_a_year_that_no_calendar_has_is_unread() {
    let mut message = whole();
    message["data"]["subscription"]["current_period_end"] = "9999-12-31T23:59:59Z".into();
    message["data"]["subscription"]["ended_at"] = "0000-01-01T00:00:00Z".into();
    let event = read(&message).unwrap();
    let subscription = event.data.subscription.unwrap();
    assert_eq!(subscription.current_period_end, None);
    assert_eq!(subscription.ended_at, None);
    assert_eq!(event.unread, ["data.subscription.ended_at"]);

    let mut message = whole();
    message["created_at"] = "0000-01-01T00:00:00Z".into();
    let error = read(&message).unwrap_err();
    assert_eq!(
        (error.kind(), error.field()),
        (Kind::Protocol, Some("created_at"))
    );
}

#[test]
fn debug_of_an_event_shows_nothing_personal() {
    let event = fixture(4);
    let output = format!("{event:?}");
    for hidden in ["user@example.com", "facebook", "pojfoih", "requested_by"] {
        assert!(!output.contains(hidden), "{hidden}: {output}");
    }
    for visible in [
        "evt_1234567890_abcdef123",
        "RefundCreated",
        "utm_source",
        "999",
    ] {
        assert!(output.contains(visible), "{visible}: {output}");
    }
}
