//! Reads the forms of time that providers write.

pub use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{self, TimeZone};

/// Reads RFC 3339 (`2026-03-13T12:30:00Z`), or a local time without offset
/// (`2026-03-13 14:30:00`) that lies `offset_hours` east of UTC.
///
/// ```
/// use portal_core::timestamp::parse;
///
/// assert_eq!(parse("2026-03-13T12:30:00Z", 2), parse("2026-03-13 14:30:00", 2));
/// assert_eq!(parse("tomorrow", 2), None);
/// ```
#[must_use]
pub fn parse(text: &str, offset_hours: i8) -> Option<Timestamp> {
    let local = || {
        let time = DateTime::strptime("%Y-%m-%d %H:%M:%S", text).ok()?;
        Some(
            time.to_zoned(TimeZone::fixed(tz::Offset::from_hours(offset_hours).ok()?))
                .ok()?
                .timestamp(),
        )
    };
    // No text is both. One as long as a local time most often is one.
    match text.len() {
        19 => local().or_else(|| text.parse().ok()),
        _ => text.parse().ok().or_else(local),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_give_the_same_instant() {
        let expected: Timestamp = "2026-03-13T12:30:00Z".parse().unwrap();
        for text in [
            "2026-03-13T12:30:00Z",
            "2026-03-13T12:30:00.000Z",
            "2026-03-13T14:30:00+02:00",
            "2026-03-13 14:30:00",
        ] {
            assert_eq!(parse(text, 2), Some(expected), "{text}");
        }
    }

    #[test]
    fn anything_else_is_no_time() {
        for text in [
            "",
            "1773405000",
            "2026-03-13",
            "2026-13-13T12:30:00Z",
            "13/03/2026 12:30",
            "2026-03-13 14:30:00 tomorrow",
        ] {
            assert_eq!(parse(text, 2), None, "{text}");
        }
    }
}
