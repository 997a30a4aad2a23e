//! Answers that bring a link, and those that only claim to.

mod common;

use adapter_kwik::Kwik;
use common::decode_redacted;
use portal_core::timestamp::Timestamp;
use portal_core::{
    Call, Customer, Delivery, Error, Kind, LinkRequest, PortalLink, Redactor, link_call,
};
use serde_json::{Value, json};

const JSON: &str = "application/json";
const LIVE: &str = "https://api.kwik.co.za/2.0/";
const DOCUMENTED: &str = include_str!("../fixtures/answer_link.json");

fn request() -> LinkRequest {
    LinkRequest::new(Customer::from_id("cus_abc123...").with_email("user@example.com"))
}

fn call(request: &LinkRequest) -> Call<PortalLink> {
    link_call(&Kwik, request).expect("a request")
}

/// The documented answer with `result.field` set, or taken out where the value is absent.
fn with(field: &str, value: Option<Value>) -> String {
    let mut answer: Value = serde_json::from_str(DOCUMENTED).expect("JSON");
    let result = answer["result"].as_object_mut().expect("an object");
    match value {
        Some(value) => result.insert(field.to_owned(), value),
        None => result.remove(field),
    };
    answer.to_string()
}

/// Reads an answer to a request for the documented customer and subscription.
fn read(base: &str, status: u16, body: &str) -> Result<PortalLink, Error> {
    let call = call(&request().subscription("sub_abc123..."));
    decode_redacted(&call, &Redactor::new(&[]), base, (status, JSON, body))
}

fn link(body: &str) -> PortalLink {
    read(LIVE, 200, body).expect(body)
}

#[track_caller]
fn assert_protocol(error: &Error, status: u16, why: &str) {
    assert_eq!(
        (error.kind(), error.delivery()),
        (Kind::Protocol, Delivery::Answered),
        "{why}"
    );
    assert_eq!(error.status().map(|s| s.as_u16()), Some(status), "{why}");
    assert!(error.hint().is_some(), "{why}");
}

#[test]
fn the_documented_answer_is_a_link() {
    for status in [200, 201] {
        let link = read(LIVE, status, DOCUMENTED).unwrap();
        assert_eq!(
            link.url().expose(),
            "https://pay.kwik.co.za/portal/a0oDxntJxWlA8LjfOR9bgck9C4w...."
        );
        assert_eq!(link.id.as_deref(), Some("cpl_HVpCeoNys1f22X7QcuWHY"));
        assert_eq!(
            link.session_id.as_deref(),
            Some("ses_G-xkVKoxHgEBrY8suKgR3")
        );
        assert_eq!(link.customer.id().unwrap().as_str(), "cus_abc123...");
        assert_eq!(link.customer.email().unwrap().as_str(), "user@example.com");
        assert_eq!(link.subscription.unwrap().as_str(), "sub_abc123...");
        let expires_at: Timestamp = "2026-03-13T12:30:00Z".parse().unwrap();
        assert_eq!(link.expires_at, Some(expires_at));
        assert!(link.raw.is_empty() && link.omitted.is_empty());
    }
}

#[test]
fn a_success_is_read_with_any_content_type() {
    for content_type in ["application/json; charset=utf-8", "text/html", ""] {
        let link = decode_redacted(
            &call(&request()),
            &Redactor::new(&[]),
            LIVE,
            (200, content_type, DOCUMENTED),
        );
        assert!(link.is_ok(), "{content_type}");
    }
}

#[test]
fn both_forms_of_time_are_the_same_instant() {
    let expected: Timestamp = "2026-03-13T12:30:00Z".parse().unwrap();
    for text in [
        "2026-03-13T12:30:00Z",
        "2026-03-13T12:30:00.000Z",
        "2026-03-13T14:30:00+02:00",
        "2026-03-13 14:30:00",
    ] {
        let link = link(&with("expires_at", Some(json!(text))));
        assert_eq!(link.expires_at, Some(expected), "{text}");
    }
    let july = link(&with("expires_at", Some(json!("2026-07-01 00:00:00"))));
    let expected: Timestamp = "2026-06-30T22:00:00Z".parse().unwrap();
    assert_eq!(july.expires_at, Some(expected), "no daylight saving time");
}

#[test]
fn a_time_after_the_last_one_means_that_the_link_does_not_expire() {
    for text in [
        "9999-12-31T23:59:59Z",
        "9999-12-31 23:59:59",
        "+292278994-08-17T07:12:55Z",
    ] {
        let link = link(&with("expires_at", Some(json!(text))));
        assert_eq!(link.expires_at, None, "{text}");
    }
}

