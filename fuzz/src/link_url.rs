use portal_core::{BaseUrl, PortalUrl};

/// Reads a link out of an answer: once from a base on the network, once from one on loopback.
pub fn check(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let base = |text: &str| text.parse::<BaseUrl>().expect("a good base URL");
    if let Ok(url) = PortalUrl::from_answer(text, &base("https://api.example")) {
        crate::authority::check_https(url.expose());
        assert_eq!(format!("{url:?}"), "PortalUrl(***)");
    }
    if let Ok(url) = PortalUrl::from_answer(text, &base("http://127.0.0.1:8787")) {
        let (scheme, authority) = crate::authority::split(url.expose());
        crate::authority::check_authority(authority);
        crate::authority::check_text(url.expose());
        assert!(matches!(scheme.as_str(), "http" | "https"), "{scheme}");
    }
}
