//! Secrets are masked in each of the usual encodings.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use portal_core::redact;
use proptest::prelude::*;

/// How a provider may repeat a text that it was sent.
#[derive(Clone, Copy, Debug)]
enum Encoding {
    Plain,
    Uppercase,
    Lowercase,
    TwoLines,
    Percent,
    PercentLowercase,
    PercentTwice,
    PercentPunctuation,
    Json,
    JsonPunctuation,
    Base64,
    Base64Unpadded,
    Base64Url,
    Base64UrlUnpadded,
    Base64TwoLines,
    Hex,
    HexUppercase,
}

const ALL: [Encoding; 17] = [
    Encoding::Plain,
    Encoding::Uppercase,
    Encoding::Lowercase,
    Encoding::TwoLines,
    Encoding::Percent,
    Encoding::PercentLowercase,
    Encoding::PercentTwice,
    Encoding::PercentPunctuation,
    Encoding::Json,
    Encoding::JsonPunctuation,
    Encoding::Base64,
    Encoding::Base64Unpadded,
    Encoding::Base64Url,
    Encoding::Base64UrlUnpadded,
    Encoding::Base64TwoLines,
    Encoding::Hex,
    Encoding::HexUppercase,
];

/// The encodings in which an e-mail address or a URL is found although it is not known.
const ESCAPED: [Encoding; 9] = [
    Encoding::Plain,
    Encoding::Uppercase,
    Encoding::Lowercase,
    Encoding::Percent,
    Encoding::PercentLowercase,
    Encoding::PercentTwice,
    Encoding::PercentPunctuation,
    Encoding::Json,
    Encoding::JsonPunctuation,
];

/// Encodes a secret. In base64, `around` stands before and after it, so that it begins anywhere in a group.
///
/// `at` is the position of a line break, from 0 to 1.
fn encode(encoding: Encoding, secret: &str, around: &str, at: f64) -> String {
    let percent = |text: &str| each(text, |_| true, |c| bytes(c, |b| format!("%{b:02X}")));
    let json = |units: &str| {
        units
            .encode_utf16()
            .map(|u| format!("\\u{u:04x}"))
            .collect()
    };
    let sign = |c: char| !c.is_ascii_alphanumeric();
    let padded = format!("{around}{secret}{around}");
    match encoding {
        Encoding::Plain => secret.to_owned(),
        Encoding::Uppercase => secret.to_uppercase(),
        Encoding::Lowercase => secret.to_lowercase(),
        Encoding::TwoLines => two_lines(secret, at),
        Encoding::Percent => percent(secret),
        Encoding::PercentLowercase => percent(secret).to_lowercase(),
        Encoding::PercentTwice => percent(secret).replace('%', "%25"),
        Encoding::PercentPunctuation => each(secret, sign, |c| bytes(c, |b| format!("%{b:02X}"))),
        Encoding::Json => json(secret),
        Encoding::JsonPunctuation => each(secret, sign, |c| json(&c.to_string())),
        Encoding::Base64 => STANDARD.encode(padded),
        Encoding::Base64Unpadded => STANDARD_NO_PAD.encode(padded),
        Encoding::Base64Url => URL_SAFE.encode(padded),
        Encoding::Base64UrlUnpadded => URL_SAFE_NO_PAD.encode(padded),
        Encoding::Base64TwoLines => two_lines(&STANDARD.encode(padded), at),
        Encoding::Hex => secret.bytes().map(|b| format!("{b:02x}")).collect(),
        Encoding::HexUppercase => secret.bytes().map(|b| format!("{b:02X}")).collect(),
    }
}

fn each(text: &str, which: impl Fn(char) -> bool, encode: impl Fn(char) -> String) -> String {
    let one = |c: char| if which(c) { encode(c) } else { c.to_string() };
    text.chars().map(one).collect()
}

fn bytes(c: char, encode: impl Fn(u8) -> String) -> String {
    c.encode_utf8(&mut [0; 4]).bytes().map(encode).collect()
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a place in a short text"
)]
fn two_lines(text: &str, at: f64) -> String {
    let cut = text.floor_char_boundary((text.len() as f64 * at) as usize);
    format!("{}\r\n{}", &text[..cut], &text[cut..])
}

/// Returns an encoding in which a secret can be read in a text.
fn find_readable(output: &str, secret: &str) -> Option<Encoding> {
    let solid = |text: &str| {
        let text: String = text.split_whitespace().collect();
        text.to_lowercase()
    };
    let simple = ALL.into_iter().filter(|encoding| {
        let text = solid(&encode(*encoding, secret, "", 0.5));
        solid(output).contains(&text)
    });
    let padded = [Encoding::Base64Unpadded, Encoding::Base64UrlUnpadded].into_iter();
    let padded = padded.filter(|encoding| {
        // The digits that depend on the secret alone, at each position in a group.
        ["", "x", "xx"].iter().any(|before| {
            let text = format!("{before}{secret}");
            let whole = &text.as_bytes()[..text.len() / 3 * 3];
            let text = encode(*encoding, &String::from_utf8_lossy(whole), "", 0.0);
            let own = &text[before.len().div_ceil(3) * 4..];
            own.len() > 4 && whole.len() > 3 && output.contains(own)
        })
    });
    simple.chain(padded).next()
}

#[test]
fn other_encodings_and_unknown_addresses_in_base64_are_shown() {
    for text in [
        "user&#64;example.com",
        "https&colon;&sol;&sol;x.y",
        "dXNlckBleGFtcGxlLmNvbQ==",
        "75736572406578616d706c652e636f6d",
        "aHR0cHMlM0ElMkYlMkZ4Lnk=",
    ] {
        assert_eq!(redact(text, &["sk_live_1"]), text);
    }
}

