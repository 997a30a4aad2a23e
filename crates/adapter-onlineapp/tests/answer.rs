//! Answers that bring a link, and those that only claim to.

mod common;

use adapter_onlineapp::OnlineApp;
use common::decode;
use portal_core::{Call, Customer, Delivery, Error, Kind, LinkRequest, PortalLink, link_call};
use serde_json::{Value, json};

const JSON: &str = "application/json";
const LIVE: &str = "https://onlineapp.pro";

fn call() -> Call<PortalLink> {
    let adapter = OnlineApp::new("547").expect("an id");
    let customer = Customer::from_email("user@example.com").with_id("cus_1");
    link_call(&adapter, &LinkRequest::new(customer)).expect("a request")
}

fn refusal(base: &str, status: u16, body: &str) -> Error {
    let error = decode(&call(), base, (status, JSON, body)).expect_err(body);
    assert_eq!(
        (error.kind(), error.delivery()),
        (Kind::Protocol, Delivery::Answered),
        "{status} {body}"
    );
    assert_eq!(error.status().map(|s| s.as_u16()), Some(status), "{body}");
    assert!(error.hint().is_some(), "{body}");
    error
}

#[test]
fn the_documented_answers_are_links() {
    for fixture in [
        include_str!("../fixtures/answer_link.json"),
        include_str!("../fixtures/answer_link_billing.json"),
    ] {
        let documented: Value = serde_json::from_str(fixture).unwrap();
        for status in [200, 201] {
            let link = decode(&call(), LIVE, (status, JSON, fixture)).expect(fixture);
            assert_eq!(documented["url"], link.url().expose());
            assert_eq!(link.customer.email().unwrap().as_str(), "user@example.com");
            assert_eq!(link.customer.id().unwrap().as_str(), "cus_1");
            assert_eq!((&link.id, &link.session_id), (&None, &None));
            assert_eq!((&link.subscription, link.expires_at), (&None, None));
            assert!(link.raw.is_empty() && link.omitted.is_empty());
        }
    }
}

#[test]
fn a_success_is_read_with_any_content_type() {
    let body = include_str!("../fixtures/answer_link.json");
    for content_type in ["application/json; charset=utf-8", "text/plain", ""] {
        let link = decode(&call(), LIVE, (200, content_type, body));
        assert!(link.is_ok(), "{content_type}");
    }
}

#[test]
fn undocumented_fields_are_kept() {
    let extra = json!({"expires": null, "session": {"id": [1, 2]}, "email": "x"});
    let mut body = extra.clone();
    body["url"] = json!("https://billing.stripe.com/p/session/test_1");
    let link = decode(&call(), LIVE, (200, JSON, &body.to_string())).unwrap();
    assert_eq!(Value::Object(link.raw), extra);
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
        r#""https://x.com/c""#,
        r#"["https://x.com/c"]"#,
        "{}",
        r#"{"url":null}"#,
        r#"{"url":1}"#,
        r#"{"url":true}"#,
        r#"{"url":["https://x.com/c"]}"#,
        r#"{"url":{"href":"https://x.com/c"}}"#,
        r#"{"URL":"https://x.com/c"}"#,
        r#"{"url":"https://x.com/c","url":"https://y.com/c"}"#,
        r#"{"url":"https://x.com/c"} trailing"#,
        r#"{"status":false,"error":"Invalid API key"}"#,
        r#"{"isTest":"0"}"#,
    ] {
        for status in [200, 201, 204] {
            refusal(LIVE, status, body);
        }
    }
}

#[test]
fn a_redirect_is_a_protocol_error_even_with_a_link_in_it() {
    for status in [301, 302, 303, 304, 307, 308] {
        refusal(LIVE, status, include_str!("../fixtures/answer_link.json"));
    }
}
