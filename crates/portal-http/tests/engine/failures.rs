//! The engine's errors when the network or the provider misbehaves.

use std::time::Duration;

use crate::common::{
    KEY, LINK, ONCE, REPEATABLE, Server, Step, TestClock, answer, client, link, request,
};
use portal_core::{Delivery, Error, Idempotency, Kind, PortalProvider};
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;

async fn fails(
    idempotency: Idempotency,
    script: impl IntoIterator<Item = Step>,
) -> (Error, Server) {
    let clock = TestClock::default();
    let server = Server::start(&clock, script).await;
    let error = client(idempotency, &format!("http://{}", server.address), &clock)
        .create_link(&request())
        .await
        .unwrap_err();
    let output = format!(
        "{error:?} {error} {:?}",
        std::error::Error::source(&error).map(ToString::to_string)
    );
    assert!(
        !output.contains(KEY) && !output.contains(LINK) && !output.contains("/v1/links"),
        "{output}"
    );
    (error, server)
}

#[tokio::test]
async fn a_refused_connection_sent_nothing_and_is_tried_again() {
    let address = TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap();
    let clock = TestClock::default();
    let error = client(ONCE, &format!("http://{address}"), &clock)
        .create_link(&request())
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.delivery(), error.attempts()),
        (Kind::Unavailable, Delivery::NotSent, 3)
    );
    assert_eq!(error.message(), format!("no connection to `{address}`"));
}

#[tokio::test]
async fn a_connection_closed_after_the_request_may_have_been_acted_upon() {
    let (error, server) = fails(ONCE, [Step::Close]).await;
    assert_eq!(
        (error.kind(), error.delivery(), error.attempts()),
        (Kind::Unavailable, Delivery::Unknown, 1)
    );
    assert_eq!(server.requests().len(), 1);
    let (error, server) = fails(REPEATABLE, [Step::Close, Step::Close, Step::Close]).await;
    assert_eq!(
        (error.delivery(), error.attempts(), server.requests().len()),
        (Delivery::Unknown, 3, 3)
    );
}

#[tokio::test]
async fn an_answer_that_breaks_off_may_have_been_acted_upon() {
    let (error, _) = fails(
        ONCE,
        [Step::AnswerAndClose(
            "HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{\"url\":".into(),
        )],
    )
    .await;
    assert_eq!(
        (error.kind(), error.delivery()),
        (Kind::Unavailable, Delivery::Unknown)
    );
}

#[tokio::test]
async fn a_call_that_is_safe_to_repeat_gives_each_attempt_its_share_of_the_time() {
    let clock = TestClock::default();
    let server = Server::start(&clock, [Step::Hang(Duration::from_secs(10)), link()]).await;
    let client = client(REPEATABLE, &format!("http://{}", server.address), &clock);
    assert!(client.create_link(&request()).await.is_ok());
    server.disconnect.notified().await;
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn a_call_that_is_not_repeated_may_take_the_whole_timeout() {
    let (error, server) = fails(ONCE, [Step::Hang(Duration::from_secs(30))]).await;
    assert_eq!(
        (error.kind(), error.delivery(), error.attempts()),
        (Kind::Timeout, Delivery::Unknown, 1)
    );
    server.disconnect.notified().await;
}

#[tokio::test]
async fn the_whole_call_ends_at_its_deadline() {
    let hang = || Step::Hang(Duration::from_secs(10));
    let (error, _) = fails(REPEATABLE, [hang(), hang(), hang()]).await;
    // 10 s, a pause of 0.1 s, 10 s, a pause of 0.2 s, and the 9.7 s that are left of 30.
    assert_eq!((error.kind(), error.attempts()), (Kind::Timeout, 3));
    let (error, _) = fails(REPEATABLE, [hang(), Step::Hang(Duration::from_secs(20))]).await;
    assert_eq!((error.kind(), error.attempts()), (Kind::Timeout, 2));
}

#[tokio::test]
async fn a_connection_that_is_never_made_sent_nothing() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let clock = TestClock::default();
    let turn = clock.clone();
    tokio::spawn(async move {
        // Reads the TLS greeting and never greets back: three attempts, each until its time is up.
        let mut held = Vec::new();
        while let Ok((mut stream, _)) = listener.accept().await {
            stream.read_u8().await.unwrap();
            held.push(stream);
            turn.advance(Duration::from_secs(10));
        }
    });
    let error = client(REPEATABLE, &format!("https://{address}"), &clock)
        .create_link(&request())
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.delivery(), error.attempts()),
        (Kind::Timeout, Delivery::NotSent, 3)
    );
}

