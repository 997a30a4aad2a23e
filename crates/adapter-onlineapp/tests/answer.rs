//! Answers that bring a link, and those that only claim to.

mod common;

use adapter_onlineapp::OnlineApp;
use common::decode;
use portal_core::{
    Call, Customer, Delivery, Error, Field, Kind, LinkRequest, PortalLink, link_call,
};
use serde_json::{Value, json};

const JSON: &str = "application/json";
const LIVE: &str = "https://onlineapp.pro";
const LOCAL: &str = "http://127.0.0.1:8787";

fn call() -> Call<PortalLink> {
    let adapter = OnlineApp::new("key".into(), "547").expect("a key and an id");
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
fn a_success_is_read_whatever_it_calls_itself() {
    let body = include_str!("../fixtures/answer_link.json");
    for content_type in ["application/json; charset=utf-8", "text/plain", ""] {
        let link = decode(&call(), LIVE, (200, content_type, body));
        assert!(link.is_ok(), "{content_type}");
    }
}

#[test]
fn fields_that_nobody_documents_are_kept() {
    let extra = json!({"expires": null, "session": {"id": [1, 2]}, "email": "x"});
    let mut body = extra.clone();
    body["url"] = json!("https://billing.stripe.com/p/session/test_1");
    let link = decode(&call(), LIVE, (200, JSON, &body.to_string())).unwrap();
    assert_eq!(Value::Object(link.raw), extra);
}

#[test]
fn what_best_effort_left_out_is_on_the_link() {
    let adapter = OnlineApp::new("key".into(), "547").unwrap();
    let request = LinkRequest::new(Customer::from_email("user@example.com"))
        .products(["pro_1"])
        .allow_cancel(false)
        .best_effort();
    let call = link_call(&adapter, &request).unwrap();
    let body = include_str!("../fixtures/answer_link.json");
    let link = decode(&call, LIVE, (200, JSON, body)).unwrap();
    assert_eq!(link.omitted, [Field::AllowCancel, Field::Products]);
}

#[test]
fn a_link_is_https_or_on_this_machine_if_the_provider_is() {
    let long = format!("https://x.com/{}", "x".repeat(8 * 1024));
    let longest = &long[..8 * 1024];
    for (base, url, is_good) in [
        (LIVE, "https://checkout.stripe.com/c/pay/cs_1#a", true),
        (LIVE, "https://pay.example.com:8443/?a=b", true),
        (LIVE, longest, true),
        (LIVE, &long, false),
        (LIVE, "", false),
        (LIVE, "/c/pay/cs_1", false),
        (LIVE, "//checkout.stripe.com/c", false),
        (LIVE, "checkout.stripe.com/c", false),
        (LIVE, "https://", false),
        (LIVE, "http://checkout.stripe.com/c", false),
        (LIVE, "http://127.0.0.1:8787/c", false),
        (LIVE, "http://localhost/c", false),
        (LIVE, "javascript:alert(1)", false),
        (LIVE, "javascript://x.com/%0aalert(1)", false),
        (LIVE, "ftp://x.com/c", false),
        (LIVE, "https://user@x.com/c", false),
        (LIVE, "https://user:pw@x.com/c", false),
        (LIVE, "https://x.com\\@evil.com/c", false),
        (LIVE, " https://x.com/c", false),
        (LIVE, "https://x.com/c\r\nSet-Cookie: a=b", false),
        (LOCAL, "http://127.0.0.1:8787/c", true),
        (LOCAL, "http://localhost:1/c", true),
        (LOCAL, "http://[::1]:1/c", true),
        (LOCAL, "https://checkout.stripe.com/c", true),
        (LOCAL, "http://checkout.stripe.com/c", false),
        (LOCAL, "http://127.0.0.1.evil.com/c", false),
        (LOCAL, "http://user@127.0.0.1/c", false),
    ] {
        let body = json!({"url": url}).to_string();
        match decode(&call(), base, (200, JSON, &body)) {
            Ok(link) => {
                assert!(is_good, "{base} {url}");
                assert_eq!(link.url().expose(), url, "kept to the letter");
            }
            Err(_) => {
                assert!(!is_good, "{base} {url}");
                refusal(base, 200, &body);
            }
        }
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
