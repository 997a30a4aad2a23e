use std::str::FromStr;

use crate::{Error, Result};

/// When a cancellation takes effect.
///
/// Adapters match on it without a wildcard, so that each must translate a new value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CancelType {
    /// At once.
    Now,
    /// When the period that is paid for ends.
    AfterBillingPeriod,
}

impl CancelType {
    /// Every value, for menus and documentation.
    pub const ALL: &[Self] = &[Self::Now, Self::AfterBillingPeriod];

    /// Returns the word that the command line and Python use.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Now => "now",
            Self::AfterBillingPeriod => "after-billing-period",
        }
    }
}

impl FromStr for CancelType {
    type Err = Error;

    /// Parses the word; `_` and `-` are the same, and so are upper and lower case.
    ///
    /// # Errors
    /// [`Kind::Invalid`](crate::Kind::Invalid) with the field `cancel_type`.
    fn from_str(text: &str) -> Result<Self> {
        let word = text.to_ascii_lowercase().replace('_', "-");
        Self::ALL
            .iter()
            .copied()
            .find(|kind| kind.as_str() == word)
            .ok_or_else(|| {
                Error::invalid("cancel_type", "`cancel_type` is not known")
                    .with_hint("use `now` or `after-billing-period`")
            })
    }
}

impl TryFrom<&str> for CancelType {
    type Error = Error;

    fn try_from(text: &str) -> Result<Self> {
        text.parse()
    }
}

impl TryFrom<String> for CancelType {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        text.parse()
    }
}
