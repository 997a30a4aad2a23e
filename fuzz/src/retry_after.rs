use std::time::{Duration, SystemTime};

use http::header::{HeaderMap, HeaderValue, RETRY_AFTER};

// The engine does not export its reader.
#[path = "../../crates/portal-http/src/retry/retry_after.rs"]
mod reader;

const YEAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// Reads a `Retry-After`, at 1970-01-01T00:16:40Z.
pub fn check(data: &[u8]) {
    let Ok(value) = HeaderValue::from_bytes(data) else {
        return;
    };
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1000);
    let headers = HeaderMap::from_iter([(RETRY_AFTER, value)]);
    let wait = reader::retry_after(&headers, now);
    let digits = data.trim_ascii();
    if !digits.is_empty() && digits.iter().all(u8::is_ascii_digit) {
        let sum = digits.iter().fold(0u64, |sum, digit| {
            sum.saturating_mul(10)
                .saturating_add(u64::from(digit - b'0'))
        });
        assert_eq!(wait, Some(Duration::from_secs(sum).min(YEAR)));
    }
    if let Some(wait) = wait {
        assert_eq!(wait.subsec_nanos(), 0, "callers get whole seconds");
        assert!(wait <= YEAR, "a longer wait counts as a year");
    }
}
