use crate::input::column::Column;
use crate::input::csv::CsvReader;
use crate::input::delimiter::Delimiter;

/// The delimiters that are detected; the first one that fits is used.
const CANDIDATES: [u8; 4] = *b",;\t|";

/// The start of a first line in which Excel declares the delimiter.
const DECLARATION: &[u8] = b"sep=";

/// Parses a first line like `sep=;`. Returns `None` for another line, and `Some(None)` for an invalid delimiter.
pub(crate) fn declared_delimiter(line: &[u8]) -> Option<Option<Delimiter>> {
    let line = match line {
        [b'"', inner @ .., b'"'] => inner,
        line => line,
    };
    let (start, end) = line.split_at_checked(DECLARATION.len())?;
    start
        .eq_ignore_ascii_case(DECLARATION)
        .then_some(match end {
            [byte] => Delimiter::new(*byte),
            _ => None,
        })
}

/// Returns the delimiter with which the header names the most known columns.
pub(crate) fn detect_delimiter(header: &[u8]) -> Delimiter {
    let rank = |delimiter: &Delimiter| {
        let row = CsvReader::new(header, *delimiter).next();
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
    let candidates = CANDIDATES.into_iter().rev().filter_map(Delimiter::new);
    let best = candidates.max_by_key(rank);
    best.unwrap_or(Delimiter::COMMA)
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
                detect_delimiter(header.as_bytes()).as_byte(),
                expected,
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
            let found = declared_delimiter(line);
            let bytes = found.map(|delimiter| delimiter.map(Delimiter::as_byte));
            assert_eq!(bytes, expected, "{line:?}");
        }
    }
}
