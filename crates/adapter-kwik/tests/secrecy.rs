//! Whatever the provider echoes, no key, secret, link or address is ever shown.

mod common;

use adapter_kwik::Kwik;
use common::decode_redacted;
use portal_core::{Customer, LinkRequest, Redactor, link_call};
use portal_testkit::Canaries;
use serde_json::{Value, json};

const KEY: &str = "key_KeyCanary0123456789";
const SECRET: &str = "secret_SecretCanary0123456789";
const EMAIL: &str = "mail.canary+tag@example.com";
const LINK: &str = "https://pay.kwik.co.za/portal/LinkCanary";
/// The parts that nothing may show, however they are written.
const PARTS: [&str; 4] = ["KeyCanary0", "SecretCanary", "mail.canary", "LinkCanary"];

const JSON: &str = "application/json";
const BASE: &str = "https://api.kwik.co.za/2.0/";

fn request() -> LinkRequest {
    LinkRequest::new(Customer::from_id("cus_1").with_email(EMAIL))
}

/// How a server might echo what it was sent.
fn echoes() -> Vec<String> {
    let pair = format!("{KEY}:{SECRET}");
    let canaries = Canaries::new([KEY, SECRET, EMAIL, LINK, &pair]);
    let echo = |form: String| {
        [
            format!("bad value \"{form}\", sorry"),
            format!("line\n{form}\tend"),
            format!("{} {form}", "x".repeat(150)),
            form,
        ]
    };
    let words = canaries.echoes().into_iter().flat_map(echo);
    let packed = canaries.base64_and_hex().into_iter();
    words
        .chain(packed.map(|form| format!("Basic {form} is bad")))
        .collect()
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
    let (canaries, request) = (Canaries::new(PARTS), request());
    let call = link_call(&Kwik, &request).expect("a request");
    let credential = Kwik::credential(KEY.into(), SECRET.into()).expect("a key and a secret");
    let redactor = Redactor::new(credential.secrets()).with_fields(request.fields());
    for echo in echoes() {
        for body in faults(&echo) {
            let body = body.to_string();
            for status in [200, 401, 500] {
                let answer = (status, JSON, &*body);
                let error = decode_redacted(&call, &redactor, BASE, answer).unwrap_err();
                let shown = format!("{error} {error:?} {error:#?} {}", json!(error));
                canaries.assert_hidden(format_args!("{status} {body}"), &shown);
            }
        }
    }
}
