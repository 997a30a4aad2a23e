use std::borrow::Cow;
use std::ops::Range;

use axum::http::HeaderMap;
use axum::http::header::{AUTHORIZATION, COOKIE, PROXY_AUTHORIZATION};
use serde_json::{Map, Value};

use super::find::{addresses, is_domain, is_gap, logins, tokens};
use super::packed::{is_digit, unescaped};

/// What the journal shows of a request: who and which login it is about is masked, the rest is as it was sent.
///
/// `***` stands for a key, for what opens a portal, and for an e-mail address's part before the `@`; also where they
/// are percent-encoded, escaped as in JSON, in base64 or in hexadecimal digits.
pub(crate) struct Mask<'a> {
    own_keys: &'a [String],
    /// Those that the request came with.
    keys: Vec<String>,
}

/// Returns what is looked for of keys: in small letters, and none that would be found everywhere.
pub(crate) fn known(keys: impl IntoIterator<Item = String>) -> Vec<String> {
    let long = keys.into_iter().filter(|key| key.len() >= SHORTEST_KEY);
    long.map(|key| key.to_ascii_lowercase()).collect()
}

/// Below this many bytes a text is no key: it would be found everywhere.
const SHORTEST_KEY: usize = 8;
/// How many layers of escapes are undone; what has more is not shown.
const LAYERS: usize = 4;
/// Where a return URL stands: it leads to the merchant, so it is no login whatever its path is called.
const RETURN_URLS: [&str; 3] = ["redirect_url", "return_url", "returnUrl"];
const STARS: &str = "***";

impl<'a> Mask<'a> {
    /// Knows the sandbox's own keys, which are [`known`], and those that the request itself came with.
    pub(crate) fn new(own_keys: &'a [String], headers: &HeaderMap) -> Self {
        let mut keys = Vec::new();
        for (_, value) in headers.iter().filter(|(name, _)| is_private(name.as_str())) {
            let value = String::from_utf8_lossy(value.as_bytes());
            // After a scheme's name, as in `Basic …`.
            let value = value.rsplit(' ').next().unwrap_or_default();
            let pair = super::packed::of_base64(value.trim_end_matches('='));
            let pair = String::from_utf8(pair.unwrap_or_default()).unwrap_or_default();
            keys.extend(pair.split(':').chain([value]).map(str::to_owned));
        }
        let keys = known(keys);
        Self { own_keys, keys }
    }

    /// Shows a header: of a secret one only that it is there.
    pub(crate) fn header(&self, name: &str, value: &[u8]) -> String {
        match is_private(name) {
            true => STARS.to_owned(),
            false => self.text(&String::from_utf8_lossy(value)),
        }
    }

    /// Shows a body: JSON with each name and value by itself, or the text that it is.
    pub(crate) fn body(&self, body: &[u8]) -> Value {
        match serde_json::from_slice(body) {
            Ok(value) => self.value(value, true),
            Err(_) => self.text(&String::from_utf8_lossy(body)).into(),
        }
    }

    pub(crate) fn text(&self, text: &str) -> String {
        self.layer(text, true, 0)
    }

    fn value(&self, value: Value, links: bool) -> Value {
        match value {
            Value::String(text) => self.layer(&text, links, 0).into(),
            Value::Array(items) => items.into_iter().map(|it| self.value(it, links)).collect(),
            Value::Object(fields) => {
                let mut shown = Map::new();
                for (name, value) in fields {
                    let value = self.value(value, links && !RETURN_URLS.contains(&&*name));
                    let mut name = self.text(&name);
                    // Two names may look alike once they are masked.
                    if shown.contains_key(&name) {
                        name = format!("{name} ({})", shown.len() + 1);
                    }
                    shown.insert(name, value);
                }
                shown.into()
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => value,
        }
    }

    /// Masks what stands there in plain, and then what each word says when it is unescaped or unpacked.
    fn layer(&self, text: &str, links: bool, layer: usize) -> String {
        let plain = self.plain(text, links);
        let mut shown = String::with_capacity(plain.len());
        for word in plain.split_inclusive(is_gap) {
            let unescaped = unescaped(word);
            if unescaped != word {
                let masked = match layer < LAYERS {
                    true => self.layer(&unescaped, links, layer + 1),
                    false => STARS.to_owned(),
                };
                if masked != unescaped {
                    shown.push_str(&masked);
                    continue;
                }
            }
            for run in word.split_inclusive(|c| !is_digit(c)) {
                let packed = run.trim_end_matches(|c| !is_digit(c));
                match self.is_shown_by(packed) {
                    true => shown.push_str(&run.replace(packed, STARS)),
                    false => shown.push_str(run),
                }
            }
        }
        shown
    }

    fn plain<'t>(&self, text: &'t str, links: bool) -> Cow<'t, str> {
        let mut hidden = self.keys_in(text);
        hidden.extend(tokens(text));
        hidden.extend(addresses(text));
        if links {
            hidden.extend(logins(text));
        }
        if hidden.is_empty() {
            return text.into();
        }
        hidden.sort_by_key(|range| range.start);
        let mut shown = String::with_capacity(text.len());
        let mut end = 0;
        for range in hidden {
            if range.start >= end {
                shown.push_str(&text[end..range.start]);
                shown.push_str(STARS);
            }
            end = end.max(range.end);
        }
        shown.push_str(&text[end..]);
        shown.into()
    }

    fn keys_in(&self, text: &str) -> Vec<Range<usize>> {
        if text.len() < SHORTEST_KEY {
            return Vec::new();
        }
        let folded = text.to_ascii_lowercase();
        let keys = self.own_keys.iter().chain(&self.keys);
        let places = keys.flat_map(|key| {
            let places = folded.match_indices(key.as_str());
            let ranges: Vec<_> = places.map(|(at, key)| at..at + key.len()).collect();
            ranges
        });
        places.collect()
    }

    fn is_shown_by(&self, run: &str) -> bool {
        super::packed::unpacked(run).iter().any(|bytes| {
            let words = bytes.split(|byte| !byte.is_ascii_graphic());
            let mut words = words.filter(|word| word.len() >= super::packed::SHORTEST);
            words.any(|word| self.is_secret(&unescaped(&String::from_utf8_lossy(word))))
        })
    }

    /// Says whether a word has something secret. An `@` alone is no address here.
    fn is_secret(&self, word: &str) -> bool {
        let is_address = |local: &Range<usize>| {
            let domain = word[local.end + 1..].split(|c| !is_domain(c)).next();
            let top = domain.and_then(|domain| domain.split_once('.'));
            top.is_some_and(|(_, top)| {
                top.chars().take_while(char::is_ascii_alphabetic).count() > 1
            })
        };
        !self.keys_in(word).is_empty()
            || tokens(word).next().is_some()
            || !logins(word).is_empty()
            || addresses(word).iter().any(is_address)
    }
}

