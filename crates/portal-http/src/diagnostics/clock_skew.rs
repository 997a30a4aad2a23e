use std::time::{Duration, SystemTime};

use http::{HeaderMap, header};
use portal_core::Error;

use crate::diagnostics::check::Outcome;

/// What is no difference: dates have whole seconds, and servers write one for as long as a second.
const GRAIN: Duration = Duration::from_secs(2);

/// How wrong a clock may be: less than this, no certificate's date and no `Retry-After` minds.
const TOLERANCE: Duration = Duration::from_secs(60);

/// Compares this machine's clock, before and after an answer came, with the date in its headers.
pub(crate) fn skew(headers: &HeaderMap, before: SystemTime, after: SystemTime) -> Outcome {
    let date = headers
        .get(header::DATE)
        .and_then(|date| date.to_str().ok());
    let Some(date) = date.and_then(|date| httpdate::parse_http_date(date).ok()) else {
        return Outcome::NotChecked("the answer has no `Date`".to_owned());
    };
    let (by, way) = match (before.duration_since(date), date.duration_since(after)) {
        (Ok(by), _) if by > GRAIN => (by, "ahead of"),
        (_, Ok(by)) if by > GRAIN => (by, "behind"),
        _ => return Outcome::Passed("it agrees with the provider's".to_owned()),
    };
    let seconds = by.as_secs_f64().ceil();
    if by <= TOLERANCE {
        return Outcome::Passed(format!("it is {seconds} s {way} the provider's"));
    }
    let message = format!("this machine's clock is {seconds} s {way} the provider's");
    Outcome::Failed(Error::configuration("clock", message).with_hint(
        "set this machine's clock, by NTP for one: certificates and waits are judged by it",
    ))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    /// What is said of a clock that is `offset` seconds off when the answer is dated.
    fn told(offset: i64) -> Outcome {
        let date = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
        let value = HeaderValue::from_str(&httpdate::fmt_http_date(date)).unwrap();
        let headers = HeaderMap::from_iter([(header::DATE, value)]);
        let by = Duration::from_secs(offset.unsigned_abs());
        let now = match offset < 0 {
            true => date - by,
            false => date + by,
        };
        skew(&headers, now, now + Duration::from_millis(300))
    }

    #[test]
    fn a_clock_is_right_a_little_off_or_wrong() {
        for (offset, expected) in [
            (0, "it agrees with the provider's"),
            (2, "it agrees with the provider's"),
            (-2, "it agrees with the provider's"),
            (4, "it is 4 s ahead of the provider's"),
            (-4, "it is 4 s behind the provider's"),
            (60, "it is 60 s ahead of the provider's"),
        ] {
            let Outcome::Passed(seen) = told(offset) else {
                panic!("{offset}: {:?}", told(offset));
            };
            assert_eq!(seen, expected, "{offset}");
        }
        for (offset, expected) in [(3600, "3600 s ahead of"), (-3600, "3600 s behind")] {
            let Outcome::Failed(error) = told(offset) else {
                panic!("{offset}: {:?}", told(offset));
            };
            assert!(error.message().contains(expected), "{error}");
        }
    }

    #[test]
    fn without_a_date_nobody_knows() {
        for value in [None, Some("yesterday")] {
            let value = value.map(HeaderValue::from_static);
            let headers = HeaderMap::from_iter(value.map(|value| (header::DATE, value)));
            let now = SystemTime::now();
            assert!(matches!(skew(&headers, now, now), Outcome::NotChecked(_)));
        }
    }
}
