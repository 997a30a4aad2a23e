use std::num::NonZeroU32;
use std::str::FromStr;

use portal_core::{Error, ProviderInfo};

/// How many requests a client may send in any second, retries included.
///
/// Clients of one process that have the same provider, base URL and credential keep to one limit
/// together, the lowest that one of them was given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Rate {
    /// As many as the provider documents; no limit where it documents none.
    #[default]
    Documented,
    /// That many.
    PerSecond(NonZeroU32),
    /// As many as come.
    Off,
}

impl Rate {
    pub(crate) fn towards(self, provider: &ProviderInfo) -> Option<NonZeroU32> {
        match self {
            Self::Documented => provider.rate_per_second.and_then(NonZeroU32::new),
            Self::PerSecond(rate) => Some(rate),
            Self::Off => None,
        }
    }
}

impl FromStr for Rate {
    type Err = Error;

    /// Reads `off`, `documented`, or a whole number above 0, as people write it.
    ///
    /// # Errors
    /// [`Kind::Configuration`](portal_core::Kind::Configuration) with the field `rate`.
    fn from_str(text: &str) -> Result<Self, Error> {
        match text {
            "off" => Ok(Self::Off),
            "documented" => Ok(Self::Documented),
            number => number.parse().map(Self::PerSecond).map_err(|_| {
                Error::configuration("rate", "`rate` is no number of requests a second")
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
        assert_eq!(rate("2").unwrap(), Rate::PerSecond(two));
        assert_eq!(rate("off").unwrap(), Rate::Off);
        assert_eq!(rate("documented").unwrap(), Rate::Documented);
        for bad in ["", "0", "-1", "0.5", "4294967296", "Off", "2/s", " 2"] {
            let error = rate(bad).unwrap_err();
            assert_eq!(error.field(), Some("rate"), "{bad}");
            assert!(error.hint().is_some());
        }
    }
}