#[test]
fn a_time_that_does_not_read_is_a_protocol_error() {
    for text in [
        "",
        "0000-01-01T00:00:00Z",
        "9999-13-31T23:59:59Z",
        "soon",
        "2026-03-13",
        "2026-13-13T12:30:00Z",
        "2026-03-13T12:30:00",
        "13/03/2026 12:30",
        "1773405000",
    ] {
        let error = read(LIVE, 200, &with("expires_at", Some(json!(text)))).expect_err(text);
        assert_protocol(&error, 200, text);
    }
}

#[test]
fn optional_fields_of_the_answer_are_none_or_as_requested() {
    for absent in [None, Some(Value::Null)] {
        let of = |field| link(&with(field, absent.clone()));
        assert_eq!(of("id").id, None);
        assert_eq!(of("session_id").session_id, None);
        assert_eq!(of("expires_at").expires_at, None);
        let customer = of("customer_id").customer;
        assert_eq!(customer.id().unwrap().as_str(), "cus_abc123...");
        let subscription = of("subscription_id").subscription;
        assert_eq!(subscription.unwrap().as_str(), "sub_abc123...");

        let none = decode_redacted(
            &call(&request()),
            &Redactor::new(&[]),
            LIVE,
            (200, JSON, &with("subscription_id", absent.clone())),
        );
        assert_eq!(none.unwrap().subscription, None);
    }
}

#[test]
fn a_subscription_that_was_not_requested_is_returned() {
    let link = decode_redacted(
        &call(&request()),
        &Redactor::new(&[]),
        LIVE,
        (200, JSON, DOCUMENTED),
    )
    .unwrap();
    assert_eq!(link.subscription.unwrap().as_str(), "sub_abc123...");
}

#[test]
fn an_answer_about_another_customer_or_subscription_is_a_protocol_error() {
    for (field, value) in [
        ("customer_id", "cus_other"),
        ("customer_id", "CUS_ABC123..."),
        ("customer_id", "cus_abc123... "),
        ("customer_id", ""),
        ("subscription_id", "sub_other"),
        ("subscription_id", ""),
    ] {
        let error = read(LIVE, 200, &with(field, Some(json!(value)))).expect_err(value);
        assert_protocol(&error, 200, value);
        assert_eq!(error.field(), Some(field), "{value}");
        assert!(value.is_empty() || !error.to_string().contains(value));
    }
}

#[test]
fn undocumented_fields_are_kept() {
    let mut answer: Value = serde_json::from_str(&with("theme", Some(json!([1, null])))).unwrap();
    answer["request_id"] = json!("req_1");
    assert_eq!(
        Value::Object(link(&answer.to_string()).raw),
        json!({"request_id": "req_1", "result": {"theme": [1, null]}})
    );
}

#[test]
fn a_field_of_another_type_is_a_protocol_error() {
    let types = [json!(1), json!(true), json!(["x"]), json!({"x": "x"})];
    for field in [
        "id",
        "session_id",
        "customer_id",
        "subscription_id",
        "link_url",
        "expires_at",
    ] {
        for value in &types {
            let body = with(field, Some(value.clone()));
            assert_protocol(&read(LIVE, 200, &body).unwrap_err(), 200, &body);
        }
    }
    for link_url in [None, Some(Value::Null)] {
        let body = with("link_url", link_url);
        assert_protocol(&read(LIVE, 200, &body).unwrap_err(), 200, &body);
    }
    for status in ["\"true\"", "1", "null", "[]", "{}"] {
        let body = DOCUMENTED.replace("\"status\": true", &format!("\"status\": {status}"));
        assert_ne!(body, DOCUMENTED);
        assert_protocol(&read(LIVE, 200, &body).unwrap_err(), 200, &body);
    }
}

#[test]
fn a_success_without_a_readable_link_is_a_protocol_error() {
    for body in [
        "",
        " ",
        "<html>ok</html>",
        "{",
        "null",
        "[]",
        "true",
        "{}",
        r#"{"status":true}"#,
        r#"{"status":true,"result":null}"#,
        r#"{"status":true,"result":{}}"#,
        r#"{"status":true,"result":[]}"#,
        r#"{"status":true,"result":["https://x.com"]}"#,
        r#"{"status":true,"result":"https://x.com"}"#,
        r#"{"status":true,"results":[{"link_url":"https://x.com"}]}"#,
        r#"{"status":true,"link_url":"https://x.com"}"#,
        r#"{"result":{"link_url":"https://x.com"}}"#,
        r#"{"status":true,"status":true,"result":{"link_url":"https://x.com"}}"#,
        r#"{"status":true,"result":{"link_url":"https://x.com"}} trailing"#,
        r#"{"error_code":"005","error_message":"no status beside it"}"#,
    ] {
        for status in [200, 201, 204] {
            assert_protocol(&read(LIVE, status, body).expect_err(body), status, body);
        }
    }
}
