use std::io::ErrorKind;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Waker};

use portal_sandbox::{Dialect, Error, Sandbox, SandboxInfo};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use crate::support::{BASIC, Fixture, JSON, KWIK_PATH};

fn address(sandbox: &Sandbox) -> SocketAddr {
    sandbox
        .url()
        .strip_prefix("http://")
        .unwrap()
        .parse()
        .unwrap()
}

#[tokio::test]
async fn the_ready_line_has_the_promised_keys() {
    let sandbox = Fixture::start().await;
    let url = sandbox.sandbox.url();
    let expected = json!({
        "url": url,
        "onlineapp": { "base_url": url, "api_key": "sk_sandbox_onlineapp", "paywall_id": "547" },
        "kwik": { "base_url": format!("{url}/2.0/"), "api_key": "sandbox_key", "api_secret": "sandbox_secret" },
    });
    assert_eq!(
        serde_json::to_value(sandbox.sandbox.info()).unwrap(),
        expected
    );
    assert_eq!(&SandboxInfo::at(&format!("{url}/")), sandbox.sandbox.info());
    let output = format!("{:?} {:?}", sandbox.sandbox, sandbox.sandbox.info());
    assert!(
        !output.contains("sk_sandbox")
            && !output.contains("sandbox_key")
            && !output.contains("sandbox_secret")
    );
}

#[test]
fn a_dialect_is_parsed_by_name_and_classic_by_default() {
    assert_eq!(Dialect::default(), Dialect::Classic);
    for dialect in [Dialect::Classic, Dialect::V3] {
        assert_eq!(dialect.to_string().parse::<Dialect>().unwrap(), dialect);
    }
    assert!(matches!("V4".parse::<Dialect>(), Err(Error::UnknownDialect { word }) if word == "V4"));
}

#[tokio::test]
async fn an_address_that_is_not_loopback_is_refused() {
    for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:0"] {
        let error = Sandbox::builder()
            .listen(address.parse().unwrap())
            .start()
            .await
            .unwrap_err();
        assert!(matches!(error, Error::NotLoopback { .. }), "{error:?}");
        assert!(
            error.to_string().contains(&format!("`{address}`"))
                && error.to_string().contains("; hint: ")
        );
    }
}

#[tokio::test]
async fn an_address_in_use_is_an_error_with_a_hint_and_leaves_no_file() {
    let first = Fixture::start().await;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("sandbox.sqlite");
    let second = Sandbox::builder()
        .listen(address(&first.sandbox))
        .database(&path)
        .start()
        .await;
    let error = second.unwrap_err();
    assert!(matches!(error, Error::AddressInUse { .. }), "{error:?}");
    assert!(error.to_string().contains("; hint: "));
    assert!(!path.exists());
}

#[tokio::test]
async fn a_shutdown_closes_idle_connections_and_stops_listening() {
    let sandbox = Fixture::start().await.sandbox;
    let address = address(&sandbox);
    let mut idle = TcpStream::connect(address).await.unwrap();
    idle.write_all(b"GET /assets/portal.css HTTP/1.1\r\nhost: x\r\n\r\n")
        .await
        .unwrap();
    assert_ne!(idle.read(&mut [0; 16]).await.unwrap(), 0);
    sandbox.shutdown().await;
    let mut rest = Vec::new();
    idle.read_to_end(&mut rest).await.unwrap();
    let refused = TcpStream::connect(address).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
}

#[tokio::test]
async fn dropping_the_sandbox_closes_its_connections() {
    let sandbox = Fixture::start().await.sandbox;
    let mut open = TcpStream::connect(address(&sandbox)).await.unwrap();
    open.write_all(b"GET /assets/portal.css HTTP/1.1\r\nhost: x\r\n\r\n")
        .await
        .unwrap();
    assert_ne!(open.read(&mut [0; 16]).await.unwrap(), 0);
    drop(sandbox);
    let mut rest = Vec::new();
    // Returns when the other side has closed.
    let _ = open.read_to_end(&mut rest).await;
}

/// Polls a future once and drops it.
fn poll_once_and_drop<T>(future: impl Future<Output = T>) {
    let mut future = pin!(future);
    let poll = future
        .as_mut()
        .poll(&mut Context::from_waker(Waker::noop()));
    assert!(poll.is_pending());
}

#[tokio::test]
async fn a_dropped_shutdown_closes_everything_at_once() {
    let sandbox = Fixture::start().await.sandbox;
    let address = address(&sandbox);
    let mut open = TcpStream::connect(address).await.unwrap();
    // A call whose body is incomplete keeps the server waiting.
    let request = format!("POST {KWIK_PATH} HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\n");
    open.write_all(request.as_bytes()).await.unwrap();
    poll_once_and_drop(sandbox.shutdown());
    let _ = open.read_to_end(&mut Vec::new()).await;
    let refused = TcpStream::connect(address).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
}

