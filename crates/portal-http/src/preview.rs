use bytes::Bytes;
use http::Method;

/// A request as it would be sent, with its secrets masked.
#[derive(Clone, Debug)]
pub struct Preview {
    /// The method.
    pub method: Method,
    /// The whole URL, which holds no credential.
    pub url: String,
    /// The headers in order; the value of a secret one is `***`.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Bytes,
}
