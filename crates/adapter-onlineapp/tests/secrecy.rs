//! Whatever the provider echoes, no key, link or address is ever shown.

mod common;

use adapter_onlineapp::OnlineApp;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use common::decode;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use portal_core::{Call, Customer, LinkRequest, PortalLink, link_call};
use serde_json::json;

const KEY: &str = "sk_live_KeyCanary0123456789";
const EMAIL: &str = "mail.canary+tag@example.com";
const LINK: &str = "https://checkout.stripe.com/c/pay/cs_live_LinkCanary";
/// The parts that nothing may show, bare or encoded.
const CANARIES: [&str; 3] = ["KeyCanary0123456789", "mail.canary", "LinkCanary"];

const JSON: &str = "application/json";
const BASE: &str = "https://onlineapp.pro";

fn adapter() -> OnlineApp {
    OnlineApp::new(KEY.into(), "547").expect("a key and an id")
}

fn call() -> Call<PortalLink> {
    let customer = Customer::from_email(EMAIL);
    link_call(&adapter(), &LinkRequest::new(customer)).expect("a request")
}

/// How a server might echo what it was sent.
fn echoes() -> Vec<String> {
    let mut echoes = Vec::new();
    for secret in [KEY, EMAIL, LINK] {
        let encoded = utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string();
        for form in [secret, &secret.to_uppercase(), &encoded.replace("%5F", "_")] {
            echoes.push(form.to_owned());
            echoes.push(format!("bad value \"{form}\", sorry"));
            echoes.push(format!("line\n{form}\tend"));
            echoes.push(format!("{} {form}", "x".repeat(150)));
        }
    }
    echoes
}

#[track_caller]
fn assert_hidden(shown: &str) {
    let shown_lower = shown.to_lowercase();
    for canary in CANARIES {
        assert!(
            !shown_lower.contains(&canary.to_lowercase()),
            "{canary}: {shown}"
        );
        let encoded = utf8_percent_encode(canary, NON_ALPHANUMERIC).to_string();
        assert!(
            !shown_lower.contains(&encoded.to_lowercase()),
            "{canary}: {shown}"
        );
    }
    for secret in [KEY, EMAIL, LINK] {
        let encoded = STANDARD_NO_PAD.encode(secret);
        assert!(!shown.contains(&encoded), "{secret} in base64: {shown}");
    }
}

#[test]
fn no_error_repeats_what_the_provider_echoes() {
    for echo in echoes() {
        for status in [400, 401, 403, 404, 409, 422, 429, 500, 503] {
            for body in [
                json!({"error": echo}),
                json!({"message": echo}),
                json!({"code": echo}),
                json!({"error": echo, "message": echo, "code": echo}),
                json!({"isTest": echo}),
                json!({"isTest": "1", "message": echo}),
                json!({(echo.as_str()): echo}),
                json!({"error": {"details": [echo]}}),
                json!(echo),
            ] {
                for content_type in [JSON, "text/html"] {
                    let answer = (status, content_type, body.to_string());
                    let answer = (answer.0, answer.1, answer.2.as_str());
                    let error = decode(&call(), BASE, answer).unwrap_err();
                    assert_hidden(&format!("{error} {error:?} {error:#?}"));
                    assert_hidden(&serde_json::to_string(&error).unwrap());
                }
            }
        }
    }
}

#[test]
fn no_protocol_error_repeats_the_answer() {
    for echo in echoes() {
        for body in [
            echo.clone(),
            json!(echo).to_string(),
            json!([echo]).to_string(),
            json!({"url": [echo]}).to_string(),
            json!({"url": format!("http://{echo}")}).to_string(),
            json!({"url": format!("javascript:{echo}")}).to_string(),
            json!({(echo.as_str()): 1}).to_string(),
            format!(r#"{{"url":"{LINK}","url":"{LINK}"}}"#),
            format!(r#"{{"url":"{LINK}""#),
        ] {
            let error = decode(&call(), BASE, (200, JSON, &body)).unwrap_err();
            assert_hidden(&format!("{error} {error:?} {error:#?}"));
        }
    }
}

#[test]
fn neither_the_adapter_nor_the_call_nor_the_link_shows_a_secret() {
    let adapter = adapter();
    assert_hidden(&format!("{adapter:?} {adapter:#?}"));

    let call = call();
    assert_hidden(&format!("{call:?} {call:#?}"));
    let mut authorized = call.request().clone();
    portal_core::Adapter::authorize(&adapter, &mut authorized);
    assert_hidden(&format!("{:?}", authorized.headers()));

    let body = json!({"url": LINK, "second": LINK, "customer": {"email": EMAIL}}).to_string();
    let link = decode(&call, BASE, (200, JSON, &body)).unwrap();
    assert_eq!(link.url().expose(), LINK);
    assert_hidden(&format!("{link:?} {link:#?} {:?}", link.url()));
}