#[tokio::test]
async fn a_dropped_start_leaves_no_listener_and_a_complete_database() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.db");
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = free.local_addr().unwrap();
    drop(free);
    let builder = || Sandbox::builder().listen(address).database(&path);
    poll_once_and_drop(builder().start());
    let refused = TcpStream::connect(address).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
    builder().start().await.unwrap().shutdown().await;
}

#[tokio::test]
async fn an_unknown_path_gets_404_as_json() {
    let sandbox = Fixture::start().await;
    for path in [
        "/elsewhere",
        "/2.0/",
        "/api/v1/paywall/547",
        "/_sandbox/other",
    ] {
        sandbox
            .get(path)
            .await
            .is(404, &json!({ "error": "Not found" }));
    }
}

#[tokio::test]
async fn a_body_up_to_one_mebibyte_is_read_and_a_larger_one_gets_413() {
    let sandbox = Fixture::start().await;
    let mut body = r#"{"customer_id":"cus_demo_new"}"#.to_owned();
    body.push_str(&" ".repeat((1 << 20) - body.len()));
    assert_eq!(
        sandbox.post(KWIK_PATH, &[JSON, BASIC], &body).await.status,
        200
    );
    body.push(' ');
    assert_eq!(
        sandbox.post(KWIK_PATH, &[JSON, BASIC], &body).await.status,
        413
    );
}

#[tokio::test]
async fn headers_beyond_their_limit_get_431() {
    let sandbox = Fixture::start().await;
    let large = "x".repeat(70 << 10);
    let mut stream = TcpStream::connect(address(&sandbox.sandbox)).await.unwrap();
    let request = format!("GET / HTTP/1.1\r\nhost: x\r\nx-large: {large}\r\n\r\n");
    // The server may answer and close before it read everything.
    let _ = stream.write_all(request.as_bytes()).await;
    let mut start = [0; 12];
    stream.read_exact(&mut start).await.unwrap();
    assert_eq!(&start, b"HTTP/1.1 431");
}

/// Waits until the server has closed the connection.
async fn closed(stream: &mut TcpStream) {
    let mut rest = Vec::new();
    // A reset is a close too.
    let _ = stream.read_to_end(&mut rest).await;
    assert_eq!(String::from_utf8_lossy(&rest), "");
}

#[tokio::test]
async fn silent_connections_make_room_for_new_ones_the_oldest_first() {
    let sandbox = Fixture::start_as(|builder| builder.max_connections(8)).await;
    let address = address(&sandbox.sandbox);
    let mut silent = Vec::new();
    for number in 0..8 {
        let mut stream = TcpStream::connect(address).await.unwrap();
        if number % 2 == 1 {
            stream.write_all(b"POST /2.0/").await.unwrap();
        }
        silent.push(stream);
    }
    for _ in 0..4 {
        sandbox
            .kwik_link(&json!({ "customer_id": "cus_demo_new" }))
            .await;
        assert_eq!(sandbox.get("/_sandbox/clock").await.status, 200);
    }
    closed(&mut silent[0]).await;
}

#[tokio::test]
async fn a_connection_with_a_call_in_progress_is_kept() {
    let sandbox = Fixture::start_as(|builder| builder.max_connections(8)).await;
    let delay = json!({ "provider": "kwik", "fault": "delay", "seconds": 0.5 });
    assert_eq!(sandbox.control("faults", &delay).await.status, 200);
    let address = address(&sandbox.sandbox);
    let customer = json!({ "customer_id": "cus_demo_new" });
    let slow = sandbox.kwik(&customer);
    let crowd = async {
        let mut silent = Vec::new();
        for _ in 0..30 {
            silent.push(TcpStream::connect(address).await.unwrap());
        }
        silent
    };
    let (answer, _silent) = tokio::join!(slow, crowd);
    assert_eq!(answer.status, 200, "{}", answer.body);
}

#[tokio::test]
async fn the_control_api_answers_while_provider_calls_wait_and_further_ones_get_503() {
    let sandbox = Arc::new(Fixture::start_as(|builder| builder.max_connections(8)).await);
    let delay = json!({ "provider": "kwik", "fault": "delay", "seconds": 300, "times": 6 });
    assert_eq!(sandbox.control("faults", &delay).await.status, 200);
    let mut calls = JoinSet::new();
    for _ in 0..7 {
        let sandbox = Arc::clone(&sandbox);
        calls.spawn(async move {
            let customer = json!({ "customer_id": "cus_demo_new" });
            sandbox.kwik(&customer).await
        });
    }
    // Four calls are in progress and two wait for one of them, all for 300 s.
    let refused = calls.join_next().await.unwrap().unwrap();
    let error = json!({ "error": "The sandbox has too many calls at a time" });
    refused.is(503, &error);
    assert_eq!(sandbox.get("/_sandbox/state").await.status, 200);
}
