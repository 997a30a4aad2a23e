use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use url::{Host, Url};

/// A webhook's destination: http on this machine only.
pub(crate) struct Address {
    url: Url,
    /// The addresses to try, in this order; no name is ever resolved.
    pub(super) sockets: Vec<SocketAddr>,
}

impl Address {
    /// Parses a URL; the error does not repeat it.
    pub(crate) fn parse(text: &str) -> Result<Self, &'static str> {
        let url = Url::parse(text).map_err(|_| "must be an absolute URL")?;
        if url.scheme() != "http" {
            return Err("must start with http://, since webhooks stay on this machine");
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err("must contain no user name and no password");
        }
        let port = url.port_or_known_default().unwrap_or(80);
        let ips: Vec<IpAddr> = match url.host() {
            Some(Host::Ipv4(ip)) => vec![ip.into()],
            Some(Host::Ipv6(ip)) => vec![ip.into()],
            Some(Host::Domain("localhost")) => {
                vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()]
            }
            _ => Vec::new(),
        };
        if ips.is_empty() || !ips.iter().all(|ip| ip.to_canonical().is_loopback()) {
            return Err(
                "must lead to a loopback address, such as 127.0.0.1 or localhost: the sandbox never connects to other machines",
            );
        }
        let sockets = ips
            .into_iter()
            .map(|ip| SocketAddr::new(ip, port))
            .collect();
        Ok(Self { url, sockets })
    }

    pub(crate) fn as_str(&self) -> &str {
        self.url.as_str()
    }

    /// The value of `Host`.
    pub(super) fn authority(&self) -> &str {
        self.url.authority()
    }

    /// The request's target: the path and the query.
    pub(super) fn target(&self) -> &str {
        &self.url[url::Position::BeforePath..url::Position::AfterQuery]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_http_on_this_machine_is_an_address() {
        for good in [
            "http://127.0.0.1:4000/hooks?a=b",
            "http://127.8.8.8/",
            "http://[::1]:4000",
            "http://localhost:4000/hooks",
            "http://[::ffff:127.0.0.1]:1/",
        ] {
            assert!(Address::parse(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "/hooks",
            "https://127.0.0.1/",
            "ftp://127.0.0.1/",
            "http://10.0.0.1/",
            "http://example.com/",
            "http://localhost.example.com/",
            "http://0.0.0.0:4000/",
            "http://[2001:db8::1]/",
            "http://user@127.0.0.1/",
            "http://:password@127.0.0.1/",
        ] {
            assert!(Address::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_target_is_the_path_and_the_query() {
        let address = Address::parse("http://localhost:4000/hooks?a=b#c").unwrap();
        assert_eq!(address.target(), "/hooks?a=b");
        assert_eq!(address.authority(), "localhost:4000");
    }
}
