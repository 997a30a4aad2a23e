//! Connections between calls: how long they are kept, and what happens when a server closes or
//! silences one.

use std::sync::Arc;
use std::time::Duration;

use portal_core::{Delivery, Error, Kind, PortalProvider};
use portal_http::{Client, SystemClock};
use portal_testkit::{Authority, TlsFront, Validity};

use crate::common::{
    Example, KEY, LINK, ONCE, REPEATABLE, Step, TestClock, answer, client_with, credential, link,
    makes_a_link, no_retries, request, scripted,
};
use crate::scripted_host::{TestServer, reply_link};
use crate::tls::trusting;

#[tokio::test]
async fn a_repeatable_call_on_a_connection_that_closes_unannounced_takes_a_fresh_one() {
    for closes in [Step::Close, Step::Reset] {
        let (client, server, _) = scripted(REPEATABLE, [link(), closes, link()]).await;
        makes_a_link(&client).await;
        makes_a_link(&client).await;
        assert_eq!((server.connections(), server.requests().len()), (2, 3));
    }
}

#[tokio::test]
async fn a_fresh_connection_that_closes_is_no_reason_to_send_again() {
    let (client, server, _) = scripted(REPEATABLE, [Step::Close, link()]).await;
    client.create_link(&request()).await.unwrap_err();
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_call_that_must_not_be_repeated_is_lost_with_its_connection() {
    let (client, server, _) = scripted(ONCE, [link(), Step::Close, link()]).await;
    makes_a_link(&client).await;
    let error = client.create_link(&request()).await.unwrap_err();
    assert_eq!(error.delivery(), Delivery::Unknown);
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn an_answer_that_has_begun_is_no_reason_to_send_again() {
    let begun = Step::AnswerAndClose("HTTP/1.1 200 OK\r\ncontent-".into());
    let (client, server, _) = scripted(REPEATABLE, [link(), begun, link()]).await;
    makes_a_link(&client).await;
    client.create_link(&request()).await.unwrap_err();
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn a_host_that_closed_two_reused_connections_in_a_row_gets_a_new_one_for_each_call() {
    let script = [link(), Step::Close, link(), Step::Close];
    let script = script.into_iter().chain(vec![link(); 5]);
    let (client, server, clock) = scripted(REPEATABLE, script).await;
    makes_a_link(&client).await;
    makes_a_link(&client).await;
    makes_a_link(&client).await;
    assert_eq!(server.connections(), 3);
    for opened in [4, 5] {
        makes_a_link(&client).await;
        assert_eq!(server.connections(), opened);
    }
    clock.advance(Duration::from_secs(60));
    makes_a_link(&client).await;
    makes_a_link(&client).await;
    assert_eq!(server.connections(), 6);
}

#[tokio::test]
async fn idle_connections_are_closed_by_the_client_without_a_call() {
    let clock = TestClock::default();
    let server = TestServer::open(|_| reply_link()).await;
    let client = client_with(ONCE, &server.url(), no_retries(), &clock);
    makes_a_link(&client).await;
    clock.advance(Duration::from_secs(89));
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    assert_eq!(server.connections(), 1);
    while server.connections() > 0 {
        clock.advance(Duration::from_secs(15));
        tokio::task::yield_now().await;
    }
    makes_a_link(&client).await;
}

#[tokio::test]
async fn no_connection_is_kept_with_an_idle_timeout_of_zero() {
    let server = TestServer::open(|_| reply_link()).await;
    let mut options = no_retries();
    options.idle_timeout = Duration::ZERO;
    let client = client_with(ONCE, &server.url(), options, &TestClock::default());
    makes_a_link(&client).await;
    while server.connections() > 0 {
        tokio::task::yield_now().await;
    }
    makes_a_link(&client).await;
}

#[tokio::test]
async fn a_connection_is_kept_no_longer_than_the_server_announces() {
    let brief = answer(
        "200 OK",
        "keep-alive: max=100, timeout=5\r\n",
        &format!(r#"{{"url":"{LINK}"}}"#),
    );
    let (client, server, clock) = scripted(ONCE, [brief.clone(), brief, link()]).await;
    makes_a_link(&client).await;
    clock.advance(Duration::from_millis(3_999));
    makes_a_link(&client).await;
    assert_eq!(server.connections(), 1);
    clock.advance(Duration::from_secs(4));
    makes_a_link(&client).await;
    assert_eq!(server.connections(), 2);
}

#[tokio::test]
async fn a_link_after_warm_up_needs_no_connection_of_its_own() {
    let (client, server, _) = scripted(ONCE, [link(), link()]).await;
    client.warm_up().await.unwrap();
    client.warm_up().await.unwrap();
    makes_a_link(&client).await;
    makes_a_link(&client).await;
    assert_eq!((server.connections(), server.requests().len()), (1, 2));
}

#[tokio::test]
async fn warming_up_towards_a_host_without_a_server_is_unavailable_and_nothing_was_sent() {
    let client = client_with(
        ONCE,
        "http://127.0.0.1:1",
        no_retries(),
        &TestClock::default(),
    );
    let error = client.warm_up().await.unwrap_err();
    assert_eq!(
        (error.kind(), error.delivery()),
        (Kind::Unavailable, Delivery::NotSent)
    );
    assert_eq!(error.operation(), Some("warm_up"));
}

#[tokio::test]
async fn first_calls_at_one_moment_wait_for_no_http_1_connection_but_the_first() {
    let clock = TestClock::default();
    let server = TestServer::open(|_| reply_link()).await;
    let authority = Authority::new("ours");
    let config = authority.certificate("127.0.0.1", Validity::Now).config();
    let front = TlsFront::start(config, server.address).await;
    let base = format!("https://{}", front.address);
    let client = client_with(ONCE, &base, trusting(&authority), &clock);
    tokio::join!(
        makes_a_link(&client),
        makes_a_link(&client),
        makes_a_link(&client)
    );
    assert_eq!(server.requests(), 3);
}

#[tokio::test]
async fn a_failed_first_handshake_holds_no_other_call_up() {
    let server = TestServer::open(|_| reply_link()).await;
    let authority = Authority::new("another");
    let config = authority.certificate("127.0.0.1", Validity::Now).config();
    let front = TlsFront::start(config, server.address).await;
    let base = format!("https://{}", front.address);
    let client = client_with(ONCE, &base, no_retries(), &TestClock::default());
    let request = request();
    let call = || async { client.create_link(&request).await.unwrap_err().delivery() };
    let (a, b, c) = tokio::join!(call(), call(), call());
    assert_eq!([a, b, c], [Delivery::NotSent; 3]);
}

/// Where a relay has silenced all connections of its time, one lost call is enough.
#[tokio::test]
async fn a_call_that_timed_out_takes_the_idle_connections_of_its_time_with_it() {
    let (client, server, clock) = scripted(
        ONCE,
        [link(), link(), Step::Hang(Duration::from_secs(30)), link()],
    )
    .await;
    tokio::join!(makes_a_link(&client), makes_a_link(&client));
    clock.advance(Duration::from_secs(1));
    let error = client.create_link(&request()).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Timeout);
    makes_a_link(&client).await;
    assert_eq!(server.connections(), 3);
}

/// Runs against the machine's clock: what floods must be stopped by its amount, not by a timeout.
async fn floods(head: &'static str, endless: &'static str) -> Error {
    let answer = format!("{head}{}", endless.repeat(4 * 1024 * 1024 / endless.len()));
    let server = TestServer::open(move |_| answer.clone()).await;
    let mut options = no_retries();
    options.base_url = Some(server.url().parse().unwrap());
    options.timeout = Duration::from_secs(600);
    let clock = Arc::new(SystemClock::default());
    let client =
        Client::with_clock(Example(ONCE), credential(KEY), options, clock, || 0.5).unwrap();
    client.create_link(&request()).await.unwrap_err()
}

#[tokio::test]
async fn an_answer_that_does_not_end_is_a_protocol_error() {
    for (head, endless) in [
        ("", "HTTP/1.1 100 Continue\r\n\r\n"),
        ("", "HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n"),
        ("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", "0"),
        (
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n",
            "1\r\n \r\n",
        ),
    ] {
        let error = floods(head, endless).await;
        assert_eq!(error.kind(), Kind::Protocol, "{endless:?}: {error}");
        assert_eq!(error.delivery(), Delivery::Answered);
    }
}

#[tokio::test]
async fn more_than_100_headers_are_a_protocol_error_and_no_lost_connection() {
    let headers: String = (0..101).map(|n| format!("x-{n}: y\r\n")).collect();
    let (client, ..) = scripted(ONCE, [answer("200 OK", &headers, "{}")]).await;
    let error = client.create_link(&request()).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.delivery()),
        (Kind::Protocol, Delivery::Answered)
    );
    assert!(error.message().contains("100 headers"), "{error}");
}
