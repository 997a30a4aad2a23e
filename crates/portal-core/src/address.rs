use url::Url;

/// Parses an absolute http or https address, and repairs nothing.
///
/// The `url` crate mends what is nearly an address (white space, backslashes, too few or too many
/// slashes); a browser, a proxy or another library may mend it otherwise, and end at another host.
pub(crate) fn parse(text: &str) -> Result<Url, &'static str> {
    const RELATIVE: &str = "is not an absolute URL";
    if text.contains(|c: char| c.is_control() || c.is_whitespace() || c == '\\') {
        return Err("holds white space, control characters or backslashes");
    }
    let (scheme, rest) = text.split_once(':').ok_or(RELATIVE)?;
    let authority = rest
        .strip_prefix("//")
        .filter(|rest| !rest.starts_with('/'));
    let is_web = ["http", "https"]
        .iter()
        .any(|web| scheme.eq_ignore_ascii_case(web));
    match (is_web, authority) {
        (true, Some(rest)) => {
            let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
            match rest[..end].contains('@') {
                true => Err("holds a user's name or password"),
                false => Url::parse(text).map_err(|_| RELATIVE),
            }
        }
        (true, None) => Err(RELATIVE),
        (false, _) if rest.starts_with("//") => Err("is neither https nor http"),
        (false, _) => Err(RELATIVE),
    }
}

/// Returns the address as others are to get it: plain ASCII to the letter, since a path may be
/// signed, and anything else as the URL standard encodes it.
pub(crate) fn written(text: &str, url: Url) -> String {
    match text.is_ascii() {
        true => text.to_owned(),
        false => url.into(),
    }
}
