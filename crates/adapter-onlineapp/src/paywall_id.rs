use portal_core::{Error, Result, path_segment};

use crate::{header, refuse};

/// Longer than any id, and short enough for every URI and header.
const MAX_BYTES: usize = 256;

/// A paywall's id, such as `547`: opaque, but always one segment of a path and fit for a header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaywallId(String);

impl PaywallId {
    pub(crate) const FIELD: &'static str = "paywall_id";

    /// Returns the id as it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the id as a segment of a path.
    pub(crate) fn segment(&self) -> String {
        path_segment(&self.0)
    }
}

impl TryFrom<String> for PaywallId {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        header(Self::FIELD, &text)?;
        match text.as_str() {
            // URL parsers climb at dots even where they are percent-encoded.
            "." | ".." => Err(refuse(Self::FIELD, "is a step in a path, not an id")),
            _ if text.len() > MAX_BYTES => Err(refuse(Self::FIELD, "is longer than 256 bytes")),
            _ => Ok(Self(text)),
        }
    }
}

impl TryFrom<&str> for PaywallId {
    type Error = Error;

    fn try_from(text: &str) -> Result<Self> {
        text.to_owned().try_into()
    }
}
