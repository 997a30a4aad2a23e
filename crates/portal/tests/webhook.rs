//! Webhooks by provider name: which header counts, where the secret comes from.
#![cfg(all(feature = "kwik", feature = "onlineapp"))]

use std::env::VarError;
use std::time::SystemTime;

use http::{HeaderMap, HeaderName, HeaderValue};
use portal::config::Config;
use portal::webhook::{EventKind, WebhookEvent, sign, verify, verify_at, verify_signature};
use portal::{Delivery, Error, Kind, Result, Secret, provider};

const BODY: &[u8] = br#"{"id":"evt_1","type":"payment.completed","created_at":"2024-01-15T12:30:45.000Z","data":{}}"#;
/// `openssl dgst -sha256 -hmac whsec_test`.
const GOOD: &str = "sha256=089f80580ee29079206da41f15b04be9b19afb4a595ff9278a89eac51dc7f651";
const WRONG: &str = "sha256=0000000000000000000000000000000000000000000000000000000000000000";
const NEW: &str = "X-Monetize-Signature";
const OLD: &str = "x-signature";

fn secret() -> Secret {
    Secret::from("whsec_test")
}

fn received(headers: &[(&str, &str)]) -> Result<WebhookEvent> {
    let headers: HeaderMap = headers
        .iter()
        .map(|(name, value)| {
            let name: HeaderName = name.parse().expect("a name");
            (
                name,
                HeaderValue::from_bytes(value.as_bytes()).expect("a value"),
            )
        })
        .collect();
    verify("onlineapp", &headers, BODY, &secret())
}

fn refused(headers: &[(&str, &str)], message: &str) {
    let error = received(headers).expect_err(message);
    assert_eq!(
        (error.kind(), error.delivery(), error.field()),
        (Kind::Unauthenticated, Delivery::NotSent, Some("signature"))
    );
    assert_eq!(
        (error.provider(), error.operation()),
        (Some("onlineapp"), Some("verify_webhook"))
    );
    assert_eq!(error.message(), message, "{headers:?}");
}

#[test]
fn the_signature_is_found_in_the_documented_header_and_in_the_older_one() {
    let digits = &GOOD["sha256=".len()..];
    for headers in [
        [("content-type", "application/json"), (NEW, GOOD)],
        [("user-agent", "Monetize-Webhooks/1.0"), (OLD, digits)],
        [("x-other", ""), (OLD, GOOD)],
    ] {
        let event = received(&headers).expect("a good signature");
        assert_eq!(event.id, "evt_1");
        assert_eq!(event.kind, EventKind::PaymentCompleted);
    }
}

#[test]
fn the_newer_header_wins_if_both_are_present() {
    received(&[(OLD, WRONG), (NEW, GOOD)]).expect("the newer one is good");
    let mismatch = "the signature does not match the body and the secret";
    refused(&[(OLD, GOOD), (NEW, WRONG)], mismatch);
    refused(&[(OLD, GOOD), (NEW, "")], "the message has no signature");
}

#[test]
fn a_message_without_one_readable_signature_is_refused() {
    let none = "the message has no signature";
    refused(&[], none);
    refused(&[("authorization", GOOD), ("signature", GOOD)], none);
    refused(
        &[(NEW, GOOD), (NEW, GOOD)],
        "the message has more than one signature",
    );
    refused(
        &[(OLD, WRONG), (OLD, GOOD)],
        "the message has more than one signature",
    );
    refused(&[(NEW, "sha256=ä")], "the signature is malformed");
    refused(
        &[(NEW, &format!("{GOOD}, {GOOD}"))],
        "the signature is malformed",
    );
}

#[test]
fn the_signatures_text_alone_does_as_well() {
    verify_signature("onlineapp", GOOD, BODY, &secret()).expect("good");
    let error = verify_signature("onlineapp", WRONG, BODY, &secret()).expect_err("wrong");
    assert_eq!(error.kind(), Kind::Unauthenticated);
    assert_eq!(error.provider(), Some("onlineapp"));
}

