use std::str::FromStr;

use crate::{Error, Result};

/// When a cancellation takes effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CancelType {
    /// At once.
    Now,
    /// When the period that is paid for ends.
    AfterBillingPeriod,
}

impl CancelType {
    /// Every value, for menus and documentation.
    pub const ALL: [Self; 2] = [Self::Now, Self::AfterBillingPeriod];

    /// Returns the word that the command line and Python use.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Now => "now",
            Self::AfterBillingPeriod => "after-billing-period",
        }
    }
}

impl FromStr for CancelType {
    type Err = Error;

    /// Parses the word; `_` and `-` are the same, and so are cases.
    ///
    /// # Errors
    /// [`Kind::Invalid`](crate::Kind::Invalid) with the field `cancel_type`.
    fn from_str(text: &str) -> Result<Self> {
        let word = text.to_ascii_lowercase().replace('_', "-");
        Self::ALL
            .into_iter()
            .find(|kind| kind.as_str() == word)
            .ok_or_else(|| {
                Error::invalid("cancel_type", "`cancel_type` is not known")
                    .with_hint("use `now` or `after-billing-period`")
            })
    }
}
