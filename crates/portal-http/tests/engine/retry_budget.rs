//! Many callers against a provider that is down.

use std::future::{Future, pending, poll_fn, ready};
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, SystemTime};

use portal_core::{Kind, PortalLink, PortalProvider, Result, RetryBudget};
use portal_http::{Client, Clock, Options, Sleep, SleepReason};

use crate::common::{Example, KEY, REPEATABLE, credential, request};
use crate::scripted_host::{TestServer, reply};

const CALLERS: usize = 1_000;

/// A clock that stands still, so that everything is in one window; waits end at once.
#[derive(Debug)]
struct StoppedClock;

impl Clock for StoppedClock {
    fn date(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH
    }

    fn elapsed(&self) -> Duration {
        Duration::ZERO
    }

    fn sleep(&self, _: Duration, reason: SleepReason) -> Sleep {
        match reason {
            SleepReason::Timeout | SleepReason::IdleConnections => Box::pin(pending()),
            _ => Box::pin(ready(())),
        }
    }
}

fn client(server: &TestServer, budget: Option<RetryBudget>) -> Client {
    let mut options = Options::default();
    options.base_url = Some(server.url().parse().unwrap());
    options.retry.budget = budget;
    Client::with_clock(
        Example(REPEATABLE),
        credential(KEY),
        options,
        Arc::new(StoppedClock),
        || 0.5,
    )
    .unwrap()
}

type Caller = Pin<Box<dyn Future<Output = Result<PortalLink>> + Send>>;

/// Has every caller begin before any has an answer, and waits until all have failed.
async fn storm(clients: impl IntoIterator<Item = Arc<Client>>) {
    // Both ends of each connection are this process's.
    rlimit::increase_nofile_limit(4 * CALLERS as u64).unwrap();
    let mut calls: Vec<Caller> = Vec::new();
    for client in clients {
        calls.push(Box::pin(
            async move { client.create_link(&request()).await },
        ));
    }
    poll_fn(|context| {
        for call in &mut calls {
            assert!(call.as_mut().poll(context).is_pending());
        }
        Poll::Ready(())
    })
    .await;
    let calls: Vec<_> = calls.into_iter().map(tokio::spawn).collect();
    for call in calls {
        let error = call.await.unwrap().unwrap_err();
        assert_eq!(error.kind(), Kind::Unavailable);
    }
}

#[tokio::test]
async fn a_thousand_callers_add_a_fifth_to_the_load_of_a_failing_provider() {
    let server = TestServer::open(|_| reply("503 Service Unavailable", "")).await;
    let client = Arc::new(client(&server, Some(RetryBudget::default())));
    storm((0..CALLERS).map(|_| client.clone())).await;
    assert_eq!(server.requests(), CALLERS + CALLERS / 5);
}

#[tokio::test]
async fn clones_for_runtimes_share_one_budget() {
    let server = TestServer::open(|_| reply("503 Service Unavailable", "")).await;
    let client = client(&server, Some(RetryBudget::default()));
    let siblings: Vec<_> = (0..10)
        .map(|_| client.clone_for_runtime().unwrap().into())
        .collect();
    let callers = siblings.iter().cycle().take(100);
    storm(callers.cloned()).await;
    assert_eq!(server.requests(), 100 + 20);
}

#[tokio::test]
async fn a_lone_caller_is_repeated_out_of_the_floor() {
    let server = TestServer::open(|_| reply("503 Service Unavailable", "")).await;
    let client = client(&server, Some(RetryBudget::default()));
    for _ in 0..8 {
        client.create_link(&request()).await.unwrap_err();
    }
    // Five calls are made three times over; the sixth and those that follow once.
    assert_eq!(server.requests(), 8 + 10);
}

#[tokio::test]
async fn a_budget_that_is_off_limits_nothing() {
    let server = TestServer::open(|_| reply("503 Service Unavailable", "")).await;
    let client = Arc::new(client(&server, None));
    storm((0..100).map(|_| client.clone())).await;
    assert_eq!(server.requests(), 300);
}
