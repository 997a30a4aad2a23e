//! A secret is not shown, in whichever of the usual encodings a provider repeats it.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use portal_core::redact;
use proptest::prelude::*;

/// How a provider may write what it was sent; `at` is the place of a line break, from 0 to 1.
#[derive(Clone, Copy, Debug)]
enum Written {
    Plain,
    Capitals,
    Small,
    TwoLines,
    Percent,
    PercentSmall,
    PercentTwice,
    PercentSigns,
    Json,
    JsonSigns,
    Base64,
    Base64Bare,
    Base64Url,
    Base64UrlBare,
    Base64TwoLines,
    Hex,
    HexCapitals,
}

const ALL: [Written; 17] = [
    Written::Plain,
    Written::Capitals,
    Written::Small,
    Written::TwoLines,
    Written::Percent,
    Written::PercentSmall,
    Written::PercentTwice,
    Written::PercentSigns,
    Written::Json,
    Written::JsonSigns,
    Written::Base64,
    Written::Base64Bare,
    Written::Base64Url,
    Written::Base64UrlBare,
    Written::Base64TwoLines,
    Written::Hex,
    Written::HexCapitals,
];

/// Those that leave an e-mail address or a URL to be found by its signs.
const ESCAPED: [Written; 9] = [
    Written::Plain,
    Written::Capitals,
    Written::Small,
    Written::Percent,
    Written::PercentSmall,
    Written::PercentTwice,
    Written::PercentSigns,
    Written::Json,
    Written::JsonSigns,
];

/// Writes a secret; base64 has `around` before and behind it, so that it begins anywhere in a group.
fn write(how: Written, secret: &str, around: &str, at: f64) -> String {
    let percent = |text: &str| each(text, |_| true, |c| bytes(c, |b| format!("%{b:02X}")));
    let json = |units: &str| {
        units
            .encode_utf16()
            .map(|u| format!("\\u{u:04x}"))
            .collect()
    };
    let sign = |c: char| !c.is_ascii_alphanumeric();
    let packed = format!("{around}{secret}{around}");
    match how {
        Written::Plain => secret.to_owned(),
        Written::Capitals => secret.to_uppercase(),
        Written::Small => secret.to_lowercase(),
        Written::TwoLines => two_lines(secret, at),
        Written::Percent => percent(secret),
        Written::PercentSmall => percent(secret).to_lowercase(),
        Written::PercentTwice => percent(secret).replace('%', "%25"),
        Written::PercentSigns => each(secret, sign, |c| bytes(c, |b| format!("%{b:02X}"))),
        Written::Json => json(secret),
        Written::JsonSigns => each(secret, sign, |c| json(&c.to_string())),
        Written::Base64 => STANDARD.encode(packed),
        Written::Base64Bare => STANDARD_NO_PAD.encode(packed),
        Written::Base64Url => URL_SAFE.encode(packed),
        Written::Base64UrlBare => URL_SAFE_NO_PAD.encode(packed),
        Written::Base64TwoLines => two_lines(&STANDARD.encode(packed), at),
        Written::Hex => secret.bytes().map(|b| format!("{b:02x}")).collect(),
        Written::HexCapitals => secret.bytes().map(|b| format!("{b:02X}")).collect(),
    }
}

fn each(text: &str, which: impl Fn(char) -> bool, write: impl Fn(char) -> String) -> String {
    let one = |c: char| if which(c) { write(c) } else { c.to_string() };
    text.chars().map(one).collect()
}

