//! Many calls at a provider's documented rate, against the sandbox that enforces it, both on one clock.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use kwik::Kwik;
use portal::adapter::{Clock, Sleep, SleepReason};
use portal::config::{Options, Roots};
use portal::{Client, Customer, LinkRequest, PortalProvider};
use portal_sandbox::{Sandbox, Timestamp};
use portal_testkit::{Authority, TestClock, TlsFront, Validity};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::{Notify, mpsc, watch};

/// A clock that the test advances, for client and provider.
#[derive(Clone, Debug, Default)]
struct Shared {
    time: TestClock,
    /// Notified when a wait starts.
    waits: Arc<Notify>,
}

impl Clock for Shared {
    fn date(&self) -> SystemTime {
        self.time.date()
    }

    fn elapsed(&self) -> Duration {
        self.time.elapsed()
    }

    fn sleep(&self, duration: Duration, reason: SleepReason) -> Sleep {
        if !matches!(reason, SleepReason::Timeout | SleepReason::IdleConnections) {
            self.waits.notify_one();
        }
        self.time.timeout(duration)
    }
}

impl portal_sandbox::Clock for Shared {
    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH + self.time.elapsed()
    }
}

/// Asks the sandbox's control API, and returns the answer's body.
async fn control(address: &str, method: &str, path: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let length = body.len();
    let request = format!(
        "{method} /_sandbox/{path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer.split_once("\r\n\r\n").unwrap().1.to_owned()
}

/// How many calls are in flight: more than the rate, and each needs a connection at the start.
const IN_FLIGHT: usize = 128;
const CALLS: usize = 400;
const RATE: usize = 100;

#[tokio::test]
async fn no_call_meets_the_limit_however_long_connections_take_at_the_start() {
    let clock = Shared::default();
    let builder = Sandbox::builder().listen(([127, 0, 0, 1], 0).into());
    let sandbox = builder
        .clock(Arc::new(clock.clone()))
        .start()
        .await
        .unwrap();
    let address = sandbox.url().strip_prefix("http://").unwrap().to_owned();
    control(&address, "POST", "rate_limit", r#"{"provider":"kwik"}"#).await;

    let authority = Authority::new("ours");
    let certificate = authority.certificate("127.0.0.1", Validity::Now);
    let (gate, opened) = watch::channel(false);
    let to = address.parse().unwrap();
    let front = TlsFront::start_behind(opened, certificate.config(), to).await;
    let mut options = Options::default();
    options.base_url = Some(format!("https://{}/2.0/", front.address).parse().unwrap());
    options.extra_roots = Roots::from_pem(authority.pem().as_bytes()).unwrap();
    let credential = Kwik::credential("sandbox_key".into(), "sandbox_secret".into()).unwrap();
    let client =
        Client::with_clock(Kwik, credential, options, Arc::new(clock.clone()), || 0.5).unwrap();

    let (sender, mut done) = mpsc::unbounded_channel();
    let client = Arc::new(client);
    let lines = (0..IN_FLIGHT).map(|line| {
        let (client, sender) = (client.clone(), sender.clone());
        async move {
            let request = LinkRequest::new(Customer::from_id("cus_demo_active"));
            let request = request.subscription("sub_demo_active");
            for _ in (line..CALLS).step_by(IN_FLIGHT) {
                sender.send(client.create_link(&request).await).unwrap();
            }
        }
    });
    let lines: Vec<_> = lines.map(tokio::spawn).collect();
    drop(sender);
    // The first connection takes seconds: more requests would go if they counted from their permit.
    clock.waits.notified().await;
    clock.time.advance(Duration::from_secs(3));
    clock.time.settle().await;
    gate.send(true).unwrap();
    let mut count = 0;
    while let Some(outcome) = done.recv().await {
        outcome.unwrap();
        count += 1;
        if count % RATE == 0 {
            clock.time.advance(Duration::from_millis(1_020));
        }
    }
    assert_eq!(count, CALLS);
    for line in lines {
        line.await.unwrap();
    }
    let journal = control(&address, "GET", "journal", "").await;
    let journal: Vec<Value> = serde_json::from_str(&journal).unwrap();
    let refused = journal.iter().filter(|entry| entry["status"] != 200);
    assert_eq!((journal.len(), refused.count()), (CALLS, 0));
    sandbox.shutdown().await;
}
