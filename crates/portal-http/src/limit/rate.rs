use std::num::NonZeroU32;
use std::str::FromStr;

use portal_core::{Error, ProviderInfo, RateLimit, Result};

/// How many requests a client may send, retries included.
///
/// Clients of one process with the same provider, base URL and credential share one limit: the
/// lowest that one of them was given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
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

    /// Parses `off`, `documented`, or a whole number of requests a second above 0.
    ///
    /// # Errors
    /// [`Kind::Configuration`](portal_core::Kind::Configuration) with the field `rate`.
    fn from_str(text: &str) -> Result<Self> {
        match text {
            "off" => Ok(Self::Off),
            "documented" => Ok(Self::Documented),
            number => number.parse().map(Self::per_second).map_err(|_| {
                Error::configuration("rate", "`rate` is not a number of requests a second")
                    .with_hint("give a whole number above 0, or `off` for no limit")
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_a_whole_number_above_zero_or_a_word() {
        let rate = |text: &str| text.parse::<Rate>();
        let two = NonZeroU32::new(2).unwrap();
        assert_eq!(rate("2").unwrap(), Rate::Limit(RateLimit::per_second(two)));
        assert_eq!(rate("off").unwrap(), Rate::Off);
        assert_eq!(rate("documented").unwrap(), Rate::Documented);
        for bad in ["", "0", "-1", "0.5", "4294967296", "Off", "2/s", " 2"] {
            let error = rate(bad).unwrap_err();
            assert_eq!(error.field(), Some("rate"), "{bad}");
            assert!(error.hint().is_some());
        }
    }
}
