use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::VecDeque;
use std::sync::Arc;

use url::{Host, Position, Url};

/// The scheme, host and port of a URL.
#[derive(PartialEq, Eq, Hash)]
pub(crate) struct Origin {
    /// The origin in the URL standard's spelling, such as `https://my.site`.
    pub(crate) text: String,
    pub(crate) is_plain: bool,
    pub(crate) is_loopback: bool,
}

/// How many origins are cached. An application's pages and a provider's links have few.
const MAX_CACHED: usize = 4;

thread_local! {
    /// The latest origins by their text. Without this cache a call takes 10 % more instructions.
    static LATEST: RefCell<VecDeque<(String, Arc<Origin>)>> = const { RefCell::new(VecDeque::new()) };
}

/// Parses an absolute http or https URL, without repairing it.
///
/// The `url` crate repairs white space, backslashes and a wrong number of slashes. A browser, a proxy
/// or another library may repair them differently, and connect to another host.
pub(crate) fn parse(text: &str) -> Result<Url, &'static str> {
    origin_of(text)?;
    Url::parse(text).map_err(|_| RELATIVE)
}

/// Parses the origin of a URL. The URL is valid if its origin is: the URL standard accepts any text
/// after it.
pub(crate) fn origin(text: &str) -> Result<Arc<Origin>, &'static str> {
    let written = origin_of(text)?;
    LATEST.with_borrow_mut(|latest| {
        if let Some((_, origin)) = latest.iter().find(|(text, _)| text == written) {
            return Ok(origin.clone());
        }
        let url = Url::parse(written).map_err(|_| RELATIVE)?;
        let origin = Arc::new(Origin {
            text: url[..Position::BeforePath].to_owned(),
            is_plain: url.scheme() == "http",
            is_loopback: is_loopback(&url),
        });
        latest.truncate(MAX_CACHED - 1);
        latest.push_front((written.to_owned(), origin.clone()));
        Ok(origin)
    })
}

/// Returns the URL to send. An ASCII URL is unchanged, since its path may be signed; any other is
/// encoded as the URL standard says.
pub(crate) fn encoded(text: &str) -> Result<Cow<'_, str>, &'static str> {
    match text.is_ascii() {
        true => Ok(text.into()),
        false => parse(text).map(|url| String::from(url).into()),
    }
}

const RELATIVE: &str = "is not an absolute URL";

/// Returns the text before the path, unless two parsers could read it differently.
fn origin_of(text: &str) -> Result<&str, &'static str> {
    let is_odd = match text.is_ascii() {
        // Has no early exit, so that the compiler can check many bytes at a time.
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
            let ends = |byte| matches!(byte, b'/' | b'?' | b'#');
            let end = rest.bytes().position(ends).unwrap_or(rest.len());
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

/// Returns whether a URL's host is a loopback address or `localhost`.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cached_origin_equals_a_parsed_one() {
        let ports = || (1..=2 * MAX_CACHED).map(|n| 8000 + n);
        for port in ports().chain(ports().rev()) {
            let http = origin(&format!("HTTP://LocalHost:{port}/a")).unwrap();
            assert_eq!(http.text, format!("http://localhost:{port}"));
            assert!(http.is_plain && http.is_loopback);
            let https = origin(&format!("https://x.com:{port}?a")).unwrap();
            assert_eq!(https.text, format!("https://x.com:{port}"));
            assert!(!https.is_plain && !https.is_loopback);
        }
        assert_eq!(origin("https://x.com:443").unwrap().text, "https://x.com");
        assert!(LATEST.with_borrow(VecDeque::len) <= MAX_CACHED);
    }
}
