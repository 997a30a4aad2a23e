//! Calls that are dropped, wherever they are; see `rotation` for the one that has a key read again.

use std::future::Future;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use portal_core::PortalProvider;
use portal_http::{Client, Clock, Options, Rate, Sleep, SleepReason};
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;
use tokio::runtime::Handle;
use tokio::sync::Notify;

use crate::common::{
    Example, KEY, ONCE, REPEATABLE, Server, Step, TestClock, answer, credential, link, request,
};
use crate::scripted_host::{TestServer, reply_link};

/// A clock that stands still, and notifies when a wait between attempts starts.
#[derive(Clone, Debug, Default)]
struct StoppedClock(Arc<Notify>);

impl Clock for StoppedClock {
    fn date(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH
    }

    fn elapsed(&self) -> Duration {
        Duration::ZERO
    }

    fn sleep(&self, _: Duration, reason: SleepReason) -> Sleep {
        if !matches!(reason, SleepReason::Timeout | SleepReason::IdleConnections) {
            self.0.notify_one();
        }
        Box::pin(std::future::pending())
    }
}

fn client(base: &str, clock: &StoppedClock, rate: Rate) -> Client {
    let mut options = Options::default();
    options.base_url = Some(base.parse().unwrap());
    options.rate = rate;
    Client::with_clock(
        Example(REPEATABLE),
        credential(KEY),
        options,
        Arc::new(clock.clone()),
        || 0.5,
    )
    .unwrap()
}

/// Drops a call as soon as it has come `so_far`.
async fn drop_when(client: &Client, so_far: impl Future) {
    let request = request();
    tokio::select! {
        biased;
        _ = client.create_link(&request) => unreachable!("it is dropped before"),
        _ = so_far => {}
    }
}

/// Waits until only the earlier tasks run: connections end without help, but not immediately.
async fn only(tasks: usize) {
    while Handle::current().metrics().num_alive_tasks() > tasks {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn in_the_queue_for_the_rate_limit_nothing_was_sent() {
    let clock = StoppedClock::default();
    let server = TestServer::open(|_| reply_link()).await;
    let client = client(&server.url(), &clock, Rate::per_second(NonZeroU32::MIN));
    client.create_link(&request()).await.unwrap();
    drop_when(&client, clock.0.notified()).await;
    assert_eq!(server.requests(), 1);
}

#[tokio::test]
async fn while_it_connects_nothing_was_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("https://{}", listener.local_addr().unwrap());
    let tasks = Handle::current().metrics().num_alive_tasks();
    let client = client(&base, &StoppedClock::default(), Rate::Off);
    let mut peer = None;
    drop_when(&client, async {
        peer = Some(listener.accept().await.unwrap().0);
    })
    .await;
    drop(client);
    // All that comes is the beginning of TLS, and then the end.
    let mut sent = Vec::new();
    let _ = peer.unwrap().read_to_end(&mut sent).await;
    assert!(!String::from_utf8_lossy(&sent).contains("POST"));
    only(tasks).await;
}

#[tokio::test]
async fn while_it_waits_for_an_answer_its_connection_is_closed() {
    let test_clock = TestClock::default();
    let server = Server::start(&test_clock, [Step::Hang(Duration::ZERO), link()]).await;
    let base = format!("http://{}", server.address);
    let client = client(&base, &StoppedClock::default(), Rate::Off);
    let arrived = async {
        while server.requests().is_empty() {
            tokio::task::yield_now().await;
        }
    };
    drop_when(&client, arrived).await;
    server.disconnect.notified().await;
    client.create_link(&request()).await.unwrap();
    assert_eq!(server.connections(), 2);
}

#[tokio::test]
async fn while_it_waits_for_a_retry_nothing_more_is_sent() {
    let clock = StoppedClock::default();
    let down = answer("503 Service Unavailable", "", "");
    let server = Server::start(&TestClock::default(), [down]).await;
    let base = format!("http://{}", server.address);
    let client = client(&base, &clock, Rate::Off);
    drop_when(&client, clock.0.notified()).await;
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn no_task_outlives_its_client_and_the_siblings() {
    let server = TestServer::open(|_| reply_link()).await;
    let tasks = Handle::current().metrics().num_alive_tasks();
    let client = {
        let mut options = Options::default();
        options.base_url = Some(server.url().parse().unwrap());
        Client::new(Example(ONCE), credential(KEY), options).unwrap()
    };
    let clone_for_runtime = client.clone_for_runtime().unwrap();
    for client in [&client, &clone_for_runtime] {
        client.create_link(&request()).await.unwrap();
    }
    assert!(
        Handle::current().metrics().num_alive_tasks() > tasks,
        "kept connections"
    );
    drop((client, clone_for_runtime));
    only(tasks).await;
}