#[tokio::test]
async fn a_server_that_does_not_speak_tls_got_nothing() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            stream.readable().await.unwrap();
            stream
                .try_write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
                .unwrap();
        }
    });
    let clock = TestClock::default();
    let error = client(ONCE, &format!("https://{address}"), &clock)
        .create_link(&request())
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.delivery()),
        (Kind::Unavailable, Delivery::NotSent)
    );
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let clock = TestClock::default();
    let elsewhere = Server::start(&clock, [link()]).await;
    for status in [
        "301 Moved Permanently",
        "302 Found",
        "303 See Other",
        "307 Temporary Redirect",
        "308 Permanent Redirect",
    ] {
        let location = format!("location: http://{}/canary\r\n", elsewhere.address);
        let (error, server) = fails(REPEATABLE, [answer(status, &location, "")]).await;
        assert_eq!(
            (error.kind(), error.delivery()),
            (Kind::Protocol, Delivery::Answered),
            "{status}"
        );
        assert_eq!(server.requests().len(), 1);
    }
    assert_eq!(elsewhere.connections(), 0);
}

#[tokio::test]
async fn an_answer_over_one_mebibyte_is_cut_off() {
    let (error, server) = fails(
        REPEATABLE,
        [answer("200 OK", "", &" ".repeat(1024 * 1024 + 1))],
    )
    .await;
    assert_eq!(
        (error.kind(), error.delivery(), server.requests().len()),
        (Kind::Protocol, Delivery::Answered, 1)
    );
    let body = format!("{{\"url\":\"{LINK}\"}}");
    let padded = format!("{}{body}", " ".repeat(1024 * 1024 - body.len()));
    let clock = TestClock::default();
    let server = Server::start(&clock, [answer("200 OK", "", &padded)]).await;
    assert!(
        client(ONCE, &format!("http://{}", server.address), &clock)
            .create_link(&request())
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn an_answer_that_does_not_read_is_a_protocol_error() {
    for body in ["", "{", "<html></html>", "[]", "{\"url\":1}"] {
        let (error, server) = fails(
            REPEATABLE,
            [answer("200 OK", "content-type: application/json\r\n", body)],
        )
        .await;
        assert_eq!(
            (error.kind(), error.delivery()),
            (Kind::Protocol, Delivery::Answered),
            "{body}"
        );
        assert_eq!(server.requests().len(), 1);
    }
}

#[tokio::test]
async fn an_answer_that_is_not_http_may_have_been_acted_upon() {
    let (error, _) = fails(ONCE, [Step::AnswerAndClose("nonsense\r\n\r\n".into())]).await;
    assert_eq!(
        (error.kind(), error.delivery()),
        (Kind::Unavailable, Delivery::Unknown)
    );
}

#[tokio::test]
async fn a_call_that_is_dropped_leaves_its_connection() {
    let clock = TestClock::default();
    let server = Server::start(&clock, [Step::Hang(Duration::ZERO)]).await;
    let client = client(ONCE, &format!("http://{}", server.address), &clock);
    let request = request();
    let mut call = client.create_link(&request);
    tokio::select! {
        biased;
        _ = &mut call => unreachable!("the server never answers"),
        () = until(|| server.requests().len() == 1) => {}
    }
    drop(call);
    server.disconnect.notified().await;
}

async fn until(mut done: impl FnMut() -> bool) {
    while !done() {
        tokio::task::yield_now().await;
    }
}
