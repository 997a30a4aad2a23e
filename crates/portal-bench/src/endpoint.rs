//! The server's addresses, which clients read from the environment.

use std::env;
use std::net::SocketAddr;
use std::sync::Arc;

use hyper_rustls::{HttpsConnector, MaybeHttpsStream};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioIo;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use tokio::net::TcpStream;
use tower_service::Service;

/// Under this path prefix the server does not respond.
pub(crate) const HOLD: &str = "/hold";

pub(crate) const PLAIN: &str = "PORTAL_BENCH_PLAIN";
pub(crate) const TLS: &str = "PORTAL_BENCH_TLS";
/// TLS that offers HTTP/2 only.
pub(crate) const HTTP2: &str = "PORTAL_BENCH_HTTP2";
/// TLS whose idle connections the server closes after 5 s.
pub(crate) const CLOSING: &str = "PORTAL_BENCH_CLOSING";
/// The certificate authority, in PEM.
pub(crate) const AUTHORITY: &str = "PORTAL_BENCH_AUTHORITY";

pub(crate) struct Endpoint {
    /// Scheme, host and port.
    origin: String,
    /// Every path begins with it.
    pub(crate) prefix: &'static str,
    pub(crate) authority: String,
    pub(crate) is_http2: bool,
    /// Trusts the server's authority only.
    pub(crate) tls: rustls::ClientConfig,
}

impl Endpoint {
    /// The endpoint of a transport: `plain`, `tls` or `http2`.
    pub(crate) fn of(transport: &str, is_held: bool) -> Self {
        let variable = match transport {
            "plain" => PLAIN,
            "tls" => TLS,
            "http2" => HTTP2,
            _ => panic!("unknown transport `{transport}`"),
        };
        let read = |name: &str| env::var(name).unwrap_or_else(|_| panic!("`{name}` is not set"));
        // A sandbox has no authority.
        let authority = env::var(AUTHORITY).unwrap_or_default();
        let is_http2 = variable == HTTP2;
        Self {
            origin: read(variable),
            prefix: if is_held { HOLD } else { "" },
            tls: client_config(&authority, is_http2),
            authority,
            is_http2,
        }
    }

    /// Every URL begins with it.
    pub(crate) fn base(&self) -> String {
        format!("{}{}", self.origin, self.prefix)
    }

    pub(crate) fn is_tls(&self) -> bool {
        self.origin.starts_with("https:")
    }

    pub(crate) fn address(&self) -> SocketAddr {
        let (_, address) = self.origin.split_once("://").unwrap();
        address.parse().unwrap()
    }

    pub(crate) fn connector(&self) -> HttpsConnector<HttpConnector> {
        let mut http = HttpConnector::new();
        http.enforce_http(false);
        http.set_nodelay(true);
        HttpsConnector::from((http, self.tls.clone()))
    }

    pub(crate) async fn connect(&self) -> MaybeHttpsStream<TokioIo<TcpStream>> {
        let connecting = self.connector().call(self.base().parse().unwrap());
        connecting.await.unwrap()
    }
}

fn client_config(authority: &str, is_http2: bool) -> rustls::ClientConfig {
    let mut roots = rustls::RootCertStore::empty();
    if !authority.is_empty() {
        let certificate = CertificateDer::from_pem_slice(authority.as_bytes());
        roots.add(certificate.unwrap()).unwrap();
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    if is_http2 {
        config.alpn_protocols = vec![b"h2".to_vec()];
    }
    config
}
