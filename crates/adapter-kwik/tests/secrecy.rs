//! Whatever the provider echoes, no key, secret, link or address is ever shown.

mod common;

use adapter_kwik::Kwik;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use common::decode;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use portal_core::{Adapter, Call, Customer, LinkRequest, PortalLink, link_call};
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

#[test]
fn no_protocol_error_repeats_the_answer() {
    let success = |result: Value| json!({"status": true, "result": result}).to_string();
    for echo in echoes() {
        for body in [
            echo.clone(),
            json!({"status": echo}).to_string(),
            json!({"status": true, (echo.as_str()): 1}).to_string(),
            success(json!(echo)),
            success(json!({"link_url": [echo]})),
            success(json!({"link_url": format!("http://{echo}")})),
            success(json!({"link_url": LINK, "id": [echo]})),
            success(json!({"link_url": LINK, "expires_at": echo})),
            success(json!({"link_url": LINK, "customer_id": echo})),
            success(json!({"link_url": LINK, "subscription_id": format!("\0{echo}")})),
            format!(r#"{{"status":true,"status":true,"result":{{"link_url":"{LINK}"}}}}"#),
            format!(r#"{{"status":true,"result":{{"link_url":"{LINK}""#),
        ] {
            match decode(&call(), BASE, (200, JSON, &body)) {
                Ok(link) => panic!("read as {link:?}"),
                Err(error) => assert_hidden(&format!("{error} {error:?} {error:#?}")),
            }
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
    adapter.authorize(&mut authorized);
    assert_hidden(&format!("{:?}", authorized.headers()));

    let body = json!({
        "status": true,
        "second": LINK,
        "result": {"link_url": LINK, "session_id": "ses_LinkCanary", "short_link": LINK, "email": EMAIL},
    });
    let link = decode(&call, BASE, (200, JSON, &body.to_string())).unwrap();
    assert_eq!(link.url().expose(), LINK);
    assert_hidden(&format!("{link:?} {link:#?} {:?}", link.url()));
}
