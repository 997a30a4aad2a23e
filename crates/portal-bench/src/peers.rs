//! Other clients that create the same link: they send the same headers, and use serde_json both ways.

use std::cell::RefCell;
use std::io::{Read, Write};

use bytes::Bytes;
use http::header::HOST;
use http::{HeaderMap, HeaderValue, Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::{http1, http2};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use tokio::runtime::Runtime;

use crate::clients::LinkClient;
use crate::endpoint::Endpoint;
use crate::scenario::Scenario;

/// The request that every peer sends.
struct Template {
    scenario: &'static Scenario,
    base: String,
    headers: HeaderMap,
}

impl Template {
    fn new(scenario: &'static Scenario, endpoint: &Endpoint) -> Self {
        Self {
            scenario,
            base: endpoint.base(),
            headers: (scenario.headers)(),
        }
    }

    /// For an HTTP/1 connection, whose request target is the path alone.
    fn http1(scenario: &'static Scenario, endpoint: &Endpoint) -> Self {
        let mut template = Self::new(scenario, endpoint);
        template.base = endpoint.prefix.to_owned();
        let host = HeaderValue::from_str(&endpoint.address().to_string()).unwrap();
        template.headers.insert(HOST, host);
        template
    }

    fn request(&self) -> Request<Full<Bytes>> {
        let mut request = Request::post(format!("{}{}", self.base, self.scenario.path));
        let headers = self
            .headers
            .iter()
            .map(|(name, value)| (name.clone(), value.clone()));
        request.headers_mut().unwrap().extend(headers);
        request
            .body(Full::new((self.scenario.encode)().into()))
            .unwrap()
    }

    fn check(&self, body: &[u8]) {
        assert!((self.scenario.decode)(body).starts_with("https://"));
    }
}

/// A client of hyper's: `send` is how it exchanges a request for a response.
pub(crate) struct HyperClient<F> {
    template: Template,
    send: F,
}

impl<F> LinkClient for HyperClient<F>
where
    F: AsyncFn(Request<Full<Bytes>>) -> Response<Incoming>,
{
    async fn create_link(&self) {
        let response = (self.send)(self.template.request()).await;
        let body = response.into_body().collect().await.unwrap();
        self.template.check(&body.to_bytes());
    }
}

/// One HTTP/1 connection without pool, rate limit or timeout: the minimum of async Rust.
#[expect(clippy::await_holding_refcell_ref, reason = "calls are sequential")]
pub(crate) fn raw_http1(
    runtime: &Runtime,
    scenario: &'static Scenario,
    endpoint: &Endpoint,
) -> impl LinkClient + use<> {
    let sender = runtime.block_on(async {
        let stream = endpoint.connect().await;
        let (sender, connection) = http1::handshake(stream).await.unwrap();
        tokio::spawn(connection);
        RefCell::new(sender)
    });
    HyperClient {
        template: Template::http1(scenario, endpoint),
        send: async move |request| {
            let mut sender = sender.borrow_mut();
            sender.ready().await.unwrap();
            sender.send_request(request).await.unwrap()
        },
    }
}

/// One HTTP/2 connection, which all calls share.
pub(crate) fn raw_http2(
    runtime: &Runtime,
    scenario: &'static Scenario,
    endpoint: &Endpoint,
) -> impl LinkClient + use<> {
    let sender = runtime.block_on(async {
        let stream = endpoint.connect().await;
        let handshake = http2::handshake(TokioExecutor::new(), stream);
        let (sender, connection) = handshake.await.unwrap();
        tokio::spawn(connection);
        sender
    });
    HyperClient {
        template: Template::new(scenario, endpoint),
        send: async move |request| {
            let mut sender = sender.clone();
            sender.ready().await.unwrap();
            sender.send_request(request).await.unwrap()
        },
    }
}

/// hyper-util's client with its connection pool.
pub(crate) fn hyper_util(
    scenario: &'static Scenario,
    endpoint: &Endpoint,
) -> impl LinkClient + use<> {
    let client = Client::builder(TokioExecutor::new()).build(endpoint.connector());
    HyperClient {
        template: Template::new(scenario, endpoint),
        send: async move |request| client.request(request).await.unwrap(),
    }
}

/// reqwest with its default settings.
pub(crate) struct Reqwest {
    template: Template,
    url: String,
    client: reqwest::Client,
}

impl Reqwest {
    pub(crate) fn new(scenario: &'static Scenario, endpoint: &Endpoint) -> Self {
        let builder = reqwest::Client::builder()
            .no_proxy()
            .tls_backend_preconfigured(endpoint.tls.clone());
        Self {
            template: Template::new(scenario, endpoint),
            url: format!("{}{}", endpoint.base(), scenario.path),
            client: builder.build().unwrap(),
        }
    }
}

impl LinkClient for Reqwest {
    async fn create_link(&self) {
        let request = self.client.post(&self.url);
        let request = request.headers(self.template.headers.clone());
        let request = request.body((self.template.scenario.encode)());
        let response = request.send().await.unwrap();
        self.template.check(&response.bytes().await.unwrap());
    }
}

/// A blocking socket that writes the request's bytes, encoded beforehand, and reads the response's.
pub(crate) struct Socket {
    request: Vec<u8>,
    response: &'static str,
    stream: RefCell<(std::net::TcpStream, Vec<u8>)>,
}

impl Socket {
    pub(crate) fn new(scenario: &'static Scenario, endpoint: &Endpoint) -> Self {
        assert!(!endpoint.is_tls(), "the blocking socket has no TLS");
        let stream = std::net::TcpStream::connect(endpoint.address()).unwrap();
        stream.set_nodelay(true).unwrap();
        let template = Template::http1(scenario, endpoint);
        let mut request = format!("POST {}{} HTTP/1.1\r\n", template.base, scenario.path);
        for (name, value) in &template.headers {
            request += &format!("{name}: {}\r\n", value.to_str().unwrap());
        }
        let body = String::from_utf8((scenario.encode)()).unwrap();
        request += &format!("content-length: {}\r\n\r\n{body}", body.len());
        Self {
            request: request.into(),
            response: scenario.response,
            stream: RefCell::new((stream, vec![0; 4096])),
        }
    }
}

impl LinkClient for Socket {
    async fn create_link(&self) {
        let (stream, buffer) = &mut *self.stream.borrow_mut();
        stream.write_all(&self.request).unwrap();
        let mut filled = 0;
        while !buffer[..filled].ends_with(self.response.as_bytes()) {
            let count = stream.read(&mut buffer[filled..]).unwrap();
            assert!(count > 0, "the response ended early");
            filled += count;
        }
    }
}
