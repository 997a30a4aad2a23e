use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use crate::address::{self, Origin};
use crate::{Error, Result};

/// The address that the portal's "back" leads to: an absolute http or https URL without credentials.
///
/// ASCII text is kept as it was given, since some applications compare it byte by byte. `Debug`
/// shows the origin only, since applications put state into the rest.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ReturnUrl {
    text: String,
    origin: Arc<Origin>,
}

impl ReturnUrl {
    /// Returns the URL's text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns scheme, host and port in the URL standard's spelling, such as `https://my.site`.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin.text
    }
}

impl FromStr for ReturnUrl {
    type Err = Error;

    /// Parses an absolute http or https URL.
    ///
    /// # Errors
    /// [`Kind::Invalid`](crate::Kind::Invalid) with the field `return_url`.
    fn from_str(text: &str) -> Result<Self> {
        let refuse = |why: &str| {
            Err(Error::invalid("return_url", format!("`return_url` {why}"))
                .with_hint("write the whole address, like `https://my.site/account`"))
        };
        let parts = address::origin(text).and_then(|origin| Ok((origin, address::encoded(text)?)));
        match parts {
            Err(why) => refuse(why),
            Ok((origin, text)) => Ok(Self {
                text: text.into_owned(),
                origin,
            }),
        }
    }
}

impl TryFrom<&str> for ReturnUrl {
    type Error = Error;

    fn try_from(text: &str) -> Result<Self> {
        text.parse()
    }
}

impl TryFrom<String> for ReturnUrl {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        text.parse()
    }
}

impl fmt::Debug for ReturnUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ReturnUrl({}/…)", self.origin())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn http_and_https_addresses_are_return_urls() {
        for text in [
            "https://my.site/account?from=portal#top",
            "http://localhost:3000/",
            "https://my-portal.site.com",
        ] {
            assert_eq!(text.parse::<ReturnUrl>().unwrap().as_str(), text);
        }
    }

    #[test]
    fn a_script_a_relative_path_and_credentials_are_refused_by_name() {
        for text in [
            "",
            "javascript:alert(1)",
            "JaVaScRiPt:alert(1)",
            "java\nscript:alert(1)",
            "data:text/html,x",
            "/account",
            "//my.site",
            "my.site/account",
            "https:my.site",
            "https:///my.site",
            "http:/-local://my.site",
            "https://user:pw@my.site",
            "https://@my.site",
            "https://my.site\\@evil.com",
            "https://",
            " https://my.site",
        ] {
            let error = text.parse::<ReturnUrl>().expect_err(text);
            assert_eq!(error.field(), Some("return_url"), "{text}");
            assert!(error.hint().is_some());
        }
    }

    #[test]
    fn debug_shows_the_origin_only() {
        let url: ReturnUrl = "https://my.site/account?token=canary".parse().unwrap();
        assert_eq!(format!("{url:?}"), "ReturnUrl(https://my.site/…)");
    }
}
