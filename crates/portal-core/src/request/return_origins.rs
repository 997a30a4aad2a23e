use std::fmt;

use crate::{Error, Result, ReturnUrl};

/// The origins that return URLs may have: scheme, host and port.
///
/// For applications whose return URLs come from outside, such as from a query or a header. Parsed origins are compared, never text: `https://my.site.evil.com`,
/// `https://my.site@evil.com` and `https://my.site:8443` are not `https://my.site`, and
/// `HTTPS://MY.SITE:443` is.
///
/// ```
/// use portal_core::ReturnOrigins;
///
/// let origins = ReturnOrigins::parse(["https://my.site", "http://localhost:3000"])?;
/// assert!(origins.check(&"https://my.site/account".parse()?).is_ok());
/// assert!(origins.check(&"https://my.site.evil.com/".parse()?).is_err());
/// # Ok::<(), portal_core::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct ReturnOrigins(Vec<String>);

impl ReturnOrigins {
    /// Parses origins like `https://my.site`, at least one.
    ///
    /// # Errors
    /// [`Kind::Configuration`](crate::Kind::Configuration) with the field `return_origins`; the
    /// text is not repeated.
    pub fn parse<O: AsRef<str>>(origins: impl IntoIterator<Item = O>) -> Result<Self> {
        let origins: Vec<_> = origins
            .into_iter()
            .map(|text| origin(text.as_ref()))
            .collect::<Result<_>>()?;
        match origins.is_empty() {
            true => Err(refuse("is empty, which would allow no return URL")),
            false => Ok(Self(origins)),
        }
    }

    /// Lists the origins, as the URL standard spells them.
    pub fn origins(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// Checks that a return URL has one of the origins.
    ///
    /// # Errors
    /// [`Kind::Invalid`](crate::Kind::Invalid) with the field `return_url`. The
    /// message contains the URL's origin only.
    pub fn check(&self, url: &ReturnUrl) -> Result<()> {
        if self.0.iter().any(|origin| origin == url.origin()) {
            return Ok(());
        }
        let message = format!(
            "`return_url` leads to `{}`, which is not allowed",
            url.origin()
        );
        Err(Error::invalid("return_url", message)
            .with_hint("use one of `return_origins`, or add this origin to them"))
    }
}

fn origin(text: &str) -> Result<String> {
    let Ok(url) = text.parse::<ReturnUrl>() else {
        return Err(refuse(
            "contains an entry that is not an http or https origin",
        ));
    };
    // Nothing may follow the authority: a path would look as if it were compared.
    let rest = text.split_once("://").map_or("", |(_, rest)| rest);
    match rest.strip_suffix('/').unwrap_or(rest) {
        // A pattern would match nothing, in silence.
        host if host.contains('*') => Err(refuse("contains a pattern, which is not supported")),
        host if host.contains(['/', '?', '#']) => {
            Err(refuse("contains more than scheme, host and port"))
        }
        _ => Ok(url.origin().to_owned()),
    }
}

fn refuse(why: &str) -> Error {
    Error::configuration("return_origins", format!("`return_origins` {why}"))
        .with_hint("write each like `https://my.site`, or leave it out to allow any")
}

impl fmt::Debug for ReturnOrigins {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ReturnOrigins").field(&self.0).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Delivery, Kind};

    fn allows(origin: &str, url: &str) -> bool {
        let origins = ReturnOrigins::parse([origin]).expect(origin);
        origins.check(&url.parse().expect(url)).is_ok()
    }

    #[test]
    fn the_same_origin_is_allowed_in_any_spelling() {
        for (origin, url) in [
            ("https://my.site", "https://my.site"),
            (
                "https://my.site",
                "https://my.site/account?next=https://evil.com#@evil.com",
            ),
            ("https://my.site/", "HTTPS://MY.SITE:443/x"),
            ("https://MY.site:443", "https://my.site/"),
            ("http://my.site", "http://my.site:80/"),
            ("https://bücher.example", "https://xn--bcher-kva.example/ö"),
            ("https://xn--bcher-kva.example", "https://BÜCHER.example/"),
            ("http://localhost:3000", "http://localhost:3000/x"),
            ("http://[::1]:3000", "http://[0:0::1]:3000/x"),
            ("http://127.0.0.1", "http://127.1/"),
        ] {
            assert!(allows(origin, url), "{origin} {url}");
        }
    }

    #[test]
    fn a_url_that_only_looks_like_the_origin_is_refused() {
        for url in [
            "http://my.site/",
            "https://my.site:8443/",
            "https://my.site./",
            "https://my.site.evil.com/",
            "https://my.siteevil.com/",
            "https://evil.com/https://my.site",
            "https://evil.com?https://my.site",
            "https://evil.com#https://my.site",
            "https://evil-my.site/",
            "https://www.my.site/",
            "https://my.site%2eevil.com/",
            // A Cyrillic letter in place of the Latin one.
            "https://mу.site/",
        ] {
            assert!(!allows("https://my.site", url), "{url}");
        }
        // These are not return URLs.
        for url in [
            "https://my.site@evil.com/",
            "https://my.site:443@evil.com/",
            "https://evil.com\\@my.site/",
            "https://my.site\t.evil.com/",
            "//my.site/",
        ] {
            assert!(url.parse::<ReturnUrl>().is_err(), "{url}");
        }
    }

    #[test]
    fn a_refusal_contains_the_origin_and_nothing_else_of_the_url() {
        let origins = ReturnOrigins::parse(["https://my.site"]).unwrap();
        let url = "https://evil.com/canary?canary=1".parse().unwrap();
        let error = origins.check(&url).unwrap_err();
        assert_eq!(
            (error.kind(), error.delivery(), error.field()),
            (Kind::Invalid, Delivery::NotSent, Some("return_url"))
        );
        assert!(error.message().contains("`https://evil.com`"), "{error}");
        assert!(
            !format!("{error} {error:?}").contains("canary"),
            "{error:?}"
        );
    }

    #[test]
    fn text_other_than_an_origin_is_a_configuration_error_that_does_not_repeat_it() {
        for text in [
            "",
            "canary",
            "canary.site",
            "//canary.site",
            "https://canary.site/x",
            "https://canary.site/?",
            "https://canary.site?x",
            "https://canary.site#",
            "https://user:canary@my.site",
            "ftp://canary.site",
            "https://*.canary.site",
            "null",
        ] {
            let error = ReturnOrigins::parse(["https://my.site", text]).expect_err(text);
            assert_eq!(
                (error.kind(), error.field()),
                (Kind::Configuration, Some("return_origins")),
                "{text}"
            );
            assert!(
                !format!("{error} {error:?}").contains("canary"),
                "{error:?}"
            );
        }
        let nothing: [&str; 0] = [];
        assert!(ReturnOrigins::parse(nothing).is_err());
    }
}
