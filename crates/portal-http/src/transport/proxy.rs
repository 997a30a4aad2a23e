use std::env::VarError;

use hyper_util::client::proxy::matcher::Matcher;
use portal_core::{BaseUrl, Error, Result};
use reqwest::{NoProxy, Url};

/// The variables that name a proxy for https; the first one that is set wins.
const VARIABLES: [&str; 4] = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];

/// The proxy that the environment names for https.
///
/// The HTTP library reads the same variables and ignores a value that does not parse. Here such a
/// value is an error, since requests must not bypass a configured proxy.
#[derive(Clone, Debug)]
pub(crate) struct ProxySettings {
    /// The variable that names the proxy.
    pub(crate) variable: &'static str,
    url: Url,
}

impl ProxySettings {
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
            Some(proxy) => Matcher::builder()
                .https(proxy.url.as_str())
                .no(no_proxy(base.port()))
                .build(),
        };
        rules.intercept(base.root()).is_some()
    }

    /// Returns the proxy's host and port.
    pub(crate) fn host_and_port(&self) -> (String, u16) {
        let port = self.url.port_or_known_default().unwrap_or_default();
        (self.url.host_str().unwrap_or_default().to_owned(), port)
    }

    /// Builds the HTTP library's rule: this proxy for https, except for hosts in `NO_PROXY`.
    pub(crate) fn rule(&self, base: &BaseUrl) -> reqwest::Result<reqwest::Proxy> {
        let rule = reqwest::Proxy::https(self.url.as_str())?;
        Ok(rule.no_proxy(NoProxy::from_string(&no_proxy(base.port()))))
    }
}

/// Reads `NO_PROXY` for a base URL's port, because the HTTP libraries do not support ports in it.
fn no_proxy(port: u16) -> String {
    let list = ["NO_PROXY", "no_proxy"].map(|name| std::env::var(name).ok());
    hosts_without_proxy(&list.into_iter().flatten().next().unwrap_or_default(), port)
}

/// Removes a matching port from each entry, and each entry with another port.
fn hosts_without_proxy(list: &str, port: u16) -> String {
    let host = |entry: &'_ str| match entry.rsplit_once(':') {
        // Several colons without brackets are an IPv6 address.
        Some((host, digits)) if !host.contains(':') || host.ends_with(']') => {
            let matches = digits.parse() == Ok(port);
            matches.then(|| host.trim_matches(['[', ']']).to_owned())
        }
        _ => Some(entry.to_owned()),
    };
    let hosts: Vec<_> = list.split(',').map(str::trim).filter_map(host).collect();
    hosts.join(",")
}

fn proxy_variable_error(variable: &str, why: &str) -> Error {
    Error::configuration("proxy", format!("`{variable}` {why}"))
        .with_hint("write it like `http://proxy.my.site:3128`, or unset it to use no proxy")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<Option<ProxySettings>> {
        ProxySettings::from_variables(|name| {
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
    fn https_proxy_wins_over_all_proxy_uppercase_over_lowercase_and_empty_is_not_set() {
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
                proxy.rule(&"https://my.site".parse().unwrap()).is_ok()
                    && url.parse::<http::Uri>().is_ok(),
                "{text}"
            );
        }
    }

    #[test]
    fn an_entry_of_no_proxy_with_a_port_counts_for_that_port_only() {
        for (list, hosts) in [
            ("my.site:443", "my.site"),
            ("my.site:8443", ""),
            ("my.site, .other.site:443 ,x:1", "my.site,.other.site"),
            ("10.0.0.0/8,127.0.0.1:443", "10.0.0.0/8,127.0.0.1"),
            ("::1,fd00::/8", "::1,fd00::/8"),
            ("[::1]:443,[::2]:1", "::1"),
            ("*", "*"),
            ("my.site:https", ""),
            ("", ""),
        ] {
            assert_eq!(hosts_without_proxy(list, 443), hosts, "{list}");
        }
    }

    #[test]
    fn an_invalid_proxy_is_refused_with_its_variable_and_not_repeated() {
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
        let error =
            ProxySettings::from_variables(|_| Err(VarError::NotUnicode("x".into()))).unwrap_err();
        assert!(error.message().contains("UTF-8"), "{error}");
    }
}
