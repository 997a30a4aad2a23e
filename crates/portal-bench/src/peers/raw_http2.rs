use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http2::{SendRequest, handshake};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::runtime::Runtime;

use super::work::Work;
use crate::Calls;
use crate::exchange::Exchange;
use crate::place::{Place, Stream};

/// One connection of hyper's that speaks HTTP/2, and holds any number of calls.
pub(crate) struct RawHttp2 {
    work: Work,
    sender: SendRequest<Full<Bytes>>,
}

impl RawHttp2 {
    pub(crate) fn new(runtime: &Runtime, exchange: &'static Exchange, place: &Place) -> Self {
        let sender = runtime.block_on(async {
            let Stream::Tls(stream) = place.connect().await else {
                panic!("HTTP/2 is spoken over TLS");
            };
            let stream = TokioIo::new(*stream);
            let (sender, connection) = handshake(TokioExecutor::new(), stream).await.unwrap();
            tokio::spawn(connection);
            sender
        });
        Self {
            work: Work::new(exchange, place),
            sender,
        }
    }
}

impl Calls for RawHttp2 {
    async fn call(&self) {
        let mut sender = self.sender.clone();
        sender.ready().await.unwrap();
        let answer = sender.send_request(self.work.request().map(Full::new));
        let body = answer.await.unwrap().into_body().collect().await.unwrap();
        self.work.read(&body.to_bytes());
    }
}
