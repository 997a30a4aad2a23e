//! How others would make the same call: the same headers, and the body by serde_json both ways.

use std::cell::RefCell;
use std::sync::Arc;

use bytes::Bytes;
use http::header::HOST;
use http::{HeaderMap, HeaderValue, Request};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::runtime::Runtime;
use tokio_rustls::TlsConnector;

use crate::Calls;
use crate::exchange::Exchange;
use crate::server::Place;

/// What all of them need.
struct Work {
    exchange: &'static Exchange,
    origin: String,
    headers: HeaderMap,
}

impl Work {
    fn new(exchange: &'static Exchange, origin: &str) -> Self {
        Self {
            exchange,
            origin: origin.to_owned(),
            headers: (exchange.headers)(),
        }
    }

    fn request(&self) -> Request<Bytes> {
        self.exchange.by_hand(&self.headers, &self.origin)
    }

    fn read(&self, body: &[u8]) {
        assert!((self.exchange.link)(body).starts_with("https://"));
    }
}

/// One connection of hyper's, without pool, limit or time: the least that async Rust does.
pub(crate) struct Raw {
    work: Work,
    sender: RefCell<SendRequest<Full<Bytes>>>,
}

pub(crate) fn raw(runtime: &Runtime, exchange: &'static Exchange, place: &Place) -> Raw {
    // With an origin that is empty the request's target is the path, as it goes on the wire.
    let mut work = Work::new(exchange, "");
    let host = HeaderValue::from_str(&place.address().to_string()).unwrap();
    work.headers.insert(HOST, host);
    let sender = runtime.block_on(async {
        let stream = TcpStream::connect(place.address()).await.unwrap();
        stream.set_nodelay(true).unwrap();
        if place.is_tls() {
            let name = ServerName::from(place.address().ip());
            let tls = TlsConnector::from(Arc::new(place.trusting()));
            sender(tls.connect(name, stream).await.unwrap()).await
        } else {
            sender(stream).await
        }
    });
    Raw {
        work,
        sender: sender.into(),
    }
}

async fn sender<S>(stream: S) -> SendRequest<Full<Bytes>>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (sender, connection) = handshake(TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    sender
}

impl Calls for Raw {
    #[expect(clippy::await_holding_refcell_ref, reason = "one call after another")]
    async fn call(&self) {
        let mut sender = self.sender.borrow_mut();
        sender.ready().await.unwrap();
        let answer = sender.send_request(self.work.request().map(Full::new));
        let body = answer.await.unwrap().into_body().collect().await.unwrap();
        self.work.read(&body.to_bytes());
    }
}

/// hyper-util's client: a pool, and nothing else that we do.
pub(crate) struct HyperUtil {
    work: Work,
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
}

pub(crate) fn hyper_util(exchange: &'static Exchange, place: &Place) -> HyperUtil {
    let mut http = HttpConnector::new();
    http.enforce_http(false);
    http.set_nodelay(true);
    HyperUtil {
        work: Work::new(exchange, &place.origin),
        client: Client::builder(TokioExecutor::new())
            .build(HttpsConnector::from((http, place.trusting()))),
    }
}

impl Calls for HyperUtil {
    async fn call(&self) {
        let answer = self.client.request(self.work.request().map(Full::new));
        let body = answer.await.unwrap().into_body().collect().await.unwrap();
        self.work.read(&body.to_bytes());
    }
}

/// reqwest as it comes.
pub(crate) struct Reqwest {
    work: Work,
    client: reqwest::Client,
}

pub(crate) fn reqwest(exchange: &'static Exchange, place: &Place) -> Reqwest {
    let builder = reqwest::Client::builder().no_proxy();
    let builder = builder.tls_backend_preconfigured(place.trusting());
    let mut work = Work::new(exchange, &place.origin);
    work.origin.push_str(exchange.path);
    Reqwest {
        work,
        client: builder.build().unwrap(),
    }
}

impl Calls for Reqwest {
    async fn call(&self) {
        let request = self.client.post(&self.work.origin);
        let request = request.headers(self.work.headers.clone());
        let answer = request
            .body((self.work.exchange.body)())
            .send()
            .await
            .unwrap();
        self.work.read(&answer.bytes().await.unwrap());
    }
}
