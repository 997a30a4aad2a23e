//! Whatever the provider echoes, no key, secret, link or address is ever shown.

mod common;

use adapter_kwik::Kwik;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use common::decode;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use portal_core::{Call, Customer, LinkRequest, PortalLink, link_call};
use serde_json::{Value, json};

const KEY: &str = "key_KeyCanary0123456789";
const SECRET: &str = "secret_SecretCanary0123456789";
const EMAIL: &str = "mail.canary+tag@example.com";
const LINK: &str = "https://pay.kwik.co.za/portal/LinkCanary";
/// The parts that nothing may show, bare or encoded.
const CANARIES: [&str; 4] = ["KeyCanary", "SecretCanary", "mail.canary", "LinkCanary"];

const JSON: &str = "application/json";
const BASE: &str = "https://api.kwik.co.za/2.0/";

fn adapter() -> Kwik {
    Kwik::new(KEY.into(), SECRET.into()).expect("a key and a secret")
}

fn call() -> Call<PortalLink> {
    let customer = Customer::from_id("cus_1").with_email(EMAIL);
    link_call(&adapter(), &LinkRequest::new(customer)).expect("a request")
}

fn pair() -> String {
    format!("{KEY}:{SECRET}")
}

/// How a server might echo what it was sent.
fn echoes() -> Vec<String> {
    let mut forms = vec![
        STANDARD.encode(pair()),
        STANDARD_NO_PAD.encode(pair()),
        format!("Basic {}", STANDARD.encode(pair())),
    ];
    for secret in [KEY, SECRET, EMAIL, LINK, &pair()] {
        let encoded = utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string();
        forms.extend([
            secret.into(),
            secret.to_uppercase(),
            encoded.replace("%5F", "_"),
        ]);
    }
    let echo = |form: String| {
        [
            format!("bad value \"{form}\", sorry"),
            format!("line\n{form}\tend"),
            format!("{} {form}", "x".repeat(150)),
            form,
        ]
    };
    forms.into_iter().flat_map(echo).collect()
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
    for secret in [KEY, SECRET, EMAIL, LINK, &pair()] {
        let encoded = STANDARD_NO_PAD.encode(secret);
        // The last character may hold bits of the padding.
        let encoded = &encoded[..encoded.len() - 1];
        assert!(!shown.contains(encoded), "{secret} in base64: {shown}");
    }
}

/// Every place of an error answer that can hold a text.
fn faults(echo: &str) -> Vec<Value> {
    let details = |errors: Value| {
        json!({
            "status": false,
            "error_code": "005",
            "error_message": "Validation failed",
            "error_details": [{"record": {"customer_id": echo}, "errors": errors}],
        })
    };
    vec![
        json!({"status": false, "error_code": echo}),
        json!({"status": false, "error_message": echo}),
        json!({"status": false, "error_messages": [echo, [echo]]}),
        json!({"status": echo, "error_message": echo}),
        json!({"status": false, (echo): echo}),
        json!({"status": false, "error_details": echo}),
        json!({"status": false, "result": {"link_url": echo, "id": echo}}),
        details(json!({"customer_id": {"message": echo}})),
        details(json!({"customer_id": {"rule": echo}})),
        details(json!({(echo): {"message": "is bad"}})),
        details(json!({(format!("settings.{echo}")): {"message": "is bad"}})),
        details(json!({(echo): {"message": echo, "rule": echo}})),
        details(json!({"customer_id": echo})),
        json!([echo]),
        json!(echo),
    ]
}

#[test]
fn no_error_repeats_what_the_provider_echoes() {
    for echo in echoes() {
        for body in faults(&echo) {
            for status in [200, 400, 401, 404, 429, 500] {
                let answer = (status, JSON, body.to_string());
                let answer = (answer.0, answer.1, answer.2.as_str());
                let error = decode(&call(), BASE, answer).unwrap_err();
                assert_hidden(&format!("{error} {error:?} {error:#?}"));
                assert_hidden(&serde_json::to_string(&error).unwrap());
            }
        }
    }
}
