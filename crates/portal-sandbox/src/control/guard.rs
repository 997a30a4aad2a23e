use std::net::IpAddr;

use axum::http::{HeaderMap, HeaderName, header, uri::Authority};

/// Returns the reason why a request must not control the sandbox; `None` if it may.
///
/// Any web page in the developer's browser can send requests to loopback. `Origin` then contains the page's origin, and
/// `Host` may contain a foreign name that resolves to loopback.
pub(crate) fn refusal(peer: IpAddr, headers: &HeaderMap) -> Option<&'static str> {
    if !peer.to_canonical().is_loopback() {
        return Some("The control API accepts requests from this machine only");
    }
    let Some(host) = single(headers, &header::HOST).filter(|host| is_loopback(host)) else {
        return Some(
            "The control API accepts loopback host names only, such as `127.0.0.1` or `localhost`",
        );
    };
    let own_origin = format!("http://{host}");
    if headers.contains_key(header::ORIGIN) && single(headers, &header::ORIGIN) != Some(&own_origin)
    {
        return Some("The control API accepts no requests from pages of another origin");
    }
    None
}

fn single<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?.to_str().ok()?;
    values.next().is_none().then_some(value)
}

fn is_loopback(host: &str) -> bool {
    let Ok(authority) = host.parse::<Authority>() else {
        return false;
    };
    let name = authority.host();
    let bare = name
        .strip_prefix('[')
        .and_then(|name| name.strip_suffix(']'))
        .unwrap_or(name);
    name.eq_ignore_ascii_case("localhost")
        || bare
            .parse::<IpAddr>()
            .is_ok_and(|ip| ip.to_canonical().is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(peer: &str, headers: &[(HeaderName, &str)]) -> bool {
        let headers = headers
            .iter()
            .map(|(name, value)| (name.clone(), value.parse().unwrap()))
            .collect();
        refusal(peer.parse().unwrap(), &headers).is_some()
    }

    #[test]
    fn only_a_loopback_peer_that_calls_a_loopback_host_may_control() {
        for host in [
            "127.0.0.1:8787",
            "localhost:8787",
            "LOCALHOST",
            "[::1]:8787",
            "127.8.8.8",
        ] {
            assert!(!refused("127.0.0.1", &[(header::HOST, host)]), "{host}");
        }
        for host in [
            "evil.example:8787",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "10.0.0.1",
            "u@",
            "",
        ] {
            assert!(refused("127.0.0.1", &[(header::HOST, host)]), "{host}");
        }
        for peer in ["::1", "::ffff:127.0.0.1"] {
            assert!(!refused(peer, &[(header::HOST, "localhost")]), "{peer}");
        }
        for peer in ["10.0.0.1", "::ffff:10.0.0.1", "2001:db8::1"] {
            assert!(refused(peer, &[(header::HOST, "localhost")]), "{peer}");
        }
        assert!(refused("127.0.0.1", &[]));
        assert!(refused(
            "127.0.0.1",
            &[(header::HOST, "localhost"), (header::HOST, "evil.example")]
        ));
    }

    #[test]
    fn only_the_sandboxs_own_origin_may_control() {
        for (origin, refuse) in [
            ("http://localhost:8787", false),
            ("http://localhost:3000", true),
            ("https://localhost:8787", true),
            ("http://evil.example", true),
            ("null", true),
        ] {
            let headers = [(header::HOST, "localhost:8787"), (header::ORIGIN, origin)];
            assert_eq!(refused("127.0.0.1", &headers), refuse, "{origin}");
        }
    }
}
