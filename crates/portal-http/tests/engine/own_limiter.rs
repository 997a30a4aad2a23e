//! A rate limiter that an application brings, such as one that several processes share.

use std::future::pending;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use portal_core::{Delivery, Error, Kind, PortalProvider, Result};
use portal_http::{Options, PermitId, PermitRequest, RateLimiter};
use tokio::task::yield_now;

use crate::common::{
    ONCE, REPEATABLE, Server, TestClock, answer, client, client_with, link, request,
};

/// Grants no permit, ever.
#[derive(Debug)]
struct Stuck;

#[async_trait]
impl RateLimiter for Stuck {
    fn try_acquire(&self, _: &PermitRequest) -> Option<PermitId> {
        None
    }

    async fn acquire(&self, _: &PermitRequest) -> Result<PermitId> {
        pending().await
    }

    fn settle(&self, _: PermitId) {}
}

/// Grants each permit after a wait, and records what happens to it.
#[derive(Debug, Default)]
struct Recording(Mutex<Vec<String>>);

impl Recording {
    fn record(&self, what: &str, permit: u64) {
        self.0.lock().unwrap().push(format!("{what} {permit}"));
    }
}

#[async_trait]
impl RateLimiter for Recording {
    fn try_acquire(&self, _: &PermitRequest) -> Option<PermitId> {
        None
    }

    async fn acquire(&self, request: &PermitRequest) -> Result<PermitId> {
        yield_now().await;
        assert_eq!(request.provider, "example");
        let permit = self.0.lock().unwrap().len() as u64;
        self.record("granted", permit);
        Ok(PermitId(permit))
    }

    fn settle(&self, permit: PermitId) {
        self.record("settled", permit.0);
    }
}

/// Refuses each request, for example because what the processes share cannot be reached.
#[derive(Debug)]
struct Broken;

#[async_trait]
impl RateLimiter for Broken {
    fn try_acquire(&self, _: &PermitRequest) -> Option<PermitId> {
        None
    }

    async fn acquire(&self, _: &PermitRequest) -> Result<PermitId> {
        Err(Error::not_sent(
            Kind::Unavailable,
            "the shared limit cannot be reached",
        ))
    }

    fn settle(&self, _: PermitId) {}
}

#[tokio::test]
async fn each_attempt_takes_a_permit_and_settles_it_once() {
    let clock = TestClock::default();
    let server = Server::start(&clock, [answer("503 Service Unavailable", "", ""), link()]).await;
    let limiter = Arc::new(Recording::default());
    let base = format!("http://{}", server.address);
    let client = client(REPEATABLE, &base, &clock).with_rate_limiter(limiter.clone());
    client.create_link(&request()).await.unwrap();
    let events = limiter.0.lock().unwrap();
    assert_eq!(
        *events,
        ["granted 0", "settled 0", "granted 2", "settled 2"]
    );
}

#[tokio::test]
async fn a_limiter_that_grants_no_permit_cannot_hold_a_call_past_its_deadline() {
    let clock = TestClock::default();
    let server = Server::start(&clock, []).await;
    let base = format!("http://{}", server.address);
    let mut options = Options::default();
    options.timeout = Duration::from_secs(5);
    let client = client_with(ONCE, &base, options, &clock).with_rate_limiter(Arc::new(Stuck));
    let call = tokio::spawn(async move { client.create_link(&request()).await });
    yield_now().await;
    clock.advance(Duration::from_millis(4_999));
    yield_now().await;
    assert!(!call.is_finished());
    clock.advance(Duration::from_millis(1));
    let error = call.await.unwrap().unwrap_err();
    assert_eq!(
        (error.kind(), error.delivery()),
        (Kind::RateLimited, Delivery::NotSent)
    );
    assert_eq!((error.provider(), error.attempts()), (Some("example"), 0));
    assert!(error.hint().is_some());
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn a_limiters_error_ends_the_call_with_nothing_sent() {
    let clock = TestClock::default();
    let server = Server::start(&clock, []).await;
    let base = format!("http://{}", server.address);
    let client = client(REPEATABLE, &base, &clock).with_rate_limiter(Arc::new(Broken));
    let error = client.create_link(&request()).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.delivery()),
        (Kind::Unavailable, Delivery::NotSent)
    );
    assert_eq!(
        (error.provider(), error.operation()),
        (Some("example"), Some("create_link"))
    );
    assert_eq!(server.connections(), 0);
}
