//! The provider: a process of its own, so that only clients are counted.

use std::convert::Infallible;
use std::env;
use std::net::SocketAddr;
use std::sync::{Arc, LazyLock};

use bytes::Bytes;
use http::{Request, Response, header};
use http_body_util::{BodyExt, Collected, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use portal_testkit::{Authority, Validity};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use crate::exchange::{Exchange, KWIK, ONLINEAPP};

/// Each exchange with the body that it begins with.
static KNOWN: LazyLock<[(&Exchange, Value); 2]> = LazyLock::new(|| {
    [&KWIK, &ONLINEAPP].map(|exchange| {
        let body = serde_json::from_slice(&(exchange.body)());
        (exchange, body.unwrap())
    })
});

/// Where the server is, told to clients by the environment.
pub(crate) struct Place {
    /// Scheme, host and port.
    pub(crate) origin: String,
    /// The authority, in PEM.
    pub(crate) authority: String,
}

impl Place {
    pub(crate) fn plain() -> Self {
        Self::of("PORTAL_BENCH_PLAIN")
    }

    pub(crate) fn tls() -> Self {
        Self::of("PORTAL_BENCH_TLS")
    }

    fn of(variable: &str) -> Self {
        let read = |name: &str| env::var(name).unwrap_or_else(|_| panic!("`{name}` is not set"));
        Self {
            origin: read(variable),
            authority: read("PORTAL_BENCH_AUTHORITY"),
        }
    }

    pub(crate) fn is_tls(&self) -> bool {
        self.origin.starts_with("https:")
    }

    pub(crate) fn address(&self) -> SocketAddr {
        let (_, address) = self.origin.split_once("://").unwrap();
        address.parse().unwrap()
    }

    /// The settings of a client that trusts the authority and nobody else.
    pub(crate) fn trusting(&self) -> rustls::ClientConfig {
        let mut roots = rustls::RootCertStore::empty();
        if !self.authority.is_empty() {
            let certificate = CertificateDer::from_pem_slice(self.authority.as_bytes());
            roots.add(certificate.unwrap()).unwrap();
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth()
    }
}

/// Prints where it is, as variables for clients, and answers until its input ends.
pub(crate) async fn serve() {
    let plain = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let tls = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let authority = Authority::new("portal-bench");
    println!("PORTAL_BENCH_PLAIN=http://{}", plain.local_addr().unwrap());
    println!("PORTAL_BENCH_TLS=https://{}", tls.local_addr().unwrap());
    // On one line: PEM may be broken anywhere between its marks.
    let pem = authority.pem().replace(['\r', '\n'], "\\n");
    println!("PORTAL_BENCH_AUTHORITY={pem}");

    let config = authority.certificate("127.0.0.1", Validity::Now).config();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    tokio::spawn(accept(plain, |stream| async { Some(stream) }));
    tokio::spawn(accept(tls, move |stream| {
        let acceptor = acceptor.clone();
        async move { acceptor.accept(stream).await.ok() }
    }));
    let mut input = tokio::io::stdin();
    while input.read_u8().await.is_ok() {}
}

async fn accept<S, F>(listener: TcpListener, wrap: impl Fn(TcpStream) -> F)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    F: Future<Output = Option<S>> + Send + 'static,
{
    while let Ok((stream, _)) = listener.accept().await {
        stream.set_nodelay(true).unwrap();
        let stream = wrap(stream);
        tokio::spawn(async move {
            if let Some(stream) = stream.await {
                let service = service_fn(answer);
                // A client that goes away ends its connection.
                let _gone = http1::Builder::new()
                    .serve_connection(TokioIo::new(stream), service)
                    .await;
            }
        });
    }
}

async fn answer(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let path = request.uri().path();
    // stripe-python writes JSON only below this folder.
    let path = path.strip_prefix("/v2").unwrap_or(path).to_owned();
    let asked = request.into_body().collect().await.map(Collected::to_bytes);
    // What is not what the client by hand would send gets no answer: all do the same work. Some write spaces,
    // some sort the names, so everyone's is read.
    let asked = asked
        .ok()
        .and_then(|body| serde_json::from_slice(&body).ok());
    let exchange = KNOWN
        .iter()
        .find(|(exchange, body)| exchange.path == path && asked.as_ref() == Some(body));
    let response = match exchange {
        Some((exchange, _)) => Response::builder()
            .header(header::CONTENT_TYPE, "application/json")
            .body(exchange.answer.into()),
        None => Response::builder().status(418).body(Full::default()),
    };
    Ok(response.unwrap())
}
