use std::fmt;
use std::str::FromStr;

use crate::Error;

/// The version of OnlineApp's documentation that the sandbox follows: the two disagree about a user's state and
/// about an unknown paywall.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Dialect {
    /// The 400/401/409/500 table: an active purchase gives 409, every other user gets a portal, and an unknown paywall
    /// gives 400.
    #[default]
    Classic,
    /// The newest documentation: a user without an active subscription gets 403 `{"isTest":"1"}`, and an
    /// unknown paywall 404.
    V3,
}

impl Dialect {
    pub(super) fn description(self) -> &'static str {
        match self {
            Self::Classic => "classic: an active purchase gives 409",
            Self::V3 => "v3: no active subscription gives 403",
        }
    }
}

impl FromStr for Dialect {
    type Err = Error;

    /// Parses `classic` or `v3`.
    ///
    /// # Errors
    /// [`Error::UnknownDialect`] for any other text.
    fn from_str(text: &str) -> Result<Self, Error> {
        match text {
            "classic" => Ok(Self::Classic),
            "v3" => Ok(Self::V3),
            _ => Err(Error::UnknownDialect {
                word: text.to_owned(),
            }),
        }
    }
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Classic => "classic",
            Self::V3 => "v3",
        })
    }
}
