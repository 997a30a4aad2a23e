use http::HeaderValue;
use portal_core::{CredentialPart, Error, Result, path_segment};

use crate::HINT;

/// Longer than any id, and short enough for every URI and header.
const MAX_BYTES: usize = 256;

/// A paywall's id, such as `547`: opaque, but always one segment of a path and fit for a header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaywallId(String);

impl PaywallId {
    /// Returns the id as it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the id as a segment of a path.
    pub(crate) fn segment(&self) -> String {
        path_segment(&self.0)
    }

    /// Returns the id as the value of a header, which is no secret.
    pub(crate) fn header(&self) -> HeaderValue {
        HeaderValue::from_bytes(self.0.as_bytes()).expect("a credential can stand in a header")
    }
}

impl TryFrom<String> for PaywallId {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        let id = CredentialPart::parse("paywall_id", text.as_str().into(), HINT)?;
        match text.as_str() {
            // URL parsers climb at dots even where they are percent-encoded.
            "." | ".." => Err(id.refuse("is a step in a path, not an id")),
            _ if text.len() > MAX_BYTES => Err(id.refuse("is longer than 256 bytes")),
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
