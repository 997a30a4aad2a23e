use std::borrow::Cow;

/// The maximum nesting that is kept. serde_json reads 128 levels.
const MAX_DEPTH: usize = 100;

/// Replaces the parts of a provider's JSON that a parser would refuse.
///
/// Bytes that are not UTF-8 and lone surrogates, as in a name that was cut in the middle of a
/// character, become U+FFFD. A byte order mark at the start is left out. A value that is nested more
/// than 100 levels deep becomes `null`. Returns `None` if there is nothing to replace.
///
/// ```
/// use portal_core::lossy_json;
///
/// let repaired = lossy_json(br#"{"name": "Ad\ud83d"}"#);
/// assert_eq!(repaired.as_deref(), Some(r#"{"name": "Ad\ufffd"}"#));
/// assert_eq!(lossy_json(br#"{"name": "Ad\ud83d\ude00"}"#), None);
/// ```
#[must_use]
pub fn lossy_json(bytes: &[u8]) -> Option<String> {
    let start = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = String::from_utf8_lossy(start);
    let repaired = repair(&text);
    let is_changed = start.len() < bytes.len()
        || matches!(text, Cow::Owned(_))
        || matches!(repaired, Cow::Owned(_));
    is_changed.then(|| repaired.into_owned())
}

/// Replaces lone surrogates and values that are nested too deep.
fn repair(text: &str) -> Cow<'_, str> {
    let mut repaired = String::new();
    let (mut copied, mut at) = (0, 0);
    let mut depth = 0;
    let mut is_string = false;
    let bytes = text.as_bytes();
    while let Some(byte) = bytes.get(at) {
        let mut length = 1;
        let mut replacement = None;
        match byte {
            b'"' => is_string = !is_string,
            b'\\' => match surrogate(&bytes[at..]) {
                Some(Surrogate::Pair) => length = 12,
                Some(Surrogate::Lone) => {
                    length = 6;
                    replacement = Some("\\ufffd");
                }
                None => length = 2,
            },
            b'[' | b'{' if !is_string && depth == MAX_DEPTH => {
                length = value_length(&bytes[at..]);
                replacement = Some("null");
            }
            b'[' | b'{' if !is_string => depth += 1,
            b']' | b'}' if !is_string => depth = depth.saturating_sub(1),
            _ => {}
        }
        if let Some(replacement) = replacement {
            repaired.push_str(&text[copied..at]);
            repaired.push_str(replacement);
            copied = at + length;
        }
        at += length;
    }
    match copied {
        0 => text.into(),
        _ => {
            repaired.push_str(&text[copied..]);
            repaired.into()
        }
    }
}

enum Surrogate {
    Pair,
    Lone,
}

/// Returns whether a text begins with the escape of a surrogate.
fn surrogate(text: &[u8]) -> Option<Surrogate> {
    match unit(text)? {
        0xd800..0xdc00 => match text.get(6..).and_then(unit) {
            Some(0xdc00..0xe000) => Some(Surrogate::Pair),
            _ => Some(Surrogate::Lone),
        },
        0xdc00..0xe000 => Some(Surrogate::Lone),
        _ => None,
    }
}

/// Parses the `\u` escape that a text begins with.
fn unit(text: &[u8]) -> Option<u32> {
    let digits = text.strip_prefix(b"\\u")?.get(..4)?;
    digits.iter().try_fold(0, |unit, digit| {
        Some(unit * 16 + char::from(*digit).to_digit(16)?)
    })
}

/// Returns the length of the array or object that a text begins with.
fn value_length(text: &[u8]) -> usize {
    let (mut at, mut depth, mut is_string) = (0, 0_usize, false);
    while let Some(byte) = text.get(at) {
        at += 1;
        match byte {
            b'"' => is_string = !is_string,
            b'\\' => at += 1,
            b'[' | b'{' if !is_string => depth += 1,
            b']' | b'}' if !is_string => {
                depth -= 1;
                if depth == 0 {
                    return at;
                }
            }
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, prop_assert_eq, proptest};
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn only_invalid_text_is_replaced() {
        for (bytes, text) in [
            (&b"\"\\ud83d\""[..], "\"\\ufffd\""),
            (b"\"\\uDE00\\ud83d\"", "\"\\ufffd\\ufffd\""),
            (
                b"\"\\ud83dx\\ud83d\\ud83d\\ude00\"",
                "\"\\ufffdx\\ufffd\\ud83d\\ude00\"",
            ),
            (b"{\"\\ud83d\": \"\xff\"}", "{\"\\ufffd\": \"\u{fffd}\"}"),
            (b"\xef\xbb\xbf{}", "{}"),
        ] {
            assert_eq!(lossy_json(bytes).as_deref(), Some(text));
        }
        // A backslash that is escaped begins no escape; an unfinished one is left to the parser.
        for text in [
            r#""\\ud83d""#,
            r#""\\\\ud83d""#,
            r#""\ud83"#,
            "\"\\",
            "{}",
            "",
            "\u{feff}",
        ] {
            let expected = (text == "\u{feff}").then(String::new);
            assert_eq!(lossy_json(text.as_bytes()), expected, "{text}");
        }
    }

    #[test]
    fn a_value_nested_too_deep_becomes_null_and_the_rest_is_kept() {
        for (open, close) in [("[", "]"), ("{\"}]\\\"\": ", "}")] {
            for depth in [MAX_DEPTH, 1000] {
                let deep = format!("{}{}", open.repeat(depth), close.repeat(depth));
                let text = format!(r#"{{"deep": {deep}, "url": "x"}}"#).replace(" }", " 1}");
                let repaired = lossy_json(text.as_bytes()).expect("too deep");
                let value: Value = serde_json::from_str(&repaired).expect("JSON");
                assert_eq!(value["url"], json!("x"));
            }
        }
        let endless = "[".repeat(100_000);
        let repaired = lossy_json(endless.as_bytes()).expect("too deep");
        assert!(serde_json::from_str::<Value>(&repaired).is_err());
    }

    proptest! {
        #[test]
        fn json_that_reads_is_not_changed(texts: Vec<String>) {
            let text = json!({"texts": texts, "more": [[texts]]}).to_string();
            prop_assert_eq!(lossy_json(text.as_bytes()), None);
        }

        #[test]
        fn any_bytes_are_repaired_once(bytes in any::<Vec<u8>>()) {
            if let Some(repaired) = lossy_json(&bytes) {
                let again = lossy_json(repaired.strip_prefix('\u{feff}').unwrap_or(&repaired).as_bytes());
                prop_assert_eq!(again, None);
            }
        }
    }
}