#[test]
fn ordinary_words_are_shown_as_they_are() {
    for text in [
        "Key not found: cus_HVpCeoNys1f22X7QcuWHY",
        "100% 40 of 5 & 6 <b> \\d+ &unknown; %zz \\u12 %",
        "bücher: 日本語 abcdefghijklmnopqrstuvwxyz0123456789",
        "error_details.0.customer_id: must match exactly one subscription",
    ] {
        assert_eq!(redact(text, &["sk_live_1"]), text);
    }
}

#[test]
fn text_that_is_escaped_more_than_once_is_masked() {
    for times in [1, 3, 8] {
        let percent = "25".repeat(times);
        let slashes = "\\".repeat(times);
        for text in [
            format!("a%{percent}40b"),
            format!("sk%{percent}5flive"),
            format!("a{slashes}u0040b"),
            format!("http:{slashes}/{slashes}/x"),
        ] {
            assert_eq!(
                redact(&format!("x {text}"), &["sk_live"]),
                "x ***",
                "{text}"
            );
        }
    }
}

#[test]
fn a_secret_of_escape_characters_is_masked() {
    for secret in ["\\", "%", "%25"].map(|sign| sign.repeat(300)) {
        for text in [&secret, &secret.replace('%', "%25"), &secret.repeat(2)] {
            assert_eq!(redact(text, &[&secret]), "***", "{text}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1000) })]

    #[test]
    fn a_secret_is_masked_in_every_usual_encoding(
        // Without `*`, which a mask consists of.
        secret in prop_oneof!["[!-)+-~]{6,40}", "[a-zA-Z0-9_-]{6,40}", "[a-zäßÑж日🦀@/]{6,20}"],
        encoding in prop::sample::select(ALL.to_vec()),
        around in prop_oneof![Just(""), Just("k"), Just("k="), Just("{\"k")],
        at in 0.0..1.0,
        before in "[ -~]{0,60}[ \"=:(]",
        behind in "([ \"=:,)&][ -~]{0,60})?",
    ) {
        let text = format!("{before}{}{behind}", encode(encoding, &secret, around, at));
        let output = redact(&text, &[&secret]);
        prop_assert_eq!(find_readable(&output, &secret).map(|encoding| format!("{encoding:?}")), None, "{} in {}", output, text);
    }

    #[test]
    fn an_unknown_address_is_masked_in_plain_and_escaped(
        address in "[a-z][a-z0-9.+_-]{2,20}@[a-z]{2,12}\\.[a-z]{2,6}",
        encoding in prop::sample::select(ESCAPED.to_vec()),
    ) {
        let output = redact(&format!("the mail {} is bad", encode(encoding, &address, "", 0.0)), &[]);
        prop_assert_eq!(output, "the mail *** is bad");
    }

    #[test]
    fn an_unknown_url_is_masked_in_every_usual_encoding(
        url in "https?://[a-z]{2,12}\\.[a-z]{2,6}/[a-zA-Z0-9?&=]{0,20}",
        encoding in prop::sample::select(ALL.to_vec()).prop_filter(
            "half a URL is none",
            |encoding| !matches!(encoding, Encoding::TwoLines | Encoding::Base64TwoLines),
        ),
        around in prop_oneof![Just(""), Just(" "), Just("k="), Just("{\"k")],
    ) {
        let output = redact(&format!("the link {} is bad", encode(encoding, &url, around, 0.0)), &[]);
        prop_assert_eq!(output, "the link *** is bad");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(100) })]

    #[test]
    fn any_text_is_shown_as_one_bounded_line(text in "\\PC{0,400}|[\\x00-\\x{ff}]{0,4000}") {
        let output = redact(&text, &["sk_live_1"]);
        prop_assert!(output.chars().count() <= 201);
        prop_assert!(!output.contains(char::is_control));
    }
}

#[test]
fn a_url_and_a_known_address_are_masked_in_base64_and_in_hexadecimal_digits() {
    for text in [
        "bXkgbWFpbCBpcyB1c2VyQGV4YW1wbGUuY29tIG9r",
        "xbXkgbWFpbCBpcyB1c2VyQGV4YW1wbGUuY29tIG9r==",
        "aHR0cHM6Ly94LnkvcG9ydGFsL3Rva2Vu",
        "aHR0cHM6Ly94LnkvcG9y\r\ndGFsL3Rva2Vu",
        "75736572406578616d706c652e636f6d",
        "7573657240 6578616D706C652E636F6D",
    ] {
        let output = redact(&format!("what is {text} there"), &["user@example.com"]);
        assert_eq!(output, "what is *** there", "{text}");
    }
}

#[test]
fn invisible_characters_are_escaped_and_hide_no_secret() {
    assert_eq!(
        redact("a\u{202e}b \u{200b} c\u{feff}", &[]),
        r"a\u{202e}b \u{200b} c\u{feff}"
    );
    let text_for_people = "paid \u{2764}\u{fe0f} today";
    assert_eq!(redact(text_for_people, &[]), text_for_people);
    for text in [
        "sk_\u{200b}live_1",
        "\u{202e}sk_live_1\u{ad}",
        "sk_\u{fe0f}live\u{e0100}_1",
        "\u{200b}\u{200b} sk_\u{2066}live_1",
    ] {
        let output = redact(&format!("bad {text} end"), &["sk_live_1"]);
        assert!(
            output.ends_with("*** end") && !output.contains("live"),
            "{output}"
        );
    }
}
