//! A provider's server: a process of its own, so that only clients are measured.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response, header};
use http_body_util::{BodyExt, Collected, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use portal_testkit::{Authority, Validity};
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio_rustls::TlsAcceptor;

use crate::endpoint::{AUTHORITY, CLOSING, HOLD, HTTP2, PLAIN, TLS};
use crate::scenario::{KWIK, ONLINEAPP, Scenario};

/// The queue of new connections, and the calls that share an HTTP/2 connection: over 10,000 arrive at once.
const BACKLOG: u32 = 16_384;

/// Returns the number of held calls.
const HELD_CALLS: &str = "/held-calls";
static HELD: AtomicUsize = AtomicUsize::new(0);

/// Each scenario with the request body that it expects.
static SCENARIOS: LazyLock<[(&Scenario, Value); 2]> = LazyLock::new(|| {
    [&KWIK, &ONLINEAPP].map(|scenario| {
        let body = serde_json::from_slice(&(scenario.encode)());
        (scenario, body.unwrap())
    })
});

/// Prints its addresses as one JSON object of environment variables, and serves until stdin is closed.
pub(crate) async fn serve() {
    let authority = Authority::new("portal-bench");
    let certificate = authority.certificate("127.0.0.1", Validity::Now);
    let mut http2_only = certificate.config();
    http2_only.alpn_protocols = vec![b"h2".to_vec()];

    let [plain, tls, http2, closing] = [(); 4].map(|()| listener());
    let origin =
        |scheme, listener: &TcpListener| format!("{scheme}://{}", listener.local_addr().unwrap());
    let environment = serde_json::json!({
        PLAIN: origin("http", &plain),
        TLS: origin("https", &tls),
        HTTP2: origin("https", &http2),
        CLOSING: origin("https", &closing),
        AUTHORITY: authority.pem(),
    });
    println!("{environment}");
    tokio::spawn(accept(plain, |stream| serve_connection(stream, None)));
    let five_seconds = Some(Duration::from_secs(5));
    for (listener, config, idle_timeout) in [
        (tls, certificate.config(), None),
        (http2, http2_only, None),
        (closing, certificate.config(), five_seconds),
    ] {
        let acceptor = TlsAcceptor::from(Arc::new(config));
        tokio::spawn(accept(listener, move |stream| {
            let handshake = acceptor.accept(stream);
            async move {
                if let Ok(stream) = handshake.await {
                    serve_connection(stream, idle_timeout).await;
                }
            }
        }));
    }

    let mut input = tokio::io::stdin();
    while input.read_u8().await.is_ok() {}
}

fn listener() -> TcpListener {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
    socket.listen(BACKLOG).unwrap()
}

async fn accept<F>(listener: TcpListener, serve: impl Fn(TcpStream) -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    while let Ok((stream, _)) = listener.accept().await {
        stream.set_nodelay(true).unwrap();
        tokio::spawn(serve(stream));
    }
}

async fn serve_connection(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    idle_timeout: Option<Duration>,
) {
    let mut builder = Builder::new(TokioExecutor::new());
    if idle_timeout.is_some() {
        // hyper's time for a request's head begins with the answer before it.
        let mut http1 = builder.http1();
        http1
            .timer(TokioTimer::new())
            .header_read_timeout(idle_timeout);
    }
    builder.http2().max_concurrent_streams(BACKLOG);
    let connection = builder.serve_connection(TokioIo::new(stream), service_fn(respond));
    // An error means that the client closed the connection.
    let _closed = connection.await;
}

async fn respond(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let path = request.uri().path();
    if path == HELD_CALLS {
        return Ok(Response::new(
            HELD.load(Ordering::Relaxed).to_string().into(),
        ));
    }
    if path.starts_with(HOLD) {
        HELD.fetch_add(1, Ordering::Relaxed);
        return std::future::pending().await;
    }
    // stripe-python sends JSON only under this prefix.
    let path = path.strip_prefix("/v2").unwrap_or(path).to_owned();
    let body = request.into_body().collect().await.map(Collected::to_bytes);
    // Any other body is refused, so that all clients do the same work. It is parsed, since clients differ in
    // spaces and in the order of names.
    let body = body
        .ok()
        .and_then(|body| serde_json::from_slice(&body).ok());
    let found = SCENARIOS
        .iter()
        .find(|(scenario, expected)| scenario.path == path && body.as_ref() == Some(expected));
    let response = match found {
        Some((scenario, _)) => Response::builder()
            .header(header::CONTENT_TYPE, "application/json")
            .body(scenario.response.into()),
        None => Response::builder().status(418).body(Full::default()),
    };
    Ok(response.unwrap())
}
