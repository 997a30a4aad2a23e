//! What several tests need: reading an answer without a server.

use http::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use portal_core::{Answer, BaseUrl, Call, PortalLink, Redactor, Result};

/// Reads an answer to `call` as if it came from `base`, with errors redacted; an empty content type is none.
pub(crate) fn decode_redacted(
    call: &Call<PortalLink>,
    redactor: &Redactor<'_>,
    base: &str,
    (status, content_type, body): (u16, &str, &str),
) -> Result<PortalLink> {
    let base: BaseUrl = base.parse().expect("a base URL");
    let mut headers = HeaderMap::new();
    if !content_type.is_empty() {
        let value = HeaderValue::from_str(content_type).expect("a content type");
        headers.insert(CONTENT_TYPE, value);
    }
    call.decode(&Answer::new(
        status.try_into().expect("a status"),
        &headers,
        body.as_bytes(),
        &base,
        redactor,
    ))
}
