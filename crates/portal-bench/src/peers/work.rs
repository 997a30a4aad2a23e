use bytes::Bytes;
use http::header::HOST;
use http::{HeaderMap, HeaderValue, Request};

use crate::exchange::Exchange;
use crate::place::Place;

/// What all of them need.
pub(super) struct Work {
    exchange: &'static Exchange,
    base: String,
    headers: HeaderMap,
}

impl Work {
    pub(super) fn new(exchange: &'static Exchange, place: &Place) -> Self {
        Self {
            exchange,
            base: place.base(),
            headers: (exchange.headers)(),
        }
    }

    /// The same for who is connected already: the request's target is the path, as it goes on the wire of HTTP/1.
    pub(super) fn connected(exchange: &'static Exchange, place: &Place) -> Self {
        let mut work = Self::new(exchange, place);
        work.base = place.prefix.to_owned();
        let host = HeaderValue::from_str(&place.address().to_string()).unwrap();
        work.headers.insert(HOST, host);
        work
    }

    pub(super) fn request(&self) -> Request<Bytes> {
        self.exchange.by_hand(&self.headers, &self.base)
    }

    pub(super) fn url(&self) -> String {
        format!("{}{}", self.base, self.exchange.path)
    }

    pub(super) fn headers(&self) -> HeaderMap {
        self.headers.clone()
    }

    pub(super) fn body(&self) -> Vec<u8> {
        (self.exchange.body)()
    }

    pub(super) fn read(&self, body: &[u8]) {
        assert!((self.exchange.link)(body).starts_with("https://"));
    }
}
