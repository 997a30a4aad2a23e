use http::Uri;
use portal_core::BaseUrl;

/// Reads a base URL, and joins paths to it as the engine does.
pub fn check(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let base: BaseUrl = match text.parse() {
        Ok(base) => base,
        Err(error) => return assert_eq!(error.field(), Some("base_url")),
    };
    let (scheme, authority) = crate::authority::split(base.as_str());
    crate::authority::check_authority(authority);
    assert!(
        scheme == "https" || (scheme == "http" && base.is_loopback() && base.is_plain()),
        "{text}"
    );
    let joined: Uri = base
        .join("/v1/links?a=b")
        .parse()
        .expect("a base and a path make a URI");
    assert_eq!(
        joined.authority().map(|joined| joined.as_str()),
        Some(authority)
    );
    assert!(joined.path().ends_with("/v1/links"), "{joined}");
    assert_eq!(joined.query(), Some("a=b"));
    let again: BaseUrl = base.as_str().parse().expect("what was read reads again");
    assert_eq!(again, base);
}
