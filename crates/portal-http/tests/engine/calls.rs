//! What the engine does when things go well, and when it may try again.

use std::time::Duration;

use crate::common::{
    KEY, LINK, ONCE, REPEATABLE, Server, Step, TestClock, answer, client, client_with, link,
    request,
};
use portal_core::{Delivery, Error, Idempotency, Kind, PortalProvider, ReturnOrigins};
use portal_http::Options;

async fn run(
    idempotency: Idempotency,
    script: impl IntoIterator<Item = Step>,
) -> (Result<String, Error>, Server, TestClock) {
    let clock = TestClock::default();
    let server = Server::start(&clock, script).await;
    let client = client(
        idempotency,
        &format!("http://{}/base/", server.address),
        &clock,
    );
    let link = client.create_link(&request()).await;
    (
        link.map(|link| link.url().expose().to_owned()),
        server,
        clock,
    )
}

#[tokio::test]
async fn a_call_is_one_request_with_key_body_and_user_agent() {
    let (link, server, _) = run(ONCE, [link()]).await;
    assert_eq!(link.unwrap(), LINK);
    let requests = server.requests();
    assert_eq!(requests.len(), 1);
    let (head, body) = requests[0].split_once("\r\n\r\n").unwrap();
    assert!(
        head.starts_with("POST /base/v1/links?x=1 HTTP/1.1\r\n"),
        "{head}"
    );
    for line in [
        "content-type: application/json",
        "content-length: 7",
        &format!("x-key: {KEY}"),
        &format!("host: {}", server.address),
    ] {
        assert!(head.lines().any(|of| of == line), "{line} in {head}");
    }
    assert!(
        head.contains(concat!("user-agent: portal/", env!("CARGO_PKG_VERSION"))),
        "{head}"
    );
    assert!(!head.contains("referer"), "{head}");
    assert_eq!(body, "{\"a\":1}");
}

#[tokio::test]
async fn calls_share_a_connection() {
    let clock = TestClock::default();
    let server = Server::start(&clock, [link(), link(), link()]).await;
    let client = client(ONCE, &format!("http://{}", server.address), &clock);
    for _ in 0..3 {
        client.create_link(&request()).await.unwrap();
    }
    assert_eq!((server.requests().len(), server.connections()), (3, 1));
}

#[tokio::test]
async fn a_429_is_repeated_after_the_seconds_that_the_provider_asks_for() {
    let (link, server, clock) = run(
        ONCE,
        [
            answer("429 Too Many Requests", "retry-after: 7\r\n", ""),
            link(),
        ],
    )
    .await;
    assert_eq!(link.unwrap(), LINK);
    assert_eq!(
        (server.requests().len(), clock.waits()),
        (2, vec![Duration::from_secs(7)])
    );
}

#[tokio::test]
async fn retry_after_may_be_a_date() {
    let date = "retry-after: Thu, 01 Jan 1970 00:00:09 GMT\r\n";
    let (link, _, clock) = run(
        REPEATABLE,
        [answer("503 Service Unavailable", date, ""), link()],
    )
    .await;
    assert_eq!(link.unwrap(), LINK);
    assert_eq!(clock.waits(), [Duration::from_secs(9)]);
}

#[tokio::test]
async fn a_retry_after_beyond_the_deadline_fails_at_once() {
    let (link, server, clock) = run(
        ONCE,
        [answer("429 Too Many Requests", "retry-after: 30\r\n", "")],
    )
    .await;
    let error = link.unwrap_err();
    assert_eq!(
        (error.kind(), error.retry_after()),
        (Kind::RateLimited, Some(Duration::from_secs(30)))
    );
    assert_eq!(
        (
            error.attempts(),
            server.requests().len(),
            clock.waits().len()
        ),
        (1, 1, 0)
    );
    assert!(error.is_retryable());
}

