use portal_core::Error;
use portal_core::request::parse_json_entries;
use serde_json::Value;
use serde_json::error::Category;

use crate::input::row::RowError;

/// The keys and values of a JSON object, in order and with repeated keys.
#[derive(Debug)]
pub(crate) struct JsonEntries(pub(crate) Vec<(String, Value)>);

impl JsonEntries {
    /// Reads one line of JSONL.
    pub(crate) fn parse(line: &[u8]) -> Result<Self, RowError> {
        let refuse = |column: usize, message: &'static str| {
            let error = Error::invalid("input", message)
                .with_hint("write one JSON object on each line, like `{\"customer_id\": \"…\"}`");
            RowError::new(u64::try_from(column).ok().filter(|at| *at > 0), error)
        };
        let text = std::str::from_utf8(line)
            .map_err(|error| refuse(error.valid_up_to() + 1, "the line is not UTF-8"))?;
        let entries = parse_json_entries(text).map_err(|error| match error.duplicate_key() {
            Some(duplicate) => RowError::new(u64::try_from(error.column).ok(), duplicate),
            None => refuse(
                error.column,
                match error.category {
                    Category::Eof => "the line ends before its JSON object does",
                    Category::Data => "the line is not a JSON object",
                    Category::Syntax | Category::Io => "the line is not JSON",
                },
            ),
        })?;
        Ok(Self(entries))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_keep_their_order_and_repeated_keys_are_kept() {
        let JsonEntries(entries) = JsonEntries::parse(br#"{"b":1,"a":{"x":null},"b":2}"#).unwrap();
        let keys: Vec<_> = entries.iter().map(|(key, _)| key.as_str()).collect();
        assert_eq!(keys, ["b", "a", "b"]);
    }

    #[test]
    fn an_invalid_line_is_refused_with_its_column_and_not_quoted() {
        for (line, column, why) in [
            (&b"\"canary\""[..], Some(8), "is not a JSON object"),
            (b"[\"canary\"]", None, "is not a JSON object"),
            (b"{\"canary\":", Some(10), "ends before"),
            (b"{canary}", Some(2), "is not JSON"),
            (b"{} canary", Some(4), "is not JSON"),
            (b"{\"a\":\"canary\xff\"}", Some(13), "is not UTF-8"),
        ] {
            let bad = JsonEntries::parse(line).unwrap_err();
            assert!(bad.error.message().contains(why), "{}", bad.error);
            assert!(!format!("{bad:?}").contains("canary"), "{bad:?}");
            if column.is_some() {
                assert_eq!(bad.column, column, "{}", bad.error);
            }
        }
    }
}
