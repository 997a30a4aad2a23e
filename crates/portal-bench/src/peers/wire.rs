use std::cell::RefCell;
use std::io::{Read, Write};
use std::net::TcpStream;

use super::work::Work;
use crate::Calls;
use crate::exchange::Exchange;
use crate::place::Place;

/// The exchange's bytes and nothing else: made before, written to a blocking socket, and their answer's read.
pub(crate) struct Wire {
    request: Vec<u8>,
    /// What an answer ends with.
    answer: &'static str,
    held: RefCell<(TcpStream, Vec<u8>)>,
}

impl Wire {
    pub(crate) fn new(exchange: &'static Exchange, place: &Place) -> Self {
        assert!(!place.is_tls(), "the wire is plain");
        let stream = TcpStream::connect(place.address()).unwrap();
        stream.set_nodelay(true).unwrap();
        Self {
            request: bytes(&Work::connected(exchange, place)),
            answer: exchange.answer,
            held: RefCell::new((stream, vec![0; 4096])),
        }
    }
}

fn bytes(work: &Work) -> Vec<u8> {
    let (parts, body) = work.request().into_parts();
    let mut bytes = format!("{} {} HTTP/1.1\r\n", parts.method, parts.uri).into_bytes();
    for (name, value) in &parts.headers {
        bytes.extend_from_slice(name.as_str().as_bytes());
        bytes.extend_from_slice(b": ");
        bytes.extend_from_slice(value.as_bytes());
        bytes.extend_from_slice(b"\r\n");
    }
    let end = format!("content-length: {}\r\n\r\n", body.len());
    bytes.extend_from_slice(end.as_bytes());
    bytes.extend_from_slice(&body);
    bytes
}

impl Calls for Wire {
    async fn call(&self) {
        let (stream, buffer) = &mut *self.held.borrow_mut();
        stream.write_all(&self.request).unwrap();
        let mut filled = 0;
        while !buffer[..filled].ends_with(self.answer.as_bytes()) {
            let more = stream.read(&mut buffer[filled..]).unwrap();
            assert!(more > 0, "the answer ended early");
            filled += more;
        }
    }
}
