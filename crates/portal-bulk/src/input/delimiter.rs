use std::str::FromStr;

use portal_core::Error;

use crate::input::column::Column;
use crate::input::csv::CsvReader;

/// The delimiters that are recognized without being named; the first one that fits is used.
const DETECTED: [u8; 4] = *b",;\t|";

/// How Excel writes and reads the delimiter in the first line.
const DECLARATION: &[u8] = b"sep=";

/// The character between the cells of CSV: a tab or an ASCII punctuation character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delimiter(u8);

impl Delimiter {
    fn new(byte: u8) -> Option<Self> {
        // These are in names and numbers, or quote text.
        let is_part_of_names = b"\"'_.-+".contains(&byte);
        let is_valid = byte == b'\t' || byte.is_ascii_punctuation() && !is_part_of_names;
        is_valid.then_some(Self(byte))
    }

    pub(crate) fn as_byte(self) -> u8 {
        self.0
    }

    /// Reads the delimiter that a first line like `sep=;` names. The outer `None` is another line.
    pub(crate) fn declared(line: &[u8]) -> Option<Option<Self>> {
        let line = match line {
            [b'"', inner @ .., b'"'] => inner,
            line => line,
        };
        let (start, end) = line.split_at_checked(DECLARATION.len())?;
        start
            .eq_ignore_ascii_case(DECLARATION)
            .then_some(match end {
                [byte] => Self::new(*byte),
                _ => None,
            })
    }

    /// Returns the delimiter with which the header names the most known columns.
    pub(crate) fn detect(header: &[u8]) -> Self {
        let rank = |delimiter: &u8| {
            let row = CsvReader::new(header, Self(*delimiter)).next();
            let Ok(Some(row)) = row else {
                return (false, 0, 0);
            };
            let is_known = |name: &[u8]| {
                let name = std::str::from_utf8(name).unwrap_or_default();
                name.trim().is_empty() || Column::parse_header(name).is_ok()
            };
            let known = row.iter().filter(|name| is_known(name)).count();
            (known == row.len(), known, row.len())
        };
        // `max_by_key` returns the last of equals.
        let best = DETECTED.into_iter().rev().max_by_key(rank);
        Self(best.unwrap_or(b','))
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
    fn the_delimiter_that_makes_known_names_is_detected() {
        for (header, expected) in [
            ("email", b','),
            ("email,customer_id", b','),
            ("email;customer_id", b';'),
            ("E-Mail;Customer ID;;", b';'),
            ("email\tmeta.a,b", b'\t'),
            ("email|meta.a;b,c", b'|'),
            ("\"email\";\"meta.a,b\"", b';'),
            ("email,meta.a;b", b','),
            ("meta.a;b", b','),
            ("customer_ids;mail", b';'),
            ("\"email", b','),
            ("", b','),
        ] {
            assert_eq!(
                Delimiter::detect(header.as_bytes()),
                Delimiter(expected),
                "{header}"
            );
        }
    }

    #[test]
    fn a_first_line_may_name_the_delimiter() {
        for (line, expected) in [
            (&b"sep=;"[..], Some(Some(b';'))),
            (b"\"sep=|\"", Some(Some(b'|'))),
            (b"SEP=\t", Some(Some(b'\t'))),
            (b"sep=", Some(None)),
            (b"sep=x", Some(None)),
            (b"sep=;;", Some(None)),
            (b"email", None),
            (b"", None),
        ] {
            let expected = expected.map(|byte| byte.map(Delimiter));
            assert_eq!(Delimiter::declared(line), expected, "{line:?}");
        }
    }

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
