//! Reads the forms of time that providers write.

pub use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;

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
    let local = |time: DateTime| {
        let offset = Offset::from_hours(offset_hours).ok()?;
        offset.to_timestamp(time).ok()
    };
    // No text is both. One as long as a local time, with its space, is one.
    match text.as_bytes().get(10) {
        Some(b' ') if text.len() == 19 => text.parse().ok().and_then(local),
        _ => text.parse().ok().or_else(|| {
            let time = DateTime::strptime("%Y-%m-%d %H:%M:%S", text);
            time.ok().and_then(local)
        }),
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
            "2026-3-13 14:30:0",
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
            "2026-02-30 12:30:00",
            "2026-03-13T14:30:00",
            "13/03/2026 12:30",
            "2026-03-13 14:30:00 tomorrow",
        ] {
            assert_eq!(parse(text, 2), None, "{text}");
        }
    }
}