fn is_private(name: &str) -> bool {
    name == AUTHORIZATION.as_str()
        || name == PROXY_AUTHORIZATION.as_str()
        || name == COOKIE.as_str()
        || name == "x-api-key"
        || name == "x-monetize-signature"
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn mask() -> Mask<'static> {
        let headers = [(
            AUTHORIZATION,
            "Basic Y2FuYXJ5LWtleTpjYW5hcnktc2VjcmV0".parse().unwrap(),
        )];
        let own = known(["sk_own_key", "sk_1"].map(str::to_owned));
        Mask::new(own.leak(), &headers.into_iter().collect())
    }

    #[test]
    fn of_an_address_the_domain_is_shown() {
        for (text, shown) in [
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
                "{ \"email\": \"***@example.com\", ",
            ),
            (
                "email=ada%40example.com&p=%20",
                "email=***@example.com&p=%20",
            ),
            ("ada%2540example%252Ecom", "***@example.com"),
            (
                "https://my.site/?of=ada%40example.com#x",
                "https://my.site/?of=***@example.com#x",
            ),
            ("/people/ada@example.com/x", "/people/***@example.com/x"),
            ("from Y2FuYXJ5QGV4YW1wbGUuY29t ok", "from *** ok"),
            ("x:eW91IGNhbmFyeUBleGFtcGxlLmNvbQ==", "x:***=="),
            ("63616E617279406578616d706c652e636f6d", "***"),
            ("@example @ x", "@example @ x"),
        ] {
            assert_eq!(mask().text(text), shown);
        }
    }

    #[test]
    fn keys_and_what_opens_a_portal_are_masked() {
        let token = "aB3_".repeat(10) + "xyz";
        for (text, shown) in [
            ("key sk_own_key, Canary-Secret", "key ***, ***"),
            ("canary%2Dsecret", "***"),
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
            ("aHR0cHM6Ly94LnkvcG9ydGFsL2FiYw", "***"),
            (
                "https://pay.example/portal/abc/x",
                "https://pay.example/portal/***/x",
            ),
            (
                "https%3A%2F%2Fx.y%2Fp%2Fsession%2Fabc",
                "https://x.y/p/session/***",
            ),
        ] {
            assert_eq!(mask().text(text), shown);
        }
    }

    #[test]
    fn what_is_not_secret_is_shown_as_it_was_sent() {
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
            assert_eq!(mask().text(text), text);
        }
        for name in ["redirect_url", "returnUrl"] {
            let body =
                json!({ name: "https://my.site/portal/account", "n": [1, null, "portal/x"] });
            assert_eq!(mask().body(body.to_string().as_bytes()), body);
        }
        assert_eq!(mask().body(b"\xff{"), "\u{fffd}{");
    }

    #[test]
    fn names_and_what_is_nested_are_masked_too() {
        let body =
            r#"{"a@x.co":1,"b@x.co":2,"m":[{"to":"c@x.co"}],"return_url":"https://x.co/?c@x.co"}"#;
        let shown = r#"{"***@x.co":1,"***@x.co (2)":2,"m":[{"to":"***@x.co"}],"return_url":"https://x.co/?***@x.co"}"#;
        let shown: Value = serde_json::from_str(shown).unwrap();
        assert_eq!(mask().body(body.as_bytes()), shown);
    }

    #[test]
    fn what_is_escaped_too_often_is_not_shown() {
        assert_eq!(mask().text(&format!("x a%{}40b", "25".repeat(9))), "x ***");
    }
}
