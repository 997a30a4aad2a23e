use adapter_onlineapp::webhook::verify;
use portal_core::{Delivery, Error, Kind, Secret};

use crate::{FIXTURES, SECRET, output_of, secret, sign};

fn refusal(signature: &str, body: &[u8], secret: &Secret) -> Error {
    let error = verify(signature, body, secret).expect_err(signature);
    assert_eq!(
        (error.kind(), error.delivery(), error.field()),
        (Kind::Unauthenticated, Delivery::NotSent, Some("signature")),
        "{signature}"
    );
    assert!(error.hint().is_some() && !error.is_retryable());
    error
}

#[test]
fn each_message_is_good_with_the_signature_that_openssl_made_of_it() {
    for (body, signature) in FIXTURES {
        verify(signature, body, &secret()).expect(signature);
        assert_eq!(sign(body), *signature);
    }
}

#[test]
fn a_signed_body_that_is_no_event_is_a_protocol_error() {
    // RFC 4231's test case 2; the rest by Python's hmac.
    let key = "k".repeat(100);
    for (secret, body, signature) in [
        (
            "Jefe",
            "what do ya want for nothing?",
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
        ),
        (
            "schlüssel-秘密",
            "",
            "999b1192fea5bca0fa270a985b33ccbbeafdd13810f9a57c8b8b691981cf81b9",
        ),
        (
            key.as_str(),
            "{}",
            "b689e50e5ba4b695d078582251ed84fc1aaacf2dc1dc876a3ad2168121d097c9",
        ),
    ] {
        let secret = Secret::from(secret);
        let error = verify(signature, body.as_bytes(), &secret).expect_err(body);
        assert_eq!(
            (error.kind(), error.delivery()),
            (Kind::Protocol, Delivery::Answered),
            "{error}"
        );
        refusal(signature, format!("{body} ").as_bytes(), &secret);
    }
}

#[test]
fn the_digits_alone_are_a_signature_and_so_are_spaces_around_it() {
    let (body, signature) = FIXTURES[0];
    let digits = signature.strip_prefix("sha256=").unwrap();
    for good in [
        digits.to_owned(),
        format!(" {signature}\t"),
        format!("  {digits} "),
    ] {
        verify(&good, body, &secret()).expect(&good);
    }
}

#[test]
fn malformed_and_wrong_signatures_are_refused_with_different_errors() {
    let (body, signature) = FIXTURES[0];
    let digits = signature.strip_prefix("sha256=").unwrap();
    for malformed in [
        signature.to_ascii_uppercase(),
        format!("sha256={}", digits.to_ascii_uppercase()),
        format!("SHA256={digits}"),
        format!("sha1={digits}"),
        format!("sha256:{digits}"),
        format!("sha256= {digits}"),
        format!("sha256 ={digits}"),
        format!("sha256=sha256={digits}"),
        format!("v1={digits}"),
        format!("={digits}"),
        format!("{digits},{digits}"),
        format!("{digits}0"),
        format!("{digits}00"),
        format!("{digits}\n"),
        format!("{digits}\0"),
        format!("\u{a0}{digits}"),
        format!("0x{digits}"),
        format!("{} {}", &digits[..32], &digits[32..]),
        digits[..63].to_owned(),
        digits[..62].to_owned(),
        digits[..2].to_owned(),
        "sha256=".to_owned(),
        "ä".repeat(32),
        "０".repeat(64),
    ] {
        let error = refusal(&malformed, body, &secret());
        assert_eq!(error.message(), "the signature is malformed", "{malformed}");
    }
    for empty in ["", " ", "\t "] {
        let error = refusal(empty, body, &secret());
        assert_eq!(error.message(), "the message has no signature");
    }
    for wrong in ["0".repeat(64), sign(b""), sign(FIXTURES[1].0)] {
        let error = refusal(&wrong, body, &secret());
        assert_eq!(
            error.message(),
            "the signature does not match the body and the secret"
        );
    }
}

