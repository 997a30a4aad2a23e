use std::error::Error as StdError;
use std::io;

use portal_core::{Delivery, Error, Kind};
use rustls::{AlertDescription, CertificateError};
use tokio::time::error::Elapsed;

use crate::transport::proxy::Proxy;

/// Says in a user's words why there is no connection to `host`, and what to do about it.
pub(crate) fn unreachable(
    error: &(dyn StdError + 'static),
    host: &str,
    proxy: Option<&Proxy>,
) -> Error {
    let (message, hint) = match (tunnel(error), tls(error)) {
        (Some(failed), _) => by_proxy(&failed, host, proxy),
        (None, Some(error)) => by_tls(error, host),
        (None, None) => (
            format!("no connection to `{host}`"),
            "check the base URL and the network".to_owned(),
        ),
    };
    Error::new(Kind::Unavailable, Delivery::NotSent, message).with_hint(hint)
}

fn by_tls(error: &rustls::Error, host: &str) -> (String, String) {
    let (message, hint) = match error {
        rustls::Error::InvalidCertificate(why) => by_certificate(why, host),
        rustls::Error::AlertReceived(
            AlertDescription::ProtocolVersion | AlertDescription::HandshakeFailure,
        )
        | rustls::Error::PeerIncompatible(_) => (
            format!("`{host}` and this machine have no version of TLS in common that is safe"),
            "TLS 1.2 or 1.3 is needed: check the base URL, and what stands between",
        ),
        rustls::Error::InvalidMessage(_) => (
            format!("`{host}` does not speak TLS"),
            "check the host and the port of the base URL",
        ),
        _ => (
            format!("no TLS connection to `{host}`"),
            "check the base URL, and what stands between",
        ),
    };
    (message, hint.to_owned())
}

fn by_certificate(why: &CertificateError, host: &str) -> (String, &'static str) {
    use CertificateError as Why;
    match why {
        // An authority that has the right name and another key is as unknown.
        Why::UnknownIssuer | Why::BadSignature => (
            format!("no authority that is trusted here has signed the certificate of `{host}`"),
            "if your network has an authority of its own, give its PEM file as `ca` (`--ca FILE`) or in `SSL_CERT_FILE`",
        ),
        Why::NotValidForName | Why::NotValidForNameContext { .. } => (
            format!("the certificate that `{host}` shows is for another name"),
            "check the host name in the base URL",
        ),
        Why::Expired | Why::ExpiredContext { .. } => (
            format!("the certificate of `{host}` has expired"),
            "check this machine's clock; if it is right, the server needs a new certificate",
        ),
        Why::NotValidYet | Why::NotValidYetContext { .. } => (
            format!("the certificate of `{host}` is not valid yet"),
            "check this machine's clock",
        ),
        _ => (
            format!("the certificate of `{host}` cannot be accepted"),
            "the cause says why: the server needs another certificate",
        ),
    }
}

fn by_proxy(failed: &str, host: &str, proxy: Option<&Proxy>) -> (String, String) {
    let variable = proxy.map_or("the system's settings", |proxy| proxy.variable);
    match failed {
        "proxy authorization required" => (
            format!("the proxy of `{variable}` wants a user name and a password"),
            format!("write them into `{variable}`, like `http://user:password@proxy.my.site:3128`"),
        ),
        "failed to create underlying connection" => (
            format!("no connection to the proxy of `{variable}`"),
            format!(
                "check `{variable}`, and that the proxy runs; `NO_PROXY` names hosts to be reached without it"
            ),
        ),
        _ => (
            format!("the proxy of `{variable}` makes no connection to `{host}`"),
            format!(
                "check what the proxy allows, and the user and password in `{variable}`; or name the host in `NO_PROXY`"
            ),
        ),
    }
}

/// Finds what failed between this machine, a proxy and the provider.
///
/// The HTTP library keeps the type to itself, so its words must do; tests hold them to that.
fn tunnel(error: &(dyn StdError + 'static)) -> Option<String> {
    causes(error).find_map(|cause| {
        let text = cause.to_string();
        text.strip_prefix("tunnel error: ").map(str::to_owned)
    })
}

fn tls<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a rustls::Error> {
    causes(error).find_map(|cause| {
        // An I/O error shows what it wraps to `get_ref`, and not to `source`.
        let mut inner = cause;
        while let Some(wrapped) = inner.downcast_ref().and_then(io::Error::get_ref) {
            inner = wrapped;
        }
        inner.downcast_ref()
    })
}

/// Says whether there was a connection, so that what failed is what was said over it.
pub(crate) fn is_connected(error: &(dyn StdError + 'static)) -> bool {
    let proxied = causes(error).find_map(|cause| cause.downcast_ref::<reqwest::Error>());
    match proxied {
        Some(error) => !error.is_connect(),
        None => causes(error).any(<dyn StdError>::is::<hyper::Error>),
    }
}

/// Says whether there was no connection in time.
pub(crate) fn is_timeout(error: &(dyn StdError + 'static)) -> bool {
    causes(error).any(|cause| {
        cause.is::<Elapsed>()
            || cause.downcast_ref().is_some_and(reqwest::Error::is_timeout)
            || cause
                .downcast_ref::<io::Error>()
                .is_some_and(|error| error.kind() == io::ErrorKind::TimedOut)
    })
}

fn causes<'a>(
    error: &'a (dyn StdError + 'static),
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |&cause| cause.source())
}

/// What a library said at the root of a failure, without the URL that reqwest's errors carry.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Cause(String);

impl Cause {
    pub(crate) fn of(error: &(dyn StdError + 'static)) -> Self {
        match causes(error).last() {
            Some(root) if !root.is::<reqwest::Error>() => Self(root.to_string()),
            _ => Self("the HTTP client gives no reason".into()),
        }
    }
}
