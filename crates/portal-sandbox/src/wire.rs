//! What both providers' documentation asks of a request in the same words.

use axum::http::{HeaderMap, header};
use url::Url;

/// Says whether the body is declared as `application/json`, as both providers document it.
///
/// What they do with any other body is not documented. Here it is refused, since a server that goes by the content
/// type sees no field in it, and a forgotten header is better found here than there.
pub(crate) fn declares_json(headers: &HeaderMap) -> bool {
    let value = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let essence = value
        .unwrap_or_default()
        .split(';')
        .next()
        .unwrap_or_default();
    essence.trim().eq_ignore_ascii_case("application/json")
}

/// Says whether the text is an absolute http or https URL, the only kind that a page may lead back to.
pub(crate) fn is_web_address(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https"))
}