#[test]
fn every_provider_that_verifies_webhooks_signs_them_for_tests() {
    let headers = sign("onlineapp", BODY, &secret(), SystemTime::UNIX_EPOCH).unwrap();
    assert_eq!(headers[NEW], GOOD);
    for provider in portal::providers() {
        let id = provider.info.id;
        let signed = sign(id, BODY, &secret(), SystemTime::UNIX_EPOCH);
        assert_eq!(signed.is_ok(), provider.verifies_webhooks(), "{id}");
        let Ok(headers) = signed else { continue };
        let verify = |body| verify_at(id, &headers, body, &secret(), SystemTime::UNIX_EPOCH);
        let kind = |result: Result<WebhookEvent>| result.err().map(|error| error.kind());
        // The body may be no event of that provider, but the signature is good.
        assert_ne!(kind(verify(BODY)), Some(Kind::Unauthenticated), "{id}");
        assert_eq!(kind(verify(b"{}")), Some(Kind::Unauthenticated), "{id}");
    }
}

#[test]
fn a_provider_that_documents_no_signature_says_so() {
    let expected = "Kwik documents no webhook signature, so none can be verified";
    let unsupported = |error: &Error| {
        assert_eq!(
            (error.kind(), error.delivery()),
            (Kind::Unsupported, Delivery::NotSent)
        );
        assert_eq!(
            (error.message(), error.provider()),
            (expected, Some("kwik"))
        );
        assert!(error.hint().is_some());
    };
    unsupported(&verify("kwik", &HeaderMap::new(), BODY, &secret()).expect_err("no way"));
    unsupported(&verify_signature("kwik", GOOD, BODY, &secret()).expect_err("no way"));
    unsupported(
        &Config::new("kwik")
            .unwrap()
            .webhook_secret()
            .expect_err("none"),
    );
    assert!(!provider("kwik").unwrap().verifies_webhooks());
    assert!(provider("onlineapp").unwrap().verifies_webhooks());
}

#[test]
fn a_provider_that_is_not_known_is_a_configuration_error() {
    let error = verify_signature("strype", GOOD, BODY, &secret()).expect_err("unknown");
    assert_eq!(
        (error.kind(), error.field()),
        (Kind::Configuration, Some("provider"))
    );
}

#[test]
fn the_secret_comes_from_its_variable_or_from_the_file_that_one_names() {
    let file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(file.path(), "whsec_test\r\n").expect("written");
    let path = file.path().to_str().expect("UTF-8").to_owned();
    for (variable, value) in [
        ("ONLINEAPP_WEBHOOK_SECRET", "whsec_test"),
        ("ONLINEAPP_WEBHOOK_SECRET_FILE", &path),
    ] {
        let config = Config::from_variables("onlineapp", |name| match name {
            _ if name == variable => Ok(value.to_owned()),
            _ => Err(VarError::NotPresent),
        })
        .unwrap();
        assert!(!config.is_complete(), "a link needs more than that");
        let secret = config.webhook_secret().expect(variable);
        verify_signature("onlineapp", GOOD, BODY, &secret).expect(variable);
        assert!(!format!("{config:?}").contains("whsec_test"));
    }
    let mut config = Config::new("onlineapp").unwrap();
    config.set_from_file("webhook_secret", &path).unwrap();
    assert_eq!(config.webhook_secret().unwrap().expose(), "whsec_test");
}

#[test]
fn a_missing_secret_is_a_configuration_error_that_names_its_variable() {
    let mut config = Config::new("onlineapp").unwrap();
    let error = config.webhook_secret().expect_err("none");
    assert_eq!(
        (error.kind(), error.field()),
        (Kind::Configuration, Some("webhook_secret"))
    );
    assert!(
        error
            .hint()
            .is_some_and(|hint| hint.contains("ONLINEAPP_WEBHOOK_SECRET_FILE"))
    );

    let folder = tempfile::tempdir().expect("a folder");
    let gone = folder.path().join("gone");
    config.set_from_file("webhook_secret", gone).unwrap();
    let error = config.webhook_secret().expect_err("no file");
    assert_eq!(
        (error.kind(), error.field()),
        (Kind::Configuration, Some("webhook_secret"))
    );
}

#[test]
fn links_need_no_webhook_secret() {
    let mut config = Config::new("onlineapp").unwrap();
    config.set("api_key", "sk_1").unwrap();
    config.set("paywall_id", "547").unwrap();
    assert!(config.is_complete());
    config.client().expect("a client");
}
