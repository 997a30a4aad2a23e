use std::env::VarError;

use hyper_util::client::proxy::matcher::Matcher;
use portal_core::{BaseUrl, Error, Result};
use reqwest::{NoProxy, Url};

/// The variables that name a proxy for https; the first one that is set wins.
const VARIABLES: [&str; 4] = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];

/// The proxy that the environment names for https.
///
/// The HTTP library reads the same variables and ignores a value that does not parse. Here that is
/// an error, since requests must not bypass a configured proxy.
#[derive(Clone, Debug)]
pub(crate) struct Proxy {
    /// The variable that named it.
    pub(crate) variable: &'static str,
    url: Url,
}

impl Proxy {
    /// Reads the first variable that is set; `None` if none is.
    ///
    /// # Errors
    /// [`Kind::Configuration`](portal_core::Kind::Configuration) with the field `proxy`; the value
    /// is not repeated, since it may hold a password.
    pub(crate) fn from_variables(
        read: impl Fn(&str) -> Result<String, VarError>,
    ) -> Result<Option<Self>> {
        for variable in VARIABLES {
            match read(variable) {
                Err(VarError::NotPresent) => {}
                Ok(text) if text.is_empty() => {}
                Ok(text) => return Self::parse(variable, &text).map(Some),
                Err(VarError::NotUnicode(_)) => {
                    return Err(proxy_variable_error(variable, "is not UTF-8"));
                }
            }
        }
        Ok(None)
    }

    fn parse(variable: &'static str, text: &str) -> Result<Self> {
        // Like curl, read `proxy.my.site:3128` as an http proxy.
        let url = match text.contains("://") {
            true => text.parse::<Url>(),
            false => format!("http://{text}").parse::<Url>(),
        };
        match url {
            Ok(mut url) if matches!(url.scheme(), "http" | "https") => {
                // A proxy has no path; without one, no library can misread it.
                url.set_path("/");
                url.set_query(None);
                url.set_fragment(None);
                Ok(Self { variable, url })
            }
            Ok(url) if url.scheme().starts_with("socks") => {
                Err(proxy_variable_error(variable, "names a SOCKS proxy"))
            }
            Ok(_) => Err(proxy_variable_error(
                variable,
                "names neither an http nor an https proxy",
            )),
            Err(_) => Err(proxy_variable_error(variable, "is not a proxy URL")),
        }
    }

    /// Returns whether requests to `base` go through a proxy: this one, or else one of the system's settings.
    pub(crate) fn applies_to(base: &BaseUrl, proxy: Option<&Self>) -> bool {
        let rules = match proxy {
            None => Matcher::from_system(),
            Some(proxy) => {
                let none = ["NO_PROXY", "no_proxy"].map(|name| std::env::var(name).ok());
                let none = none.into_iter().flatten().next().unwrap_or_default();
                Matcher::builder()
                    .https(proxy.url.as_str())
                    .no(none)
                    .build()
            }
        };
        rules.intercept(base.root()).is_some()
    }

    /// Returns the proxy's host and port.
    pub(crate) fn host_and_port(&self) -> (String, u16) {
        let port = self.url.port_or_known_default().unwrap_or_default();
        (self.url.host_str().unwrap_or_default().to_owned(), port)
    }

    /// Builds the HTTP library's rule: this proxy for https, except for hosts in `NO_PROXY`.
    pub(crate) fn rule(&self) -> reqwest::Result<reqwest::Proxy> {
        let rule = reqwest::Proxy::https(self.url.as_str())?;
        Ok(rule.no_proxy(NoProxy::from_env()))
    }
}

fn proxy_variable_error(variable: &str, why: &str) -> Error {
    Error::configuration("proxy", format!("`{variable}` {why}"))
        .with_hint("write it like `http://proxy.my.site:3128`, or unset it to use no proxy")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<Option<Proxy>> {
        Proxy::from_variables(|name| {
            let of = variables.iter().find(|(of, _)| *of == name);
            of.map(|(_, value)| (*value).to_owned())
                .ok_or(VarError::NotPresent)
        })
    }

    fn named(variables: &[(&str, &str)]) -> Option<(&'static str, String)> {
        let proxy = read(variables).unwrap()?;
        Some((proxy.variable, proxy.url.into()))
    }

    #[test]
    fn https_goes_before_all_capitals_before_small_letters_and_empty_is_not_set() {
        let all = [
            ("all_proxy", "http://d"),
            ("ALL_PROXY", "http://c"),
            ("https_proxy", "http://b"),
            ("HTTPS_PROXY", "http://a"),
        ];
        for (count, (variable, url)) in (1..).zip(all) {
            let expected = Some((variable, format!("{url}/")));
            assert_eq!(named(&all[..count]), expected);
            assert_eq!(
                named(&[("HTTPS_PROXY", ""), all[0]]).unwrap().0,
                "all_proxy"
            );
        }
        assert_eq!(
            named(&[("HTTP_PROXY", "http://a"), ("http_proxy", "http://a")]),
            None
        );
        assert_eq!(named(&[]), None);
    }

    #[test]
    fn a_proxy_is_a_host_with_or_without_a_scheme_a_port_a_path_and_credentials() {
        for (text, url) in [
            ("http://proxy:3128", "http://proxy:3128/"),
            ("HTTPS://proxy", "https://proxy/"),
            ("proxy:3128", "http://proxy:3128/"),
            ("user:p@ss@proxy:1", "http://user:p%40ss@proxy:1/"),
            ("http://[::1]:1/x?y#z", "http://[::1]:1/"),
        ] {
            assert_eq!(named(&[("ALL_PROXY", text)]).unwrap().1, url);
            let proxy = read(&[("ALL_PROXY", text)]).unwrap().unwrap();
            assert!(
                proxy.rule().is_ok() && url.parse::<http::Uri>().is_ok(),
                "{text}"
            );
        }
    }

    #[test]
    fn what_cannot_be_a_proxy_is_refused_by_its_variable_and_not_repeated() {
        for text in [
            "socks5://canary:canary@proxy:1080",
            "socks5h://canary",
            "ftp://canary:canary@proxy",
            "http://canary:canary@",
            "canary proxy",
            "http://canary:canary@proxy:99999",
            "://canary",
            " ",
        ] {
            let error = read(&[("https_proxy", text)]).unwrap_err();
            assert_eq!(error.field(), Some("proxy"), "{text}");
            let told = format!("{error} {error:?}");
            assert!(
                told.contains("`https_proxy`") && !told.contains("canary"),
                "{told}"
            );
        }
        let error = Proxy::from_variables(|_| Err(VarError::NotUnicode("x".into()))).unwrap_err();
        assert!(error.message().contains("UTF-8"), "{error}");
    }
}
