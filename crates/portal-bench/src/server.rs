//! The provider: a process of its own, so that only clients are counted.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, LazyLock};

use bytes::Bytes;
use http::{Request, Response, header};
use http_body_util::{BodyExt, Collected, Full};
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use portal_testkit::{Authority, Validity};
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio_rustls::TlsAcceptor;

use crate::exchange::{Exchange, KWIK, ONLINEAPP};
use crate::hall;
use crate::place::{AUTHORITY, HOLD, HTTP2, PLAIN, TLS};

/// So many connections may wait to be taken, and so many calls share one of HTTP/2: everyone comes at once.
const CROWD: u32 = 16_384;

/// Each exchange with the body that it begins with.
static KNOWN: LazyLock<[(&Exchange, Value); 2]> = LazyLock::new(|| {
    [&KWIK, &ONLINEAPP].map(|exchange| {
        let body = serde_json::from_slice(&(exchange.body)());
        (exchange, body.unwrap())
    })
});

/// Prints where it is, as variables for clients, and answers until its input ends.
pub(crate) async fn serve() {
    let authority = Authority::new("portal-bench");
    let certificate = authority.certificate("127.0.0.1", Validity::Now);
    let mut offers_http2 = certificate.config();
    offers_http2.alpn_protocols = vec![b"h2".to_vec()];

    let plain = listener();
    println!("{PLAIN}=http://{}", plain.local_addr().unwrap());
    tokio::spawn(accept(plain, serve_http1));
    for (variable, config) in [(TLS, certificate.config()), (HTTP2, offers_http2)] {
        let (listener, acceptor) = (listener(), TlsAcceptor::from(Arc::new(config)));
        println!("{variable}=https://{}", listener.local_addr().unwrap());
        tokio::spawn(accept(listener, move |stream| {
            let acceptor = acceptor.clone();
            async move {
                match acceptor.accept(stream).await {
                    Ok(stream) if stream.get_ref().1.alpn_protocol() == Some(b"h2") => {
                        serve_http2(stream).await;
                    }
                    Ok(stream) => serve_http1(stream).await,
                    // A client that goes away ends its connection.
                    Err(_gone) => {}
                }
            }
        }));
    }
    // On one line: PEM may be broken anywhere between its marks.
    let pem = authority.pem().replace(['\r', '\n'], "\\n");
    println!("{AUTHORITY}={pem}");

    let mut input = tokio::io::stdin();
    while input.read_u8().await.is_ok() {}
}

fn listener() -> TcpListener {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
    socket.listen(CROWD).unwrap()
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

async fn serve_http1<S>(stream: S)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let _gone = http1::Builder::new()
        .serve_connection(TokioIo::new(stream), service_fn(answer))
        .await;
}

async fn serve_http2<S>(stream: S)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let _gone = http2::Builder::new(TokioExecutor::new())
        .max_concurrent_streams(CROWD)
        .serve_connection(TokioIo::new(stream), service_fn(answer))
        .await;
}

async fn answer(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let path = request.uri().path();
    if let Some(asked) = path.strip_prefix(hall::DOOR) {
        hall::ask(asked).await;
        return Ok(Response::default());
    }
    let (held, path) = match path.strip_prefix(HOLD) {
        Some(path) => (true, path),
        None => (false, path),
    };
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
    if held {
        hall::wait().await;
    }
    let response = match exchange {
        Some((exchange, _)) => Response::builder()
            .header(header::CONTENT_TYPE, "application/json")
            .body(exchange.answer.into()),
        None => Response::builder().status(418).body(Full::default()),
    };
    Ok(response.unwrap())
}
