use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

use super::work::Work;
use crate::Calls;
use crate::exchange::Exchange;
use crate::place::Place;

/// hyper-util's client: a pool, and nothing else that we do.
pub(crate) struct HyperUtil {
    work: Work,
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
}

impl HyperUtil {
    pub(crate) fn new(exchange: &'static Exchange, place: &Place) -> Self {
        let mut http = HttpConnector::new();
        http.enforce_http(false);
        http.set_nodelay(true);
        Self {
            work: Work::new(exchange, place),
            client: Client::builder(TokioExecutor::new())
                .build(HttpsConnector::from((http, place.trusting()))),
        }
    }
}

impl Calls for HyperUtil {
    async fn call(&self) {
        let answer = self.client.request(self.work.request().map(Full::new));
        let body = answer.await.unwrap().into_body().collect().await.unwrap();
        self.work.read(&body.to_bytes());
    }
}
