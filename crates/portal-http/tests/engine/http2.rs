//! HTTP/2: what the server declares unprocessed, one handshake for many calls, and connections
//! that fall silent.

use std::sync::Arc;
use std::time::Duration;

use portal_core::{Delivery, Error, Idempotency, Kind, PortalProvider};
use portal_http::Client;
use tokio::task::JoinSet;

use crate::common::{ONCE, REPEATABLE, TestClock, client_with, makes_a_link, no_retries, request};
use crate::http2_host::{Http2Host, Reply};
use crate::tls::trusting;

fn client(idempotency: Idempotency, host: &Http2Host, clock: &TestClock) -> Client {
    let mut options = trusting(&host.authority);
    options.retry = no_retries().retry;
    client_with(idempotency, &host.url(), options, clock)
}

async fn fails(client: &Client) -> Error {
    client.create_link(&request()).await.unwrap_err()
}

#[tokio::test]
async fn a_request_above_the_last_id_of_goaway_goes_to_the_next_connection() {
    let host = Http2Host::start(|_, request| match request {
        3 => Reply::GoAwayBefore,
        _ => Reply::Link,
    })
    .await;
    let client = client(ONCE, &host, &TestClock::default());
    for _ in 0..10 {
        makes_a_link(&client).await;
    }
    assert_eq!((host.requests(), host.connections()), (13, 4));
}

#[tokio::test]
async fn many_calls_survive_a_server_that_says_goaway_every_few_requests() {
    let host = Http2Host::start(|_, request| match request {
        5 => Reply::GoAwayBefore,
        _ => Reply::Link,
    })
    .await;
    let client = Arc::new(client(ONCE, &host, &TestClock::default()));
    for _ in 0..10 {
        let mut calls = JoinSet::new();
        for _ in 0..8 {
            let client = client.clone();
            calls.spawn(async move { makes_a_link(&client).await });
        }
        calls.join_all().await;
    }
}

#[tokio::test]
async fn a_request_up_to_the_last_id_of_goaway_may_have_been_processed() {
    let host = Http2Host::start(|_, _| Reply::GoAwayAfter).await;
    let client = client(ONCE, &host, &TestClock::default());
    let error = fails(&client).await;
    assert_eq!(
        (error.kind(), error.delivery()),
        (Kind::Unavailable, Delivery::Unknown)
    );
    assert_eq!(host.requests(), 1);
}

#[tokio::test]
async fn a_refused_stream_goes_to_the_next_connection() {
    let host = Http2Host::start(|connection, _| match connection {
        0 => Reply::Refuse,
        _ => Reply::Link,
    })
    .await;
    let client = client(ONCE, &host, &TestClock::default());
    makes_a_link(&client).await;
    assert_eq!((host.requests(), host.connections()), (2, 2));
}

#[tokio::test]
async fn a_server_that_refuses_every_stream_has_processed_none() {
    let host = Http2Host::start(|_, _| Reply::Refuse).await;
    let client = client(ONCE, &host, &TestClock::default());
    let error = fails(&client).await;
    assert_eq!(
        (error.kind(), error.delivery()),
        (Kind::Unavailable, Delivery::NotSent)
    );
    assert!(error.message().contains("has not processed"), "{error}");
    assert_eq!(host.requests(), 4);
}

#[tokio::test]
async fn a_reused_connection_that_closes_fails_only_calls_that_must_not_be_repeated() {
    let rule = |connection, request| match (connection, request) {
        (0, 1) => Reply::Close,
        _ => Reply::Link,
    };
    let host = Http2Host::start(rule).await;
    let repeatable = client(REPEATABLE, &host, &TestClock::default());
    makes_a_link(&repeatable).await;
    makes_a_link(&repeatable).await;
    assert_eq!((host.requests(), host.connections()), (3, 2));

    let host = Http2Host::start(rule).await;
    let once = client(ONCE, &host, &TestClock::default());
    makes_a_link(&once).await;
    assert_eq!(fails(&once).await.delivery(), Delivery::Unknown);
    makes_a_link(&once).await;
}

#[tokio::test]
async fn first_calls_at_one_moment_share_one_handshake() {
    let host = Http2Host::start(|_, _| Reply::Link).await;
    let client = Arc::new(client(ONCE, &host, &TestClock::default()));
    let mut calls = JoinSet::new();
    for _ in 0..20 {
        let client = client.clone();
        calls.spawn(async move { makes_a_link(&client).await });
    }
    calls.join_all().await;
    assert_eq!((host.requests(), host.connections()), (20, 1));
}

#[tokio::test]
async fn a_connection_on_which_a_call_timed_out_is_not_used_again() {
    let host = Http2Host::start(|connection, request| match (connection, request) {
        (0, 1) => Reply::FallSilent,
        _ => Reply::Link,
    })
    .await;
    let clock = TestClock::default();
    let client = client(ONCE, &host, &clock);
    makes_a_link(&client).await;
    let (error, ()) = tokio::join!(fails(&client), async {
        host.silent().await;
        clock.advance(Duration::from_secs(30));
    });
    assert_eq!(
        (error.kind(), error.delivery()),
        (Kind::Timeout, Delivery::Unknown)
    );
    makes_a_link(&client).await;
    assert_eq!(host.connections(), 2);
}

#[tokio::test]
async fn a_repeatable_call_leaves_a_silent_connection_within_its_deadline() {
    let host = Http2Host::start(|connection, request| match (connection, request) {
        (0, 1) => Reply::FallSilent,
        _ => Reply::Link,
    })
    .await;
    let clock = TestClock::default();
    let options = trusting(&host.authority);
    let client = client_with(REPEATABLE, &host.url(), options, &clock);
    makes_a_link(&client).await;
    tokio::join!(makes_a_link(&client), async {
        host.silent().await;
        clock.advance(Duration::from_secs(10));
    });
    assert_eq!(host.connections(), 2);
}
