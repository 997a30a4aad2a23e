use std::ops::Range;

use axum::http::HeaderMap;
use axum::http::header::{AUTHORIZATION, COOKIE, PROXY_AUTHORIZATION};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

use super::detectors::{addresses, link_secrets, tokens};
use super::known_values::KnownValues;
use super::unescape::Unescaped;

/// Masks secrets and personal values in journal entries; the rest stays as it was sent.
///
/// `***` replaces known secrets in plain, in base64 and in hexadecimal digits, everything with the form of a link token or
/// a portal link, and the part of e-mail addresses before the `@`. One layer of percent-encoding or JSON escapes hides
/// none of them.
pub(super) struct JournalRedactor<'a> {
    known: &'a [&'a KnownValues],
}

/// Return URLs lead to the merchant, so their paths are no secrets.
const RETURN_URLS: [&str; 3] = ["redirect_url", "return_url", "returnUrl"];
const MASK: &str = "***";

/// Adds the credentials of a request.
pub(super) fn add_credentials(known: &mut KnownValues, headers: &HeaderMap) {
    for (_, value) in headers.iter().filter(|(name, _)| is_secret(name.as_str())) {
        let value = String::from_utf8_lossy(value.as_bytes());
        let value = value.rsplit(' ').next().unwrap_or_default();
        known.add_secret(value);
        let pair = STANDARD.decode(value).unwrap_or_default();
        for part in String::from_utf8(pair).unwrap_or_default().split(':') {
            known.add_secret(part);
        }
    }
}

/// Adds the e-mail addresses and the secrets of portal links in a body.
pub(super) fn add_personal_values(known: &mut KnownValues, body: &[u8]) {
    match serde_json::from_slice(body) {
        Ok(value) => for_each_text(&value, &mut |text| add_from_text(known, text)),
        Err(_) => add_from_text(known, &String::from_utf8_lossy(body)),
    }
}

fn add_from_text(known: &mut KnownValues, text: &str) {
    let text = Unescaped::new(text);
    let text = text.as_str();
    for local in addresses(text) {
        let domain =
            text[local.end + 1..].split(|c: char| !c.is_alphanumeric() && !".-".contains(c));
        let end = local.end + 1 + domain.map(str::len).next().unwrap_or_default();
        known.add_encodings(&text[local.start..end]);
    }
    for secret in link_secrets(text).into_iter().chain(tokens(text)) {
        known.add_encodings(&text[secret]);
    }
}