fn bytes(c: char, write: impl Fn(u8) -> String) -> String {
    c.encode_utf8(&mut [0; 4]).bytes().map(write).collect()
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

/// Says in which way a secret can be read in a text, if in any.
fn readable(shown: &str, secret: &str) -> Option<Written> {
    let solid = |text: &str| {
        let text: String = text.split_whitespace().collect();
        text.to_lowercase()
    };
    let simple = ALL.into_iter().filter(|how| {
        let text = solid(&write(*how, secret, "", 0.5));
        solid(shown).contains(&text)
    });
    let packed = [Written::Base64Bare, Written::Base64UrlBare].into_iter();
    let packed = packed.filter(|how| {
        // The digits that the secret alone decides, wherever in a group it begins.
        ["", "x", "xx"].iter().any(|before| {
            let text = format!("{before}{secret}");
            let whole = &text.as_bytes()[..text.len() / 3 * 3];
            let text = write(*how, &String::from_utf8_lossy(whole), "", 0.0);
            let own = &text[before.len().div_ceil(3) * 4..];
            own.len() > 4 && whole.len() > 3 && shown.contains(own)
        })
    });
    simple.chain(packed).next()
}

#[test]
fn other_encodings_and_packed_addresses_that_are_not_known_are_shown() {
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
fn what_is_escaped_more_than_once_is_masked() {
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
fn a_secret_of_signs_that_escape_is_masked() {
    for secret in ["\\", "%", "%25"].map(|sign| sign.repeat(300)) {
        for text in [&secret, &secret.replace('%', "%25"), &secret.repeat(2)] {
            assert_eq!(redact(text, &[&secret]), "***", "{text}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1000) })]

    #[test]
    fn a_secret_is_readable_in_no_way_in_which_a_provider_may_write_it(
        // No `*`, of which masks are made.
        secret in prop_oneof!["[!-)+-~]{6,40}", "[a-zA-Z0-9_-]{6,40}", "[a-zäßÑж日🦀@/]{6,20}"],
        how in prop::sample::select(ALL.to_vec()),
        around in prop_oneof![Just(""), Just("k"), Just("k="), Just("{\"k")],
        at in 0.0..1.0,
        before in "[ -~]{0,60}[ \"=:(]",
        behind in "([ \"=:,)&][ -~]{0,60})?",
    ) {
        let text = format!("{before}{}{behind}", write(how, &secret, around, at));
        let shown = redact(&text, &[&secret]);
        prop_assert_eq!(readable(&shown, &secret).map(|how| format!("{how:?}")), None, "{} in {}", shown, text);
    }

    #[test]
    fn an_address_is_readable_in_no_escaped_way_even_if_it_is_not_known(
        address in "[a-z][a-z0-9.+_-]{2,20}@[a-z]{2,12}\\.[a-z]{2,6}",
        how in prop::sample::select(ESCAPED.to_vec()),
    ) {
        let shown = redact(&format!("the mail {} is bad", write(how, &address, "", 0.0)), &[]);
        prop_assert_eq!(shown, "the mail *** is bad");
    }

    #[test]
    fn a_url_is_readable_in_no_way_even_if_it_is_not_known(
        url in "https?://[a-z]{2,12}\\.[a-z]{2,6}/[a-zA-Z0-9?&=]{0,20}",
        how in prop::sample::select(ALL.to_vec()).prop_filter(
            "half a URL is none",
            |how| !matches!(how, Written::TwoLines | Written::Base64TwoLines),
        ),
        around in prop_oneof![Just(""), Just(" "), Just("k="), Just("{\"k")],
    ) {
        let shown = redact(&format!("the link {} is bad", write(how, &url, around, 0.0)), &[]);
        prop_assert_eq!(shown, "the link *** is bad");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(100) })]

    #[test]
    fn whatever_is_said_is_shown_as_one_bounded_line(text in "\\PC{0,400}|[\\x00-\\x{ff}]{0,4000}") {
        let shown = redact(&text, &["sk_live_1"]);
        prop_assert!(shown.chars().count() <= 201);
        prop_assert!(!shown.contains(char::is_control));
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
        let shown = redact(&format!("what is {text} there"), &["user@example.com"]);
        assert_eq!(shown, "what is *** there", "{text}");
    }
}

#[test]
fn invisible_characters_are_escaped_and_hide_no_secret() {
    assert_eq!(
        redact("a\u{202e}b \u{200b} c\u{feff}", &[]),
        r"a\u{202e}b \u{200b} c\u{feff}"
    );
    for said in [
        "sk_\u{200b}live_1",
        "\u{202e}sk_live_1\u{ad}",
        "\u{200b}\u{200b} sk_\u{2066}live_1",
    ] {
        let shown = redact(&format!("bad {said} end"), &["sk_live_1"]);
        assert!(
            shown.ends_with("*** end") && !shown.contains("live"),
            "{shown}"
        );
    }
}
