use std::time::SystemTime;

use http::{HeaderMap, HeaderValue};
use portal::webhook::{sign, verify_at};
use portal::{Kind, Secret};
use portal_core::Result;
use portal_core::webhook::WebhookEvent;

const SECRET: &str = "canary-whsec";

/// Checks `SIGNATURE\nBODY` as a message of each provider whose webhooks are verified, then the same
/// body well signed.
pub fn check(data: &[u8]) {
    let Some((given, body)) = crate::first_line(data) else {
        return;
    };
    let secret = Secret::from(SECRET);
    for provider in portal::providers() {
        if !provider.verifies_webhooks() {
            continue;
        }
        let id = provider.info.id;
        let now = SystemTime::UNIX_EPOCH;
        let signed = sign(id, body, &secret, now).expect("the provider signs webhooks");
        check_well_signed(verify_at(id, &signed, body, &secret, now), &signed);
        check_given(given, &signed, |headers| {
            verify_at(id, headers, body, &secret, now)
        });
    }
}

/// No part of a signature can be replaced by another text.
fn check_given(
    given: &str,
    signed: &HeaderMap,
    verify: impl Fn(&HeaderMap) -> Result<WebhookEvent>,
) {
    let Ok(value) = HeaderValue::from_str(given) else {
        return;
    };
    for (name, good) in signed {
        let mut headers = signed.clone();
        headers.insert(name, value.clone());
        match verify(&headers) {
            Err(error) if error.kind() == Kind::Unauthenticated => {}
            // The signature was accepted, so it is the good one, with or without its scheme's name.
            _ => {
                let good = good.to_str().expect("a signature is ASCII");
                let without_name = good.split_once('=').map(|(_, digits)| digits);
                let given = given.trim_matches([' ', '\t']);
                assert!(given == good || Some(given) == without_name, "{given}");
            }
        }
    }
}

fn check_well_signed(result: Result<WebhookEvent>, signed: &HeaderMap) {
    let output = match result {
        Ok(event) => {
            assert!(!event.id.is_empty());
            format!("{event:?}")
        }
        Err(error) => {
            assert_eq!(error.kind(), Kind::Protocol, "{error:?}");
            format!("{error} {error:?}")
        }
    };
    assert!(
        !output.contains(SECRET) && !output.contains("canary@"),
        "{output}"
    );
    for good in signed.values() {
        let good = good.to_str().expect("a signature is ASCII");
        let digits = good.trim_start_matches("sha256=");
        assert!(!output.contains(digits), "{output}");
    }
}
