//! The proxy connects the clients that its rule allows, and records what they send.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

use portal_testkit::{Proxy, ProxyRule, Server, Step, TestClock};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const REQUEST: &[u8] = b"POST /x HTTP/1.1\r\ncontent-length: 0\r\n\r\n";

/// Asks a proxy for a tunnel, writes a request at once, and returns the bytes that the client then reads.
async fn connect(rule: ProxyRule, head: &str) -> (String, Proxy, Server) {
    let steps = [Step::AnswerAndClose("answer".into())];
    let server = Server::start(&TestClock::default(), steps).await;
    let proxy = Proxy::start(rule, server.address).await;
    let mut client = TcpStream::connect(proxy.address).await.unwrap();
    let all = [head.as_bytes(), REQUEST].concat();
    client.write_all(&all).await.unwrap();
    let mut text = Vec::new();
    // A refusal may close the connection before it has read the request.
    let _reset = client.read_to_end(&mut text).await;
    (String::from_utf8(text).unwrap(), proxy, server)
}

#[tokio::test]
async fn an_open_proxy_connects_and_records_all_that_went_through() {
    let head = "CONNECT nowhere.test:443 HTTP/1.1\r\nHost: nowhere.test:443\r\n\r\n";
    let (text, proxy, server) = connect(ProxyRule::Open, head).await;
    assert!(text.ends_with("\r\n\r\nanswer"), "{text}");
    assert_eq!(server.requests(), [String::from_utf8_lossy(REQUEST)]);
    assert_eq!(proxy.requests(), [head.trim_end()]);
    assert_eq!(proxy.sent(), [[head.as_bytes(), REQUEST].concat()]);
}

#[tokio::test]
async fn a_client_that_is_refused_gets_the_status_and_no_connection() {
    let authorized = "CONNECT x:1 HTTP/1.1\r\nproxy-authorization: Basic eDp5\r\n\r\n";
    let rule = || ProxyRule::Authorization("Basic eDp5".into());
    let (accepted, _, server) = connect(rule(), authorized).await;
    assert!(accepted.starts_with("HTTP/1.1 200 "), "{accepted}");
    assert_eq!(server.connections(), 1);
    for (rule, head, status) in [
        (rule(), "CONNECT x:1 HTTP/1.1\r\n\r\n", "407"),
        (
            ProxyRule::Refuse("502 Bad Gateway".into()),
            authorized,
            "502",
        ),
        (ProxyRule::Open, "GET http://x/ HTTP/1.1\r\n\r\n", "405"),
    ] {
        let (_, proxy, server) = connect(rule, head).await;
        assert_eq!(
            (proxy.requests().len(), server.connections()),
            (1, 0),
            "{status}"
        );
    }
}
