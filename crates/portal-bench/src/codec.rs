//! What the adapters do by themselves: no engine, no wire.

use http::{HeaderMap, HeaderValue, StatusCode, header};
use portal_core::{Answer, Redactor, link_call};

use crate::exchange::Exchange;
use crate::measured;

/// Plans and encodes a request.
pub(crate) fn encode(exchange: &Exchange, count: usize) {
    let (adapter, request) = ((exchange.adapter)(), (exchange.request)());
    measured(&mut || {
        for _ in 0..count {
            let call = link_call(&*adapter, &request).unwrap();
            assert!(!call.request().body().is_empty());
        }
    });
}

/// Reads an answer.
pub(crate) fn decode(exchange: &Exchange, count: usize) {
    let (adapter, request) = ((exchange.adapter)(), (exchange.request)());
    let call = link_call(&*adapter, &request).unwrap();
    let json = HeaderValue::from_static("application/json");
    let headers = HeaderMap::from_iter([(header::CONTENT_TYPE, json)]);
    let base = "https://api.example.com".parse().unwrap();
    let redactor = Redactor::new(&[]);
    let answer = Answer {
        status: StatusCode::OK,
        headers: &headers,
        body: exchange.answer.as_bytes(),
        base: &base,
        redactor: &redactor,
    };
    measured(&mut || {
        for _ in 0..count {
            let link = call.decode(&answer).unwrap();
            assert!(link.url().expose().starts_with("https://"));
        }
    });
}