#[test]
fn a_body_that_differs_in_any_byte_is_refused() {
    for (body, signature) in FIXTURES {
        let mut changed = body.to_vec();
        for at in 0..changed.len() {
            changed[at] ^= 0x20;
            refusal(signature, &changed, &secret());
            changed[at] ^= 0x20;
        }
        refusal(signature, &body[..body.len() - 1], &secret());
        refusal(signature, &[*body, b"\n"].concat(), &secret());
        refusal(signature, b"", &secret());
    }
}

#[test]
fn a_signature_that_differs_in_any_bit_is_refused() {
    let (body, signature) = FIXTURES[0];
    for at in 0..signature.len() {
        for bit in 0..7 {
            let mut changed = signature.as_bytes().to_vec();
            changed[at] ^= 1 << bit;
            let changed = String::from_utf8(changed).expect("ASCII");
            refusal(&changed, body, &secret());
        }
    }
}

#[test]
fn another_secret_is_refused() {
    let (body, signature) = FIXTURES[0];
    for other in ["whsec_test_secre", "WHSEC_TEST_SECRET", "x"] {
        refusal(signature, body, &Secret::from(other));
    }
}

#[test]
fn a_blank_secret_is_a_configuration_error_even_where_the_signature_was_made_with_it() {
    for (blank, signature) in [
        // By Python's hmac.
        (
            "",
            "22f8eea909400af98adf3681a9f31923ef6b7fcba4abb553d92823a3e9d5c25e",
        ),
        (
            " ",
            "d2a4690c47e1e151b21b8d4971d58380b5f183f7477959dacf591777b59293c5",
        ),
    ] {
        let error = verify(signature, b"{}", &Secret::from(blank)).expect_err("no secret");
        assert_eq!(
            (error.kind(), error.delivery(), error.field()),
            (
                Kind::Configuration,
                Delivery::NotSent,
                Some("webhook_secret")
            )
        );
    }
}

#[test]
fn a_secret_with_copied_characters_is_a_configuration_error_that_names_them() {
    let (body, signature) = FIXTURES[0];
    for (around, why) in [
        ("S\n", "ends with a line end"),
        ("S\r", "ends with a line end"),
        (" S", "begins or ends with white space"),
        ("\"S\"", "has quotes around it, which are not part of it"),
        ("'S'", "has quotes around it, which are not part of it"),
        ("Bearer S", "begins with `Bearer `, which is not part of it"),
        ("\u{feff}S", "begins with a byte order mark"),
        ("S\u{200b}", "holds the invisible character U+200B"),
    ] {
        let secret = around.replace('S', SECRET);
        let error = verify(signature, body, &secret.as_str().into()).expect_err(around);
        assert_eq!(error.message(), format!("`webhook_secret` {why}"));
        assert_eq!(
            (error.kind(), error.field()),
            (Kind::Configuration, Some("webhook_secret"))
        );
        assert!(error.hint().is_some() && !output_of(&error).contains(SECRET));
    }
}

#[test]
fn errors_show_neither_secret_nor_signature_nor_body() {
    const CANARY: &str = "canary";
    let secret = Secret::from(CANARY);
    let digits = |body: &[u8]| sign(body).strip_prefix("sha256=").unwrap().to_owned();
    let personal = br#"{"id":"evt_1","type":"canary","created_at":"canary@example.com"}"#;
    let errors = [
        verify("canary", b"canary", &secret),
        verify("", b"canary", &secret),
        verify(&"0".repeat(64), b"canary", &secret),
        verify(&digits(b"\"canary\""), b"\"canary\"", &Secret::from(SECRET)),
        verify(&digits(b"canary"), b"canary", &Secret::from(SECRET)),
        verify(&digits(personal), personal, &Secret::from(SECRET)),
    ];
    for error in errors {
        let output = output_of(&error.expect_err("none is an event"));
        for hidden in [CANARY, SECRET, &digits(personal), &"0".repeat(64)] {
            assert!(!output.contains(hidden), "{output}");
        }
    }
}
