use std::cell::RefCell;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use tokio::runtime::Runtime;

use super::work::Work;
use crate::Calls;
use crate::exchange::Exchange;
use crate::place::{Place, Stream};

/// One connection of hyper's, without pool, limit or time: the least that async Rust does.
pub(crate) struct Raw {
    work: Work,
    sender: RefCell<SendRequest<Full<Bytes>>>,
}

impl Raw {
    pub(crate) fn new(runtime: &Runtime, exchange: &'static Exchange, place: &Place) -> Self {
        let sender = runtime.block_on(async {
            match place.connect().await {
                Stream::Plain(stream) => sender(stream).await,
                Stream::Tls(stream) => sender(*stream).await,
            }
        });
        Self {
            work: Work::connected(exchange, place),
            sender: sender.into(),
        }
    }
}

async fn sender<S>(stream: S) -> SendRequest<Full<Bytes>>
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
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
