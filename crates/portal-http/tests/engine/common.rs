//! A scripted server on loopback, a clock that the test turns, and an adapter of no provider.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::{HeaderValue, Request};
use portal_core::{
    Accepted, Adapter, Answer, Call, Capabilities, Customer, Effect, Error, LinkPolicy,
    LinkRequest, Need, PortalLink, ProviderInfo, Result, SafeUrl, classify, post_json,
};
use portal_http::{Client, Clock, Options, Sleep};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

pub(crate) const KEY: &str = "canary-key";
pub(crate) const LINK: &str = "http://127.0.0.1/portal/canary-link";

/// What the server does with the next request.
pub(crate) enum Step {
    /// Writes these bytes and keeps the connection.
    Answer(String),
    /// Writes these bytes and closes.
    AnswerAndClose(String),
    /// Lets that much time pass and never answers.
    Hang(Duration),
    /// Closes the connection without an answer.
    Close,
}

pub(crate) fn answer(status: &str, headers: &str, body: &str) -> Step {
    Step::Answer(format!(
        "HTTP/1.1 {status}\r\ncontent-length: {}\r\n{headers}\r\n{body}",
        body.len()
    ))
}

pub(crate) fn link() -> Step {
    answer(
        "200 OK",
        "content-type: application/json\r\n",
        &format!(r#"{{"url":"{LINK}"}}"#),
    )
}

/// A server that follows a script, one step a request, and remembers what it was sent.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    seen: Arc<Mutex<Vec<String>>>,
    connections: Arc<Mutex<usize>>,
    /// Told when a client has gone away from a request that hangs.
    pub(crate) abandoned: Arc<Notify>,
}

impl Server {
    pub(crate) async fn start(clock: &TestClock, script: impl IntoIterator<Item = Step>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Self {
            address: listener.local_addr().unwrap(),
            seen: Arc::default(),
            connections: Arc::default(),
            abandoned: Arc::default(),
        };
        let script = Arc::new(Mutex::new(script.into_iter().collect::<VecDeque<_>>()));
        let (seen, connections, abandoned) = (
            server.seen.clone(),
            server.connections.clone(),
            server.abandoned.clone(),
        );
        let clock = clock.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                *connections.lock().unwrap() += 1;
                tokio::spawn(serve(
                    stream,
                    script.clone(),
                    seen.clone(),
                    clock.clone(),
                    abandoned.clone(),
                ));
            }
        });
        server
    }

    pub(crate) fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }

    pub(crate) fn connections(&self) -> usize {
        *self.connections.lock().unwrap()
    }
}

async fn serve(
    mut stream: TcpStream,
    script: Arc<Mutex<VecDeque<Step>>>,
    seen: Arc<Mutex<Vec<String>>>,
    clock: TestClock,
    abandoned: Arc<Notify>,
) {
    while let Some(request) = read_request(&mut stream).await {
        seen.lock().unwrap().push(request);
        let step = script
            .lock()
            .unwrap()
            .pop_front()
            .expect("the script foresees this request");
        match step {
            Step::Answer(text) => stream.write_all(text.as_bytes()).await.unwrap(),
            Step::AnswerAndClose(text) => {
                stream.write_all(text.as_bytes()).await.unwrap();
                return;
            }
            Step::Hang(time) => {
                clock.advance(time);
                while stream.read_u8().await.is_ok() {}
                abandoned.notify_one();
                return;
            }
            Step::Close => return,
        }
    }
}

async fn read_request(stream: &mut TcpStream) -> Option<String> {
    let mut text = Vec::new();
    loop {
        text.push(stream.read_u8().await.ok()?);
        if text.ends_with(b"\r\n\r\n") {
            break;
        }
    }
    let head = String::from_utf8(text.clone())
        .unwrap()
        .to_ascii_lowercase();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))
        .map_or(0, |n| n.parse().unwrap());
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    text.extend(body);
    Some(String::from_utf8(text).unwrap())
}

/// Time that passes only when a test, or a pause between attempts, makes it.
#[derive(Clone, Debug, Default)]
pub(crate) struct TestClock(Arc<ClockState>);

#[derive(Debug, Default)]
struct ClockState {
    elapsed: Mutex<Duration>,
    pauses: Mutex<Vec<Duration>>,
    turned: Notify,
}

impl TestClock {
    pub(crate) fn advance(&self, by: Duration) {
        *self.0.elapsed.lock().unwrap() += by;
        self.0.turned.notify_waiters();
    }

    /// The waits between attempts, in order.
    pub(crate) fn pauses(&self) -> Vec<Duration> {
        self.0.pauses.lock().unwrap().clone()
    }
}

impl Clock for TestClock {
    fn date(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + self.elapsed()
    }

    fn elapsed(&self) -> Duration {
        *self.0.elapsed.lock().unwrap()
    }

    fn pause(&self, wait: Duration) -> Sleep {
        self.0.pauses.lock().unwrap().push(wait);
        self.advance(wait);
        Box::pin(async {})
    }

    fn alarm(&self, after: Duration) -> Sleep {
        let due = self.elapsed() + after;
        let clock = self.clone();
        Box::pin(async move {
            loop {
                let turned = clock.0.turned.notified();
                if clock.elapsed() >= due {
                    return;
                }
                turned.await;
            }
        })
    }
}

/// An adapter of no provider: the engine must not care.
#[derive(Debug)]
pub(crate) struct Example(pub(crate) Effect);

pub(crate) const REPEATABLE: Effect = Effect::Repeatable("found, not created twice");
pub(crate) const ONCE: Effect = Effect::Once("no idempotency key");

static INFO: ProviderInfo = ProviderInfo {
    id: "example",
    name: "Example",
    default_base_url: "https://api.example.com",
    capabilities: Capabilities {
        need: |_| Need::Supported,
        creates_customer: false,
        link: LinkPolicy {
            expiry_known: false,
            safe_to_reuse: false,
        },
    },
    rate_per_second: None,
};

impl Adapter for Example {
    fn info(&self) -> &'static ProviderInfo {
        &INFO
    }

    fn authorize(&self, request: &mut Request<Bytes>) {
        let mut key = HeaderValue::from_static(KEY);
        key.set_sensitive(true);
        request.headers_mut().insert("x-key", key);
    }

    fn create_link(&self, _: &Accepted<'_>) -> Result<Call<PortalLink>> {
        let request = post_json("/v1/links?x=1", Bytes::from_static(b"{\"a\":1}"));
        Ok(Call::new("create_link", self.0, request, read))
    }
}

fn read(answer: &Answer<'_>) -> Result<PortalLink> {
    if !answer.status.is_success() {
        let (kind, delivery) = classify(answer.status);
        return Err(Error::new(kind, delivery, "refused").with_status(answer.status));
    }
    let body: std::collections::HashMap<String, String> = answer.json()?;
    Ok(PortalLink::new(
        SafeUrl::from_answer(&body["url"], answer.base)?,
        Customer::default(),
    ))
}

/// A client of the example provider at `base`, whose dice always say a half.
pub(crate) fn client(effect: Effect, base: &str, clock: &TestClock) -> Client {
    let options = Options {
        base_url: Some(base.parse().unwrap()),
        ..Options::default()
    };
    Client::with_clock(Example(effect), options, Arc::new(clock.clone()), || 0.5).unwrap()
}

pub(crate) fn request() -> LinkRequest {
    LinkRequest::new(Customer::from_id("cus_1"))
}
