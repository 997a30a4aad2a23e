use std::fmt;
use std::str::FromStr;

use http::Uri;
use http::uri::{Authority, PathAndQuery};

use crate::{Error, Result, address};

/// The base URL of a provider's API: https, or http on a loopback address only.
///
/// ```
/// use portal_core::BaseUrl;
///
/// let base: BaseUrl = "https://api.kwik.co.za/2.0/".parse()?;
/// assert_eq!(base.join("/customer-portal/link"), "https://api.kwik.co.za/2.0/customer-portal/link");
/// assert!("http://api.kwik.co.za/".parse::<BaseUrl>().is_err());
/// # Ok::<(), portal_core::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct BaseUrl {
    /// The URL without a trailing slash, so that a path can follow.
    text: String,
    /// The host, without the brackets of an IPv6 address.
    host: String,
    port: u16,
    root: Uri,
    loopback: bool,
}

impl BaseUrl {
    /// Returns the URL of `path`, which begins with a slash, below this base.
    #[must_use]
    pub fn join(&self, path: &str) -> String {
        format!("{}{path}", self.text)
    }

    /// Returns the path and query of a relative URI below this base, for a request line.
    ///
    /// # Panics
    /// Never: two paths make a path.
    #[must_use]
    pub fn path(&self, uri: &Uri) -> Uri {
        match self.root.path() {
            "/" => uri.clone(),
            folder => {
                let path = uri.path_and_query().map_or("/", PathAndQuery::as_str);
                let path = [folder, path].concat();
                path.try_into().expect("two paths make a path")
            }
        }
    }

    /// Adds scheme and authority to a URI that [`path`](Self::path) returned.
    ///
    /// # Panics
    /// Never: a base URL and a path make a URI.
    #[must_use]
    pub fn absolute(&self, path: &Uri) -> Uri {
        let mut parts = self.root.clone().into_parts();
        parts.path_and_query = path.path_and_query().cloned();
        Uri::from_parts(parts).expect("a base URL and a path make a URI")
    }

    /// Removes scheme and authority from a URI.
    #[must_use]
    pub fn origin_form(uri: &Uri) -> Uri {
        uri.path_and_query()
            .cloned()
            .map(Uri::from)
            .unwrap_or_default()
    }

    /// Returns the base itself, with a path.
    #[must_use]
    pub fn root(&self) -> &Uri {
        &self.root
    }

    /// Returns the host, and the port if it is not the scheme's default.
    ///
    /// # Panics
    /// Never: a base URL has a host.
    #[must_use]
    pub fn authority(&self) -> &Authority {
        self.root.authority().expect("a base URL has a host")
    }

    /// Returns whether the base is on this machine, where links may also be plain http.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        self.loopback
    }

    /// Returns whether the base is plain http, which is allowed on this machine only.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        self.text.starts_with("http:")
    }

    /// Returns the host, by name or by address.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Returns the port, or the scheme's default if the URL names none.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Returns the URL's text, without a trailing slash.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl FromStr for BaseUrl {
    type Err = Error;

    /// Parses an absolute URL; a trailing slash makes no difference.
    ///
    /// # Errors
    /// [`Kind::Configuration`](crate::Kind::Configuration) with the field `base_url`.
    fn from_str(text: &str) -> Result<Self> {
        let refuse = |why: &str, hint: &'static str| {
            Err(Error::configuration("base_url", format!("`base_url` {why}")).with_hint(hint))
        };
        let url = match address::parse(text) {
            Ok(url) => url,
            Err(why) => return refuse(why, "write it like `https://api.example.com`"),
        };
        let loopback = address::is_loopback(&url);
        if url.scheme() == "http" && !loopback {
            return refuse(
                "uses plain http to another machine, which would expose the API key",
                "use https; http works on a loopback address only",
            );
        }
        if url.query().is_some() || url.fragment().is_some() {
            return refuse(
                "holds a query or a fragment",
                "keep scheme, host and path only",
            );
        }
        let text = url.as_str().trim_end_matches('/').to_owned();
        // `join` and `path` rely on a base that parses.
        let Ok(root) = text.parse() else {
            return refuse(
                "holds characters that HTTP cannot carry",
                "percent-encode them",
            );
        };
        let host = url.host_str().unwrap_or_default();
        Ok(Self {
            text,
            root,
            host: host.trim_matches(['[', ']']).to_owned(),
            port: url.port_or_known_default().unwrap_or_default(),
            loopback,
        })
    }
}

impl fmt::Debug for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("BaseUrl").field(&self.text).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Kind;

    #[test]
    fn https_anywhere_and_http_on_loopback_are_bases() {
        for text in [
            "https://onlineapp.pro",
            "https://pay.example.com:8443/x/",
            "http://127.0.0.1:8787",
            "http://127.8.0.1",
            "http://[::1]:1",
            "http://localhost:1/2.0/",
        ] {
            let base: BaseUrl = text.parse().expect(text);
            assert_eq!(base.join("/y"), format!("{}/y", text.trim_end_matches('/')));
        }
    }

    #[test]
    fn a_uri_below_a_base_equals_the_joined_url() {
        for text in [
            "https://onlineapp.pro",
            "https://pay.example.com:8443/x/y/",
            "http://[::1]:1/%20",
        ] {
            let base: BaseUrl = text.parse().expect(text);
            for path in ["/", "/y", "/y/%2F?a=b&c", "//z"] {
                let path: PathAndQuery = path.parse().expect(path);
                let relative = base.path(&Uri::from(path.clone()));
                let uri = base.absolute(&relative);
                assert_eq!(uri.to_string(), base.join(path.as_str()));
                assert_eq!(BaseUrl::origin_form(&uri), relative);
            }
        }
    }

    #[test]
    fn host_and_port_are_those_to_connect_to() {
        for (text, host, port) in [
            ("https://onlineapp.pro/x", "onlineapp.pro", 443),
            ("https://pay.example.com:8443", "pay.example.com", 8443),
            ("http://localhost", "localhost", 80),
            ("http://[::1]:1/", "::1", 1),
        ] {
            let base: BaseUrl = text.parse().expect(text);
            assert_eq!((base.host(), base.port()), (host, port));
        }
    }

    #[test]
    fn any_other_base_is_a_configuration_error_that_does_not_repeat_the_url() {
        for text in [
            "",
            "onlineapp.pro",
            "/x",
            "http://onlineapp.pro",
            "http://localhost.evil.com",
            "http://10.0.0.1",
            "http://0.0.0.0",
            "ftp://127.0.0.1",
            "javascript:alert(1)",
            "https://user:canary@x.com",
            "https://x.com/?canary=1",
            "https://x.com/#canary",
            "https:/x.com",
            "https:////x.com",
            " https://x.com",
            "https://x`y.com",
        ] {
            let error = text.parse::<BaseUrl>().expect_err(text);
            assert_eq!(
                (error.kind(), error.field()),
                (Kind::Configuration, Some("base_url")),
                "{text}"
            );
            assert!(
                error.hint().is_some() && !error.to_string().contains("canary"),
                "{error}"
            );
        }
    }
}