fn for_each_text(value: &Value, apply: &mut impl FnMut(&str)) {
    match value {
        Value::String(text) => apply(text),
        Value::Array(items) => items.iter().for_each(|item| for_each_text(item, apply)),
        Value::Object(fields) => {
            for (name, value) in fields {
                apply(name);
                for_each_text(value, apply);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

impl<'a> JournalRedactor<'a> {
    pub(super) fn new(known: &'a [&'a KnownValues]) -> Self {
        Self { known }
    }

    /// Masks a header; the whole value if it is a credential.
    pub(super) fn header(&self, name: &str, value: &[u8]) -> String {
        match is_secret(name) {
            true => MASK.to_owned(),
            false => self.text(&String::from_utf8_lossy(value)),
        }
    }

    /// Masks a body: each name and value of JSON, or the whole text.
    pub(super) fn body(&self, body: &[u8]) -> Value {
        match serde_json::from_slice(body) {
            Ok(value) => self.value(value, true),
            Err(_) => self.text(&String::from_utf8_lossy(body)).into(),
        }
    }

    pub(super) fn text(&self, text: &str) -> String {
        self.masked(text, true)
    }

    fn value(&self, value: Value, with_links: bool) -> Value {
        match value {
            Value::String(text) => self.masked(&text, with_links).into(),
            Value::Array(items) => items
                .into_iter()
                .map(|item| self.value(item, with_links))
                .collect(),
            Value::Object(fields) => {
                let mut masked = Map::new();
                for (name, value) in fields {
                    let value = self.value(value, with_links && !RETURN_URLS.contains(&&*name));
                    let mut name = self.text(&name);
                    // Two names can be equal once they are masked.
                    if masked.contains_key(&name) {
                        name = format!("{name} ({})", masked.len() + 1);
                    }
                    masked.insert(name, value);
                }
                masked.into()
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => value,
        }
    }

    fn masked(&self, text: &str, with_links: bool) -> String {
        let unescaped = Unescaped::new(text);
        let plain = unescaped.as_str();
        let mut found: Vec<Range<usize>> = tokens(plain).chain(addresses(plain)).collect();
        if with_links {
            found.extend(link_secrets(plain));
        }
        found.extend(self.known.iter().flat_map(|known| known.find(plain)));
        let mut found: Vec<_> = found
            .into_iter()
            .map(|range| unescaped.original(range))
            .collect();
        if plain != text {
            found.extend(self.known.iter().flat_map(|known| known.find(text)));
        }
        found.sort_by_key(|range| range.start);
        let mut masked = String::with_capacity(text.len());
        let mut end = 0;
        for range in found {
            if range.start >= end {
                masked.push_str(&text[end..range.start]);
                masked.push_str(MASK);
            }
            end = end.max(range.end);
        }
        masked.push_str(&text[end..]);
        masked
    }
}

fn is_secret(header: &str) -> bool {
    header == AUTHORIZATION.as_str()
        || header == PROXY_AUTHORIZATION.as_str()
        || header == COOKIE.as_str()
        || header == "x-api-key"
        || header == "x-monetize-signature"
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn known() -> KnownValues {
        let headers = [(
            AUTHORIZATION,
            "Basic Y2FuYXJ5LWtleTpjYW5hcnktc2VjcmV0".parse().unwrap(),
        )];
        let mut known = KnownValues::default();
        add_credentials(&mut known, &headers.into_iter().collect());
        for secret in ["sk_own_key", "sk_1"] {
            known.add_secret(secret);
        }
        known
    }

    fn redacted(text: &str) -> String {
        JournalRedactor::new(&[&known()]).text(text)
    }

    fn redacted_body(body: &[u8]) -> Value {
        JournalRedactor::new(&[&known()]).body(body)
    }

    #[test]
    fn the_domain_of_an_address_is_shown() {
        for (text, output) in [
            ("ada@example.com", "***@example.com"),
            ("a@b.c", "***@b.c"),
            ("o'neil+x=/y@example.com", "***@example.com"),
            ("<i>1</i>@example.com", "***@example.com"),
            ("jürgen@bücher.example", "***@bücher.example"),
            ("\"ada l\"@example.com", "***@example.com"),
            ("ada@[127.0.0.1]", "***@[127.0.0.1]"),
            (
                "Ada <ada@example.com>, b@c.de",
                "Ada <***@example.com>, ***@c.de",
            ),
            (
                "email=ada@example.com&plan=1",
                "email=***@example.com&plan=1",
            ),
            (
                "{ \"email\": \"ada\\u0040example.com\", ",
                "{ \"email\": \"***\\u0040example.com\", ",
            ),
            (
                "email=ada%40example.com&p=%20",
                "email=***%40example.com&p=%20",
            ),
            (
                "https://my.site/?of=ada%40example.com#x",
                "https://my.site/?of=***%40example.com#x",
            ),
            ("/people/ada@example.com/x", "/people/***@example.com/x"),
            ("@example @ x", "@example @ x"),
        ] {
            assert_eq!(redacted(text), output);
        }
    }

    #[test]
    fn keys_and_link_tokens_are_masked() {
        let token = "aB3_".repeat(10) + "xyz";
        for (text, output) in [
            ("key sk_own_key, Canary-Secret", "key ***, ***"),
            ("canary%2Dsecret", "***"),
            (r"canary\u002dsecret", "***"),
            ("Y2FuYXJ5LXNlY3JldA%3D%3D", "***%3D%3D"),
            ("63616e6172792D7365637265742e", "***2e"),
            ("Basic Y2FuYXJ5LWtleTpjYW5hcnktc2VjcmV0", "Basic ***"),
            (
                &format!("http://127.0.0.1:1/portal/{token}?x"),
                "http://127.0.0.1:1/portal/***?x",
            ),
            (&format!("it is {token}!"), "it is ***!"),
            (
                "HTTPS://PAY.EXAMPLE/PORTAL/ABC",
                "HTTPS://PAY.EXAMPLE/PORTAL/***",
            ),
            (
                "https://pay.example/portal/abc/x",
                "https://pay.example/portal/***/x",
            ),
            (
                "https%3A%2F%2Fx.y%2Fp%2Fsession%2Fabc",
                "https%3A%2F%2Fx.y%2Fp%2Fsession%2F***",
            ),
        ] {
            assert_eq!(redacted(text), output);
        }
    }

    #[test]
    fn text_without_secrets_is_unchanged() {
        for text in [
            "{ not json",
            "cus_HVpCeoNys1f22X7QcuWHY",
            "sk_1, which is too short for a key",
            "utm_source=facebook&x=100%25",
            "/api/v1/paywall/547/get-customer-portal",
            "https://my.site/account/%C3%BC?plan=a%26b",
            "abcdefghijklmnopqrstuvwxyz0123456789-_abcde",
            "portal/0.1.0 (+https://example.com)",
        ] {
            assert_eq!(redacted(text), text);
        }
        for name in ["redirect_url", "returnUrl"] {
            let body =
                json!({ name: "https://my.site/portal/account", "n": [1, null, "portal/x"] });
            assert_eq!(redacted_body(body.to_string().as_bytes()), body);
        }
        assert_eq!(redacted_body(b"\xff{"), "\u{fffd}{");
    }

    #[test]
    fn names_and_nested_values_are_masked_too() {
        let body =
            r#"{"a@x.co":1,"b@x.co":2,"m":[{"to":"c@x.co"}],"return_url":"https://x.co/?c@x.co"}"#;
        let output = r#"{"***@x.co":1,"***@x.co (2)":2,"m":[{"to":"***@x.co"}],"return_url":"https://x.co/?***@x.co"}"#;
        let output: Value = serde_json::from_str(output).unwrap();
        assert_eq!(redacted_body(body.as_bytes()), output);
    }

    #[test]
    fn a_value_that_was_seen_in_plain_is_masked_in_base64_and_hexadecimal_too() {
        let body = json!({ "email": "canary@example.com", "to": "https://x.y/portal/canary-link" });
        let mut known = KnownValues::default();
        add_personal_values(&mut known, body.to_string().as_bytes());
        for (text, masked) in [
            ("from Y2FuYXJ5QGV4YW1wbGUuY29t ok", "from *** ok"),
            ("x:eW91IGNhbmFyeUBleGFtcGxlLmNvbQ==", "x:***=="),
            ("63616E617279406578616d706c652e636f6d", "***"),
            ("aHR0cHM6Ly94LnkvcG9ydGFsL2NhbmFyeS1saW5r", "***"),
            ("canary@example.com", "***@example.com"),
        ] {
            assert_eq!(JournalRedactor::new(&[&known]).text(text), masked);
        }
    }

    #[test]
    fn only_one_layer_of_escapes_is_covered() {
        assert_eq!(redacted("canary%2Dsecret"), "***");
        assert_eq!(redacted("canary%252Dsecret"), "canary%252Dsecret");
    }
}