#[tokio::test]
async fn a_server_error_is_repeated_with_growing_pauses_where_that_is_safe() {
    let down = || answer("502 Bad Gateway", "", "<html>");
    let (link, server, clock) = run(REPEATABLE, [down(), down(), down()]).await;
    let error = link.unwrap_err();
    assert_eq!(
        (error.kind(), error.delivery(), error.attempts()),
        (Kind::Unavailable, Delivery::Unknown, 3)
    );
    assert_eq!(server.requests().len(), 3);
    assert_eq!(
        clock.waits(),
        [Duration::from_millis(100), Duration::from_millis(200)]
    );
}

#[tokio::test]
async fn a_server_error_is_not_repeated_where_it_could_do_something_twice() {
    let (link, server, _) = run(ONCE, [answer("500 Internal Server Error", "", "")]).await;
    let error = link.unwrap_err();
    assert_eq!(
        (error.kind(), error.attempts(), error.is_retryable()),
        (Kind::Unavailable, 1, false)
    );
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_request_that_the_provider_refused_is_sent_once() {
    for (status, kind) in [
        ("400 Bad Request", Kind::Invalid),
        ("401 Unauthorized", Kind::Unauthenticated),
        ("403 Forbidden", Kind::Forbidden),
        ("404 Not Found", Kind::NotFound),
        ("409 Conflict", Kind::Conflict),
        ("422 Unprocessable Entity", Kind::Invalid),
    ] {
        let (link, server, _) = run(REPEATABLE, [answer(status, "", "")]).await;
        let error = link.unwrap_err();
        assert_eq!(
            (error.kind(), error.delivery(), server.requests().len()),
            (kind, Delivery::Refused, 1),
            "{status}"
        );
        assert_eq!(
            (error.provider(), error.operation()),
            (Some("example"), Some("create_link"))
        );
    }
}

#[tokio::test]
async fn a_request_that_does_not_parse_is_not_sent() {
    let clock = TestClock::default();
    let server = Server::start(&clock, []).await;
    let client = client(ONCE, &format!("http://{}", server.address), &clock);
    let error = client
        .create_link(&request().subscription(""))
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.delivery(), error.attempts()),
        (Kind::Invalid, Delivery::NotSent, 0)
    );
    assert_eq!(
        (error.provider(), server.connections()),
        (Some("example"), 0)
    );
}

#[tokio::test]
async fn a_return_url_of_an_origin_that_is_not_allowed_is_not_sent() {
    let clock = TestClock::default();
    let server = Server::start(&clock, [link()]).await;
    let mut options = Options::default();
    options.return_origins = Some(ReturnOrigins::parse(["https://my.site"]).unwrap());
    let base = format!("http://{}", server.address);
    let client = client_with(ONCE, &base, options, &clock);
    let to = |url| request().return_url(url);
    let evil = to("https://my.site.evil.com/canary");
    for error in [
        client.create_link(&evil).await.unwrap_err(),
        client.preview(&evil).unwrap_err(),
    ] {
        assert_eq!(
            (error.kind(), error.delivery(), error.field()),
            (Kind::Invalid, Delivery::NotSent, Some("return_url"))
        );
        assert_eq!(
            (error.provider(), error.operation(), error.attempts()),
            (Some("example"), Some("create_link"), 0)
        );
        assert!(!format!("{error:?}").contains("canary"), "{error:?}");
    }
    assert_eq!(server.connections(), 0);
    assert!(
        client
            .create_link(&to("https://my.site/account"))
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn a_preview_shows_the_request_without_its_key_and_sends_nothing() {
    let clock = TestClock::default();
    let server = Server::start(&clock, []).await;
    let client = client(ONCE, &format!("http://{}/base", server.address), &clock);
    let preview = client.preview(&request()).unwrap();
    assert_eq!(
        preview.url,
        format!("http://{}/base/v1/links?x=1", server.address)
    );
    assert!(preview.headers.contains(&("x-key".into(), "***".into())));
    assert!(!format!("{preview:?} {client:?}").contains(KEY));
    assert_eq!(server.connections(), 0);
}
