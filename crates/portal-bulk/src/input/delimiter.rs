use std::str::FromStr;

use portal_core::Error;

/// The character between the cells of CSV: a tab or an ASCII punctuation character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delimiter(u8);

impl Delimiter {
    pub(crate) const COMMA: Self = Self(b',');

    pub(crate) fn new(byte: u8) -> Option<Self> {
        // These are in names and numbers, or quote text.
        let is_part_of_names = b"\"'_.-+".contains(&byte);
        let is_valid = byte == b'\t' || byte.is_ascii_punctuation() && !is_part_of_names;
        is_valid.then_some(Self(byte))
    }

    pub(crate) fn as_byte(self) -> u8 {
        self.0
    }
}

impl FromStr for Delimiter {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let byte = match text.as_bytes() {
            b"tab" | b"\\t" => Some(b'\t'),
            [byte] => Some(*byte),
            _ => None,
        };
        byte.and_then(Self::new).ok_or_else(|| {
            Error::invalid("delimiter", "it is not a delimiter")
                .with_hint("write one character like `;`, or `tab`")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_tab_and_punctuation_are_delimiters() {
        for (text, byte) in [
            (";", b';'),
            ("tab", b'\t'),
            ("\\t", b'\t'),
            ("\t", b'\t'),
            ("^", b'^'),
        ] {
            assert_eq!(text.parse::<Delimiter>().unwrap(), Delimiter(byte));
        }
        for text in ["", " ", "a", "1", "\"", "\n", "_", ";;", "é", "\0"] {
            assert!(text.parse::<Delimiter>().is_err(), "{text:?}");
        }
    }
}
