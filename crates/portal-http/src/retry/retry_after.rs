use std::time::{Duration, SystemTime};

use http::{HeaderMap, header};

/// Longer than any deadline, and short enough to add to every clock's time.
const MAX_WAIT: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// Parses `Retry-After`: whole seconds or an HTTP date. A date in the past is a wait of zero.
///
/// A value that does not parse is ignored. A longer wait than a year counts as a year.
pub(crate) fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) {
        let seconds = text.parse().unwrap_or(u64::MAX);
        return Some(Duration::from_secs(seconds).min(MAX_WAIT));
    }
    let date = httpdate::parse_http_date(text).ok()?;
    let wait = whole_seconds(date.duration_since(now).unwrap_or_default());
    Some(wait.min(MAX_WAIT))
}

/// Rounds a wait up to whole seconds, since a retry that is too early fails.
pub(crate) fn whole_seconds(wait: Duration) -> Duration {
    Duration::from_secs(wait.as_secs() + u64::from(wait.subsec_nanos() > 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<Duration> {
        // Thu, 01 Jan 1970 00:16:40 GMT
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1000);
        let headers = HeaderMap::from_iter([(header::RETRY_AFTER, text.parse().unwrap())]);
        retry_after(&headers, now)
    }

    #[test]
    fn seconds_and_all_three_http_dates_are_waits() {
        assert_eq!(read("0"), Some(Duration::ZERO));
        assert_eq!(read(" 120 "), Some(Duration::from_secs(120)));
        for endless in [
            "99999999999999999999",
            "99999999999999999999999",
            "Fri, 31 Dec 9999 23:59:59 GMT",
        ] {
            assert_eq!(read(endless), Some(MAX_WAIT), "{endless}");
        }
        for date in [
            "Thu, 01 Jan 1970 00:16:47 GMT",
            "Thursday, 01-Jan-70 00:16:47 GMT",
            "Thu Jan  1 00:16:47 1970",
        ] {
            assert_eq!(read(date), Some(Duration::from_secs(7)), "{date}");
        }
        assert_eq!(read("Thu, 01 Jan 1970 00:00:00 GMT"), Some(Duration::ZERO));
    }

    #[test]
    fn a_malformed_value_is_no_wait() {
        for text in [
            "",
            "-1",
            "1.5",
            "soon",
            "1e3",
            "Thu, 32 Jan 1970 00:00:00 GMT",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
