use std::num::NonZeroU32;
use std::str::FromStr;
use std::time::Duration;

use portal_core::{Error, ProviderInfo, RateLimit, Result};

/// How many requests a client may send, retries included.
///
/// Clients of one process with the same provider, base URL and credential share one limit: the
/// lowest that one of them was given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Rate {
    /// The provider's documented limit; no limit if it documents none.
    #[default]
    Documented,
    /// This limit.
    Limit(RateLimit),
    /// No limit.
    Off,
}

impl Rate {
    /// Allows that many requests in any second.
    #[must_use]
    pub const fn per_second(requests: NonZeroU32) -> Self {
        Self::Limit(RateLimit::per_second(requests))
    }

    /// Returns the limit for a provider; `None` is no limit.
    #[must_use]
    pub fn limit(self, provider: &ProviderInfo) -> Option<RateLimit> {
        match self {
            Self::Documented => provider.rate_limit,
            Self::Limit(limit) => Some(limit),
            Self::Off => None,
        }
    }
}

impl FromStr for Rate {
    type Err = Error;

    /// Parses `off`, `documented`, or the requests a second, such as `20` or `0.5`.
    ///
    /// # Errors
    /// [`Kind::Configuration`](portal_core::Kind::Configuration) with the field `rate`.
    fn from_str(text: &str) -> Result<Self> {
        match text {
            "off" => Ok(Self::Off),
            "documented" => Ok(Self::Documented),
            number => requests_per_second(number).map(Self::Limit).ok_or_else(|| {
                Error::configuration("rate", "`rate` is not a number of requests a second")
                    .with_hint(
                        "give a number of at least 0.001, `documented`, or `off` for no limit",
                    )
            }),
        }
    }
}

/// Parses a decimal number into whole requests per period: `2.5` is 2 requests in 0.8 s.
fn requests_per_second(text: &str) -> Option<RateLimit> {
    let is_number = |c: char| c.is_ascii_digit() || c == '.';
    if !text.starts_with(|c: char| c.is_ascii_digit()) || !text.chars().all(is_number) {
        return None;
    }
    let rate: f64 = text.parse().ok()?;
    if !(0.001..=f64::from(u32::MAX)).contains(&rate) {
        return None;
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it is in the range, and cut to a whole number on purpose"
    )]
    let requests = NonZeroU32::new(rate as u32).unwrap_or(NonZeroU32::MIN);
    let period = Duration::try_from_secs_f64(f64::from(requests.get()) / rate).ok()?;
    Some(RateLimit::new(requests, period))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_a_number_above_zero_or_a_word() {
        let rate = |text: &str| text.parse::<Rate>();
        let two = NonZeroU32::new(2).unwrap();
        assert_eq!(rate("2").unwrap(), Rate::Limit(RateLimit::per_second(two)));
        assert_eq!(rate("off").unwrap(), Rate::Off);
        assert_eq!(rate("documented").unwrap(), Rate::Documented);
        for (text, requests, milliseconds) in [
            ("0.5", 1, 2000),
            ("2.5", 2, 800),
            ("0.001", 1, 1_000_000),
            ("3.0", 3, 1000),
        ] {
            let requests = NonZeroU32::new(requests).unwrap();
            let limit = RateLimit::new(requests, Duration::from_millis(milliseconds));
            assert_eq!(rate(text).unwrap(), Rate::Limit(limit), "{text}");
        }
        for bad in [
            "",
            "0",
            "0.0",
            "-1",
            "+1",
            "0.0001",
            ".5",
            "1e3",
            "inf",
            "NaN",
            "1.2.3",
            "4294967296",
            "Off",
            "2/s",
            " 2",
        ] {
            let error = rate(bad).unwrap_err();
            assert_eq!(error.field(), Some("rate"), "{bad}");
            assert!(error.hint().is_some());
        }
    }
}
