use std::borrow::Cow;
use std::ops::Range;

/// A text without its percent-encoding and JSON escapes, as far as they stand for ASCII; one layer of them.
pub(super) struct Unescaped<'a> {
    text: Cow<'a, str>,
    /// The original position of each byte, and of the end; empty if nothing was escaped.
    positions: Vec<usize>,
}

impl<'a> Unescaped<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        if !text.contains(['%', '\\']) {
            return Self {
                text: text.into(),
                positions: Vec::new(),
            };
        }
        let mut unescaped = String::with_capacity(text.len());
        let mut positions = Vec::with_capacity(text.len());
        let mut at = 0;
        while let Some(first) = text[at..].chars().next() {
            let (c, length) = escape(&text[at..]).unwrap_or((first, first.len_utf8()));
            unescaped.push(c);
            positions.resize(unescaped.len(), at);
            at += length;
        }
        positions.push(at);
        Self {
            text: unescaped.into(),
            positions,
        }
    }

    pub(super) fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns where a range of the unescaped text is in the original.
    pub(super) fn original(&self, range: Range<usize>) -> Range<usize> {
        match self.positions.as_slice() {
            [] => range,
            positions => positions[range.start]..positions[range.end],
        }
    }
}

/// Reads the escape at the start of a text; returns its character and its length.
fn escape(text: &str) -> Option<(char, usize)> {
    let (digits, prefix) = match text.as_bytes() {
        [b'%', ..] => (text.get(1..3)?, 1),
        [b'\\', b'u', b'0', b'0', ..] => (text.get(4..6)?, 4),
        [b'\\', b'/', ..] => return Some(('/', 2)),
        _ => return None,
    };
    // `from_str_radix` takes a sign, which is no digit here.
    let is_hex = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    let byte = u8::from_str_radix(digits, 16).ok()?;
    (is_hex && byte.is_ascii()).then_some((char::from(byte), prefix + 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_layer_of_ascii_escapes_is_undone_and_positions_are_kept() {
        for (text, plain) in [
            ("ada%40b.c", "ada@b.c"),
            (r"ada\u0040b.c", "ada@b.c"),
            (r"https:\/\/b.c", "https://b.c"),
            ("a%2540b", "a%40b"),
            ("%C3%BC%4", "%C3%BC%4"),
            (r"\u00fc%+1ü%", r"\u00fc%+1ü%"),
        ] {
            assert_eq!(Unescaped::new(text).as_str(), plain);
        }
        let unescaped = Unescaped::new("ü%40b%2Ec!");
        assert_eq!(unescaped.as_str(), "ü@b.c!");
        assert_eq!(unescaped.original(0..2), 0..2);
        assert_eq!(unescaped.original(2..4), 2..6);
        assert_eq!(unescaped.original(4..7), 6..11);
    }
}
