/// Splits an address by RFC 3986 alone, without the library that accepted it.
pub(crate) fn split(text: &str) -> (String, &str) {
    let (scheme, rest) = text
        .split_once("://")
        .expect("an absolute address has a scheme");
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    (scheme.to_ascii_lowercase(), &rest[..end])
}

/// Checks that an address leads to a host over https, and contains no credentials.
pub(crate) fn check_https(text: &str) {
    let (scheme, authority) = split(text);
    assert_eq!(scheme, "https");
    check_authority(authority);
    assert!(
        text.is_ascii() && text.len() <= 8 * 1024,
        "{} bytes",
        text.len()
    );
    check_text(text);
}

pub(crate) fn check_authority(authority: &str) {
    assert!(
        !authority.is_empty() && !authority.contains('@'),
        "{authority}"
    );
}

pub(crate) fn check_text(text: &str) {
    let bad = |c: char| c.is_control() || c.is_whitespace() || c == '\\';
    assert!(!text.contains(bad), "{text:?}");
}
