//! Which connections are kept from call to call, and which are not.

use std::sync::Arc;
use std::time::Duration;

use portal_core::PortalProvider;
use tokio::runtime::Handle;

use crate::common::{LINK, ONCE, Step, answer, link, makes_a_link, request, scripted};

#[tokio::test]
async fn an_idle_connection_is_kept_for_90_seconds() {
    let (client, server, clock) = scripted(ONCE, [link(), link(), link()]).await;
    makes_a_link(&client).await;
    clock.advance(Duration::from_millis(89_999));
    makes_a_link(&client).await;
    assert_eq!(server.connections(), 1);
    clock.advance(Duration::from_secs(90));
    makes_a_link(&client).await;
    assert_eq!(server.connections(), 2);
}

#[tokio::test]
async fn calls_at_one_time_have_connections_of_their_own_and_later_ones_use_them() {
    let (client, server, _) = scripted(ONCE, vec![link(); 6]).await;
    for _ in 0..2 {
        tokio::join!(
            makes_a_link(&client),
            makes_a_link(&client),
            makes_a_link(&client)
        );
        assert_eq!(server.connections(), 3);
    }
}

#[tokio::test]
async fn a_connection_that_the_server_announces_to_close_is_not_used_again() {
    let Step::Answer(good) = link() else {
        unreachable!("a link is an answer");
    };
    let text = String::from_utf8(good).unwrap();
    let last = text.replacen("\r\n", "\r\nconnection: close\r\n", 1);
    let (client, server, _) = scripted(ONCE, [Step::AnswerAndClose(last.into()), link()]).await;
    makes_a_link(&client).await;
    makes_a_link(&client).await;
    assert_eq!((server.connections(), server.requests().len()), (2, 2));
}

#[tokio::test]
async fn a_connection_that_the_server_closed_meanwhile_is_not_used_again() {
    let Step::Answer(good) = link() else {
        unreachable!("a link is an answer");
    };
    let (client, server, _) = scripted(ONCE, [Step::AnswerAndClose(good), link()]).await;
    makes_a_link(&client).await;
    // The server's task that listens; those of the connection end with it.
    while Handle::current().metrics().num_alive_tasks() > 1 {
        tokio::task::yield_now().await;
    }
    makes_a_link(&client).await;
    assert_eq!((server.connections(), server.requests().len()), (2, 2));
}

#[tokio::test]
async fn an_answer_in_many_pieces_is_put_together() {
    let body = format!(r#"{{"url":"{LINK}"}}"#);
    let mut pieces = vec![b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n".to_vec()];
    pieces.extend(
        body.chars()
            .map(|piece| format!("1\r\n{piece}\r\n").into_bytes()),
    );
    pieces.push(b"0\r\n\r\n".to_vec());
    let (client, server, _) = scripted(ONCE, [Step::Slowly(Duration::ZERO, pieces), link()]).await;
    makes_a_link(&client).await;
    makes_a_link(&client).await;
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn a_connection_whose_answer_was_not_read_to_its_end_is_not_used_again() {
    let (client, server, _) = scripted(
        ONCE,
        [answer("200 OK", "", &" ".repeat(1024 * 1024 + 1)), link()],
    )
    .await;
    client.create_link(&request()).await.unwrap_err();
    makes_a_link(&client).await;
    assert_eq!(server.connections(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn threads_that_call_again_and_again_keep_their_connections() {
    let (client, server, _) = scripted(ONCE, vec![link(); 8 * 50]).await;
    let client = Arc::new(client);
    let callers: Vec<_> = (0..8)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move {
                for _ in 0..50 {
                    makes_a_link(&client).await;
                }
            })
        })
        .collect();
    for caller in callers {
        caller.await.unwrap();
    }
    assert!(server.connections() <= 8, "{}", server.connections());
}
