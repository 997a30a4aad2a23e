use url::Url;

/// Parses an absolute http or https address, and repairs nothing.
///
/// The `url` crate mends what is nearly an address (white space, backslashes, too few or too many
/// slashes); a browser, a proxy or another library may mend it otherwise, and end at another host.
pub(crate) fn parse(text: &str) -> Result<Url, &'static str> {
    origin_of(text)?;
    Url::parse(text).map_err(|_| RELATIVE)
}

/// Parses what stands before an address's path, which decides whether there is an address: behind
/// it, the URL standard takes every text as it is or encodes it. ASCII is kept as it is everywhere,
/// since a path may be signed.
pub(crate) fn origin(text: &str) -> Result<Url, &'static str> {
    Url::parse(origin_of(text)?).map_err(|_| RELATIVE)
}

const RELATIVE: &str = "is not an absolute URL";

/// Returns what stands before the path, if no two readers can take it for different things.
fn origin_of(text: &str) -> Result<&str, &'static str> {
    let is_odd = match text.is_ascii() {
        // All of it, since that is many bytes at a time.
        true => text.bytes().fold(false, |odd, c| {
            odd | (c <= b' ') | (c == 0x7f) | (c == b'\\')
        }),
        false => text.contains(|c: char| c.is_control() || c.is_whitespace() || c == '\\'),
    };
    if is_odd {
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
                false => Ok(&text[..text.len() - rest.len() + end]),
            }
        }
        (true, None) => Err(RELATIVE),
        (false, _) if rest.starts_with("//") => Err("is neither https nor http"),
        (false, _) => Err(RELATIVE),
    }
}
