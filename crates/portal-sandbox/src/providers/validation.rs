//! Checks that both providers document in the same way.

use axum::http::{HeaderMap, header};
use url::Url;

/// Returns whether the body is declared as `application/json`, as both providers document it.
///
/// Neither documents what it does with another content type. Here it is refused, since a server that checks the
/// content type finds no fields in such a body, and a missing header should be found early.
pub(crate) fn has_json_content_type(headers: &HeaderMap) -> bool {
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

/// Returns whether the text is an absolute http or https URL, the only kind that a page can link to.
///
/// `Url` parses like a browser, so it also accepts ` http://…` and `http:…`. The OpenAPI documents do not.
pub(crate) fn is_http_url(text: &str) -> bool {
    let absolute = text.split_once("://").is_some_and(|(scheme, _)| {
        scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https")
    });
    absolute && Url::parse(text).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_web_address_begins_with_its_scheme_and_names_a_host() {
        for good in ["http://a", "HTTPS://my.site/?a=b#c", "http://127.0.0.1:80/"] {
            assert!(is_http_url(good), "{good}");
        }
        for bad in [
            "",
            " http://a",
            "http:a",
            "http:/a",
            "h\nttp://a",
            "https://",
            "ftp://a",
            "javascript://a",
            "//a",
        ] {
            assert!(!is_http_url(bad), "{bad}");
        }
    }
}
