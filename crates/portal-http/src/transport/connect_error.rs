use std::error::Error as StdError;
use std::io;

use portal_core::{Delivery, Error, Kind};
use rustls::{AlertDescription, CertificateError};
use tokio::time::error::Elapsed;

use crate::transport::proxy::ProxySettings;

/// Creates the error for a failed connection to `host`: the cause and the fix.
pub(crate) fn connect_error(
    error: &(dyn StdError + 'static),
    host: &str,
    proxy: Option<&ProxySettings>,
) -> Error {
    let (message, hint) = match (tunnel_failure(error), tls_failure(error)) {
        (Some(failure), _) => proxy_error(&failure, host, proxy),
        (None, Some(error)) => tls_error(error, host),
        (None, None) => (
            format!("no connection to `{host}`"),
            "check the base URL and the network".to_owned(),
        ),
    };
    Error::new(Kind::Unavailable, Delivery::NotSent, message).with_hint(hint)
}

fn tls_error(error: &rustls::Error, host: &str) -> (String, String) {
    let (message, hint) = match error {
        rustls::Error::InvalidCertificate(why) => certificate_error(why, host),
        rustls::Error::AlertReceived(
            AlertDescription::ProtocolVersion | AlertDescription::HandshakeFailure,
        )
        | rustls::Error::PeerIncompatible(_) => (
            format!("`{host}` and this machine have no safe version of TLS in common"),
            "TLS 1.2 or 1.3 is needed: check the base URL and any proxy or firewall in between",
        ),
        rustls::Error::InvalidMessage(_) => (
            format!("`{host}` does not speak TLS"),
            "check the host and the port of the base URL",
        ),
        _ => (
            format!("no TLS connection to `{host}`"),
            "check the base URL and any proxy or firewall in between",
        ),
    };
    (message, hint.to_owned())
}

fn certificate_error(why: &CertificateError, host: &str) -> (String, &'static str) {
    use CertificateError as Why;
    match why {
        // An authority with the same name and another key is unknown too.
        Why::UnknownIssuer | Why::BadSignature => (
            format!("the certificate of `{host}` is not signed by a trusted authority"),
            "if your network has its own authority, name its PEM file in `ca` (`--ca FILE`) or `SSL_CERT_FILE`",
        ),
        Why::NotValidForName | Why::NotValidForNameContext { .. } => (
            format!("the certificate of `{host}` is for another name"),
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
        // The verifier does not export the type of its errors; a test checks the name.
        Why::Other(other) if other.to_string() == "CaUsedAsEndEntity" => (
            format!("the certificate of `{host}` is an authority's own, not a server's"),
            "let the authority sign a certificate for the server, or create the self-signed one with `basicConstraints=CA:FALSE`",
        ),
        _ => (
            format!("the certificate of `{host}` cannot be accepted"),
            "the server needs another certificate; the cause says why",
        ),
    }
}

fn proxy_error(failure: &str, host: &str, proxy: Option<&ProxySettings>) -> (String, String) {
    let variable = proxy.map_or("the system's settings", |proxy| proxy.variable);
    match failure {
        "proxy authorization required" => (
            format!("the proxy of `{variable}` requires a user name and a password"),
            format!("add them to `{variable}`, like `http://user:password@proxy.my.site:3128`"),
        ),
        "failed to create underlying connection" => (
            format!("no connection to the proxy of `{variable}`"),
            format!(
                "check `{variable}`, and that the proxy runs; list hosts to reach without it in `NO_PROXY`"
            ),
        ),
        _ => (
            format!("the proxy of `{variable}` does not connect to `{host}`"),
            format!(
                "check the proxy's rules, and the user and password in `{variable}`; or list the host in `NO_PROXY`"
            ),
        ),
    }
}

/// Finds the error between a proxy and the provider.
///
/// The HTTP library does not export the type, so its message is compared. Tests check it.
fn tunnel_failure(error: &(dyn StdError + 'static)) -> Option<String> {
    causes(error).find_map(|cause| {
        let text = cause.to_string();
        text.strip_prefix("tunnel error: ").map(str::to_owned)
    })
}

fn tls_failure<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a rustls::Error> {
    causes(error).find_map(|cause| {
        // An I/O error returns the wrapped error from `get_ref`, not from `source`.
        let mut inner = cause;
        while let Some(wrapped) = inner.downcast_ref().and_then(io::Error::get_ref) {
            inner = wrapped;
        }
        inner.downcast_ref()
    })
}

/// Returns whether there was a connection, and only the exchange over it failed.
pub(crate) fn is_connected(error: &(dyn StdError + 'static)) -> bool {
    let reqwest = causes(error).find_map(|cause| cause.downcast_ref::<reqwest::Error>());
    match reqwest {
        Some(error) => !error.is_connect(),
        None => causes(error).any(<dyn StdError>::is::<hyper::Error>),
    }
}

/// Returns whether the connection timed out.
pub(crate) fn is_timeout(error: &(dyn StdError + 'static)) -> bool {
    causes(error).any(|cause| {
        cause.is::<Elapsed>()
            || cause.downcast_ref().is_some_and(reqwest::Error::is_timeout)
            || cause
                .downcast_ref::<io::Error>()
                .is_some_and(|error| error.kind() == io::ErrorKind::TimedOut)
    })
}

pub(crate) fn causes<'a>(
    error: &'a (dyn StdError + 'static),
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |&cause| cause.source())
}

/// The message of the innermost cause, without the URL that reqwest's errors contain.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct RootCause(String);

impl RootCause {
    pub(crate) fn of(error: &(dyn StdError + 'static)) -> Self {
        if let Some(rustls::Error::InvalidCertificate(CertificateError::Other(why))) =
            tls_failure(error)
        {
            return Self(format!("the certificate is refused: {why}"));
        }
        match causes(error).last() {
            Some(root) if !root.is::<reqwest::Error>() => Self(root.to_string()),
            _ => Self("the HTTP client gives no reason".into()),
        }
    }
}
