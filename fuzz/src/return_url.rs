use portal_core::ReturnUrl;

/// Reads a return URL, which ends up behind the portal's "back".
pub fn check(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let url: ReturnUrl = match text.parse() {
        Ok(url) => url,
        Err(error) => return assert_eq!(error.field(), Some("return_url")),
    };
    let (scheme, authority) = crate::authority::split(url.as_str());
    assert!(matches!(scheme.as_str(), "http" | "https"), "{text}");
    crate::authority::check_authority(authority);
    crate::authority::check_text(url.as_str());
    assert!(url.as_str().is_ascii(), "{text}");
    assert_eq!(url.as_str().parse::<ReturnUrl>().ok(), Some(url));
}
