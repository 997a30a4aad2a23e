//! Where the server is, told to clients by the environment.

use std::env;
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// Below it answers are held until all are to go.
pub(crate) const HOLD: &str = "/hold";

pub(crate) const PLAIN: &str = "PORTAL_BENCH_PLAIN";
pub(crate) const TLS: &str = "PORTAL_BENCH_TLS";
/// TLS, where HTTP/2 is offered and HTTP/1 is not.
pub(crate) const HTTP2: &str = "PORTAL_BENCH_HTTP2";
pub(crate) const AUTHORITY: &str = "PORTAL_BENCH_AUTHORITY";

pub(crate) struct Place {
    /// Scheme, host and port.
    origin: String,
    /// What every path begins with.
    pub(crate) prefix: &'static str,
    /// The authority, in PEM.
    pub(crate) authority: String,
    is_http2: bool,
    /// Made once, as a client would.
    tls: OnceLock<Arc<rustls::ClientConfig>>,
}

/// A connection to the server.
pub(crate) enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

impl Place {
    /// The place that this variable tells.
    pub(crate) fn of(variable: &str) -> Self {
        let read = |name: &str| env::var(name).unwrap_or_else(|_| panic!("`{name}` is not set"));
        Self {
            origin: read(variable),
            prefix: "",
            authority: env::var(AUTHORITY).unwrap_or_default(),
            is_http2: variable == HTTP2,
            tls: OnceLock::new(),
        }
    }

    /// The same, where answers are held.
    pub(crate) fn holding(self) -> Self {
        Self {
            prefix: HOLD,
            ..self
        }
    }

    /// What every URL begins with.
    pub(crate) fn base(&self) -> String {
        format!("{}{}", self.origin, self.prefix)
    }

    pub(crate) fn is_tls(&self) -> bool {
        self.origin.starts_with("https:")
    }

    pub(crate) fn is_http2(&self) -> bool {
        self.is_http2
    }

    pub(crate) fn address(&self) -> SocketAddr {
        let (_, address) = self.origin.split_once("://").unwrap();
        address.parse().unwrap()
    }

    /// The settings of a client that trusts only this authority.
    pub(crate) fn trusting(&self) -> rustls::ClientConfig {
        let mut roots = rustls::RootCertStore::empty();
        if !self.authority.is_empty() {
            let certificate = CertificateDer::from_pem_slice(self.authority.as_bytes());
            roots.add(certificate.unwrap()).unwrap();
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        if self.is_http2 {
            config.alpn_protocols = vec![b"h2".to_vec()];
        }
        config
    }

    pub(crate) async fn connect(&self) -> Stream {
        let stream = TcpStream::connect(self.address()).await.unwrap();
        stream.set_nodelay(true).unwrap();
        if !self.is_tls() {
            return Stream::Plain(stream);
        }
        let name = ServerName::from(self.address().ip());
        let tls = self.tls.get_or_init(|| Arc::new(self.trusting()));
        let tls = TlsConnector::from(Arc::clone(tls));
        Stream::Tls(Box::new(tls.connect(name, stream).await.unwrap()))
    }
}
