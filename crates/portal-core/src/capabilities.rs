use std::fmt;

use crate::plan::Plan;
use crate::{Field, LinkRequest, Result};

/// What a provider does with one field of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Support {
    /// There is no link without it.
    Required,
    /// It is honoured where it is given.
    Supported,
    /// It is not looked at, and nothing is lost by that: the other way to name the customer.
    Unneeded,
    /// It cannot be honoured.
    Unsupported,
}

impl Support {
    /// Returns the word that tables and JSON use.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Required => "required",
            Self::Supported => "supported",
            Self::Unneeded => "unneeded",
            Self::Unsupported => "unsupported",
        }
    }
}

/// What is known of the links that a provider makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LinkPolicy {
    /// Whether the answer says when the link expires.
    pub expiry_known: bool,
    /// Whether the provider documents that a link may be opened more than once.
    pub safe_to_reuse: bool,
}

/// What a provider can do, so that an application learns it before anything is sent.
#[derive(Clone, Copy)]
pub struct Capabilities {
    /// What the provider does with each field. A plain `match` without a wildcard, so that a new
    /// field makes every adapter decide.
    pub support: fn(Field) -> Support,
    /// Whether making a link creates the customer where there is none: a side effect.
    pub creates_customer: bool,
    /// What is known of its links.
    pub link: LinkPolicy,
}

impl Capabilities {
    /// Returns what the provider does with `field`.
    #[must_use]
    pub fn support(&self, field: Field) -> Support {
        (self.support)(field)
    }

    /// Says for every field of `request` whether it is supported, missing or unsupported.
    ///
    /// # Errors
    /// [`Kind::Invalid`](crate::Kind::Invalid) where the request was given something that does
    /// not parse, such as an empty id.
    pub fn plan<'a>(&self, request: &'a LinkRequest) -> Result<Plan<'a>> {
        Plan::new(self, request)
    }
}

impl fmt::Debug for Capabilities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Capabilities")
            .field(
                "support",
                &Field::ALL.map(|field| (field, self.support(field))),
            )
            .field("creates_customer", &self.creates_customer)
            .field("link", &self.link)
            .finish()
    }
}
