//! The scripted server does what its script says, and lets a timeout that is due end first.

use std::io::ErrorKind;
use std::time::Duration;

use portal_http::Clock;
use portal_testkit::{Server, Step, TestClock, answer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const REQUEST: &[u8] = b"POST /x HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}";

async fn send_request(script: impl IntoIterator<Item = Step>) -> (TcpStream, Server, TestClock) {
    let clock = TestClock::default();
    let server = Server::start(&clock, script).await;
    let mut stream = TcpStream::connect(server.address)
        .await
        .expect("the server listens");
    stream.write_all(REQUEST).await.expect("the server reads");
    (stream, server, clock)
}

#[tokio::test]
async fn requests_are_recorded_whole_and_answered_in_order() {
    let (mut stream, server, _) = send_request([
        answer("200 OK", "x: y\r\n", "one"),
        Step::Answer("two".into()),
    ])
    .await;
    stream.write_all(REQUEST).await.unwrap();
    let expected = b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\nx: y\r\n\r\nonetwo";
    let mut read = vec![0; expected.len()];
    stream.read_exact(&mut read).await.unwrap();
    assert_eq!(read, expected);
    assert_eq!(
        server.requests(),
        [REQUEST, REQUEST].map(String::from_utf8_lossy)
    );
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn a_connection_ends_as_scripted() {
    for (step, text) in [
        (Step::Close, ""),
        (Step::AnswerAndClose("part".into()), "part"),
    ] {
        let (mut stream, _server, _) = send_request([step]).await;
        let mut read = String::new();
        stream.read_to_string(&mut read).await.unwrap();
        assert_eq!(read, text);
    }
    for step in [Step::Reset, Step::AnswerAndReset("part".into())] {
        let (mut stream, _server, _) = send_request([step]).await;
        let error = stream.read_to_end(&mut Vec::new()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    }
}

#[tokio::test]
async fn an_unexpected_request_is_recorded_and_its_connection_closed() {
    let (mut stream, server, _) = send_request([]).await;
    assert_eq!(stream.read_to_end(&mut Vec::new()).await.unwrap(), 0);
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_slow_answer_advances_the_clock_before_each_piece_and_due_timeouts_end_first() {
    let clock = TestClock::default();
    let pieces = ["HTTP/1.1 ", "200 OK"].map(Vec::from).to_vec();
    let server = Server::start(&clock, [Step::Slowly(Duration::from_secs(6), pieces)]).await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let timeout = clock.timeout(Duration::from_secs(10));
    stream.write_all(REQUEST).await.unwrap();
    let mut read = [0; 15];
    tokio::select! {
        biased;
        _ = stream.read_exact(&mut read) => panic!("the timeout is due before the last piece"),
        () = timeout => {}
    }
    assert_eq!(clock.elapsed(), Duration::from_secs(12));
}
