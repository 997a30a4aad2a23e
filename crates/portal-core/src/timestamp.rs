//! Parses the time formats of providers.

pub use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;

/// The earliest time that is read: Python's `datetime` begins there.
const FIRST_YEAR: Timestamp = Timestamp::constant(-62_135_596_800, 0);

/// Reads RFC 3339 (`2026-03-13T12:30:00Z`), or a local time without offset
/// (`2026-03-13 14:30:00`) that lies `offset_hours` east of UTC.
///
/// The years are 1 to 9999; see [`is_never`].
///
/// ```
/// use portal_core::timestamp::parse;
///
/// assert_eq!(parse("2026-03-13T12:30:00Z", 2), parse("2026-03-13 14:30:00", 2));
/// assert_eq!(parse("tomorrow", 2), None);
/// assert_eq!(parse("0000-01-01T00:00:00Z", 2), None);
/// ```
#[must_use]
pub fn parse(text: &str, offset_hours: i8) -> Option<Timestamp> {
    let local = |time: DateTime| {
        let offset = Offset::from_hours(offset_hours).ok()?;
        offset.to_timestamp(time).ok()
    };
    // A local time has this length, a space, and a colon before the seconds. RFC 3339 with an offset
    // may have the same length (`2026-03-13 14:30+02`).
    let bytes = text.as_bytes();
    let time = match (bytes.get(10), bytes.get(16)) {
        (Some(b' '), Some(b':')) if text.len() == 19 => text.parse().ok().and_then(local),
        _ => parse_rfc3339(text).or_else(|| {
            let time = DateTime::strptime("%Y-%m-%d %H:%M:%S", text);
            time.ok().and_then(local)
        }),
    };
    time.filter(|time| *time >= FIRST_YEAR)
}

/// Reads RFC 3339 (`2026-03-13T12:30:00Z`), of the years 1 to 9999.
#[must_use]
pub fn parse_rfc3339(text: &str) -> Option<Timestamp> {
    let time = text.parse().ok();
    time.filter(|time| *time >= FIRST_YEAR)
}

/// Returns whether a text is a time after the last one that [`parse`] reads, such as
/// `9999-12-31T23:59:59Z`, which systems write for "never".
#[must_use]
pub fn is_never(text: &str, offset_hours: i8) -> bool {
    let digits = text.strip_prefix('+').unwrap_or(text);
    let Some((year, rest)) = digits.split_once('-') else {
        return false;
    };
    let is_late = year.len() > 4 || year == "9999";
    // The rest must be a time in a leap year, which has all days.
    is_late
        && year.bytes().all(|digit| digit.is_ascii_digit())
        && parse(text, offset_hours).is_none()
        && parse(&format!("2000-{rest}"), offset_hours).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offset_is_read_in_a_text_as_long_as_a_local_time() {
        assert_eq!(
            parse("2026-03-13 14:30+02", -11),
            parse("2026-03-13T12:30:00Z", 0)
        );
    }

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
    fn a_time_after_the_last_one_means_never() {
        for text in [
            "9999-12-31T23:59:59Z",
            "9999-12-31T23:59:59.9999999Z",
            "9999-12-30T23:00:00-12:00",
            "9999-12-31 23:59:59",
            "+10000-02-29T00:00:00Z",
            "292278994-08-17T07:12:55Z",
        ] {
            assert_eq!((parse(text, 2), is_never(text, 2)), (None, true), "{text}");
        }
        for text in [
            "9999-01-01T00:00:00Z",
            "9999-12-30 12:00:00",
            "9999-12-31",
            "9999-13-01T00:00:00Z",
            "x9999-12-31T23:59:59Z",
            "99999",
            "",
        ] {
            assert!(!is_never(text, 2), "{text}");
        }
    }

    #[test]
    fn the_first_year_is_one() {
        assert!(parse("0001-01-01T00:00:00Z", 2).is_some());
        for text in [
            "0000-12-31T23:59:59Z",
            "0001-01-01T01:59:59+02:00",
            "0001-01-01 01:59:59",
            "-000001-01-01T00:00:00Z",
        ] {
            assert_eq!((parse(text, 2), is_never(text, 2)), (None, false), "{text}");
        }
    }

    #[test]
    fn any_other_text_is_no_time() {
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
