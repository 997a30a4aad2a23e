use super::work::Work;
use crate::Calls;
use crate::exchange::Exchange;
use crate::place::Place;

/// reqwest as it comes.
pub(crate) struct Reqwest {
    work: Work,
    url: String,
    client: reqwest::Client,
}

impl Reqwest {
    pub(crate) fn new(exchange: &'static Exchange, place: &Place) -> Self {
        let builder = reqwest::Client::builder().no_proxy();
        let builder = builder.tls_backend_preconfigured(place.trusting());
        let work = Work::new(exchange, place);
        Self {
            url: work.url(),
            work,
            client: builder.build().unwrap(),
        }
    }
}

impl Calls for Reqwest {
    async fn call(&self) {
        let request = self.client.post(&self.url).headers(self.work.headers());
        let answer = request.body(self.work.body()).send().await.unwrap();
        self.work.read(&answer.bytes().await.unwrap());
    }
}
