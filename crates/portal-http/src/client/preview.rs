use std::fmt;

use bytes::Bytes;
use http::Method;

/// A request as it would be sent, with its secrets masked.
///
/// The body contains the customer's personal values, so `Debug` shows only its length.
#[derive(Clone)]
#[non_exhaustive]
pub struct Preview {
    /// The method.
    pub method: Method,
    /// The whole URL, which contains no credential.
    pub url: String,
    /// The headers in order; the value of a secret one is `***`.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Bytes,
}

impl fmt::Debug for Preview {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Preview")
            .field("method", &self.method)
            .field("url", &self.url)
            .field("headers", &self.headers)
            .field("body", &format_args!("{} bytes", self.body.len()))
            .finish()
    }
}
