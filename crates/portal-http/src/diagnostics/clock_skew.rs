use std::time::{Duration, SystemTime};

use http::{HeaderMap, header};
use portal_core::Error;

use crate::diagnostics::check::Outcome;

/// Smaller differences count as none: dates have whole seconds, and servers cache them for a second.
const PRECISION: Duration = Duration::from_secs(2);

/// The maximum skew that passes: it affects neither certificates nor `Retry-After`.
const TOLERANCE: Duration = Duration::from_secs(60);

/// Compares this machine's clock, before and after an answer arrived, with the date in its headers.
pub(crate) fn clock_skew(headers: &HeaderMap, before: SystemTime, after: SystemTime) -> Outcome {
    let date = headers
        .get(header::DATE)
        .and_then(|date| date.to_str().ok());
    let Some(date) = date.and_then(|date| httpdate::parse_http_date(date).ok()) else {
        return Outcome::NotChecked("the answer has no `Date`".to_owned());
    };
    let (skew, direction) = match (before.duration_since(date), date.duration_since(after)) {
        (Ok(skew), _) if skew > PRECISION => (skew, "ahead of"),
        (_, Ok(skew)) if skew > PRECISION => (skew, "behind"),
        _ => return Outcome::Passed("it agrees with the provider's".to_owned()),
    };
    let seconds = skew.as_secs_f64().ceil();
    if skew <= TOLERANCE {
        return Outcome::Passed(format!("it is {seconds} s {direction} the provider's"));
    }
    let message = format!("this machine's clock is {seconds} s {direction} the provider's");
    Outcome::Failed(Error::configuration("clock", message).with_hint(
        "set this machine's clock, for example by NTP: certificates and waits depend on it",
    ))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    /// The outcome for a clock that is `offset` seconds off at the answer's date.
    fn outcome(offset: i64) -> Outcome {
        let date = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
        let value = HeaderValue::from_str(&httpdate::fmt_http_date(date)).unwrap();
        let headers = HeaderMap::from_iter([(header::DATE, value)]);
        let difference = Duration::from_secs(offset.unsigned_abs());
        let now = match offset < 0 {
            true => date - difference,
            false => date + difference,
        };
        clock_skew(&headers, now, now + Duration::from_millis(300))
    }

    #[test]
    fn a_clock_passes_within_a_minute_and_fails_beyond() {
        for (offset, expected) in [
            (0, "it agrees with the provider's"),
            (2, "it agrees with the provider's"),
            (-2, "it agrees with the provider's"),
            (4, "it is 4 s ahead of the provider's"),
            (-4, "it is 4 s behind the provider's"),
            (60, "it is 60 s ahead of the provider's"),
        ] {
            let Outcome::Passed(text) = outcome(offset) else {
                panic!("{offset}: {:?}", outcome(offset));
            };
            assert_eq!(text, expected, "{offset}");
        }
        for (offset, expected) in [(3600, "3600 s ahead of"), (-3600, "3600 s behind")] {
            let Outcome::Failed(error) = outcome(offset) else {
                panic!("{offset}: {:?}", outcome(offset));
            };
            assert!(error.message().contains(expected), "{error}");
        }
    }

    #[test]
    fn without_a_date_the_clock_is_not_checked() {
        for value in [None, Some("yesterday")] {
            let value = value.map(HeaderValue::from_static);
            let headers = HeaderMap::from_iter(value.map(|value| (header::DATE, value)));
            let now = SystemTime::now();
            assert!(matches!(
                clock_skew(&headers, now, now),
                Outcome::NotChecked(_)
            ));
        }
    }
}
