//! Requests that go at a limited rate.

use std::future::Future;
use std::num::NonZeroU32;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant, SystemTime};

use portal_core::{
    Adapter, Call, Customer, Delivery, Error, Idempotency, Kind, LinkRequest, PortalLink,
    PortalProvider, ProviderInfo, Result, ValidatedRequest, post_json,
};
use portal_http::{Client, Clock, Options, Rate, Roots, Sleep, SleepReason};
use portal_testkit::{Authority, TlsFront, Validity};
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::common::{
    Example, KEY, ONCE, REPEATABLE, Server, TestClock, answer, credential, link, request,
};
use crate::scripted_host::{TestServer, reply_link};

fn options(base: &str, rate: u32, timeout: Duration) -> Options {
    let mut options = Options::default();
    options.base_url = Some(base.parse().unwrap());
    options.rate = Rate::per_second(NonZeroU32::new(rate).unwrap());
    options.timeout = timeout;
    options
}

fn client(
    idempotency: Idempotency,
    server: &Server,
    clock: &TestClock,
    timeout: Duration,
) -> Client {
    let options = options(&format!("http://{}", server.address), 1, timeout);
    Client::with_clock(
        Example(idempotency),
        credential(KEY),
        options,
        Arc::new(clock.clone()),
        || 0.5,
    )
    .unwrap()
}

const MINUTE: Duration = Duration::from_secs(60);

fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

#[tokio::test]
async fn a_request_over_the_rate_waits_for_its_second() {
    let clock = TestClock::default();
    let server = Server::start(&clock, [link(), link(), link()]).await;
    let client = client(ONCE, &server, &clock, MINUTE);
    for _ in 0..3 {
        client.create_link(&request()).await.unwrap();
    }
    assert_eq!(clock.waits(), [ms(1_020), ms(1_020)]);
}

#[tokio::test]
async fn under_load_no_second_has_more_than_the_rate_and_97_percent_of_it_goes() {
    const RATE: u16 = 50;
    let clock = TestClock::default();
    let (arrivals, time) = (Arc::new(Mutex::new(Vec::new())), clock.clone());
    let arriving = arrivals.clone();
    let server = TestServer::open(move |_| {
        arriving.lock().unwrap().push(time.elapsed());
        reply_link()
    })
    .await;
    let options = options(&server.url(), RATE.into(), MINUTE);
    let client = Client::with_clock(
        Example(ONCE),
        credential(KEY),
        options,
        Arc::new(clock.clone()),
        || 0.5,
    );
    let client = client.unwrap();
    let clone_for_runtime = client.clone_for_runtime().unwrap();
    let (second, end) = (ms(1_000), ms(20_000));
    for client in [&client, &clone_for_runtime].into_iter().cycle() {
        client.create_link(&request()).await.unwrap();
        // What a call takes by itself, which is not always the same.
        clock.advance(ms(u64::from(clock.elapsed().subsec_millis() % 7)));
        if clock.elapsed() >= end {
            break;
        }
    }
    let arrivals = arrivals.lock().unwrap();
    for (at, from) in arrivals.iter().enumerate() {
        let within = arrivals.partition_point(|time| *time <= *from + second) - at;
        assert!(
            within <= RATE.into(),
            "{within} in the second from {from:?}"
        );
    }
    let gone = arrivals.partition_point(|time| *time < end);
    let due = usize::from(RATE) * 20 * 97 / 100;
    assert!(gone >= due, "{gone} of {due}");
}

#[tokio::test]
async fn retries_go_at_the_rate_too() {
    let clock = TestClock::default();
    let down = answer("503 Service Unavailable", "", "");
    let server = Server::start(&clock, [down, link()]).await;
    let client = client(REPEATABLE, &server, &clock, MINUTE);
    client.create_link(&request()).await.unwrap();
    assert_eq!(clock.waits(), [ms(100), ms(920)]);
}

#[tokio::test]
async fn a_request_counts_from_when_it_is_written_however_long_its_connection_takes() {
    let clock = TestClock::default();
    let server = Server::start(&clock, [link(), link()]).await;
    let authority = Authority::new("ours");
    let certificate = authority.certificate("127.0.0.1", Validity::Now);
    let (gate, opened) = watch::channel(false);
    let front = TlsFront::start_behind(opened, certificate.config(), server.address).await;
    let mut options = options(&format!("https://{}", front.address), 1, MINUTE);
    options.extra_roots = Roots::from_pem(authority.pem().as_bytes()).unwrap();
    let client = Client::with_clock(
        Example(ONCE),
        credential(KEY),
        options,
        Arc::new(clock.clone()),
        || 0.5,
    );
    let client = client.unwrap();

    let request = request();
    let mut first = client.create_link(&request);
    begin(&mut first);
    clock.advance(ms(5_000));
    gate.send(true).unwrap();
    first.await.unwrap();
    client.create_link(&request).await.unwrap();
    assert_eq!(clock.waits(), [ms(1_020)]);
}

#[tokio::test]
async fn a_request_that_was_never_written_counts_too() {
    let clock = TestClock::default();
    // The port is closed now.
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", free.local_addr().unwrap());
    drop(free);
    let options = options(&base, 1, MINUTE);
    let client = Client::with_clock(
        Example(ONCE),
        credential(KEY),
        options,
        Arc::new(clock.clone()),
        || 0.5,
    );
    let error = client.unwrap().create_link(&request()).await.unwrap_err();
    assert_eq!((error.delivery(), error.attempts()), (Delivery::NotSent, 3));
    assert_eq!(clock.waits(), [ms(100), ms(920), ms(200), ms(820)]);
}

#[tokio::test]
async fn clones_for_runtimes_share_one_rate() {
    let clock = TestClock::default();
    let server = Server::start(&clock, [link(), link()]).await;
    let client = client(ONCE, &server, &clock, MINUTE);
    client.create_link(&request()).await.unwrap();
    client
        .clone_for_runtime()
        .unwrap()
        .create_link(&request())
        .await
        .unwrap();
    assert_eq!(clock.waits(), [ms(1_020)]);
}

#[tokio::test]
async fn a_wait_that_would_reach_the_deadline_is_not_begun() {
    let clock = TestClock::default();
    let server = Server::start(&clock, [link()]).await;
    let client = client(ONCE, &server, &clock, ms(1_020));
    client.create_link(&request()).await.unwrap();
    let error = client.create_link(&request()).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.delivery()),
        (Kind::RateLimited, Delivery::NotSent)
    );
    assert_eq!(
        (error.attempts(), error.retry_after()),
        (0, Some(ms(2_000)))
    );
    assert_eq!(
        (error.provider(), error.operation()),
        (Some("example"), Some("create_link"))
    );
    assert!(error.is_retryable() && error.hint().is_some());
    assert_eq!((server.requests().len(), clock.waits().len()), (1, 0));
}

#[tokio::test]
async fn a_retry_past_the_deadline_returns_the_error_of_the_first_attempt() {
    let clock = TestClock::default();
    let down = answer("503 Service Unavailable", "", "");
    let server = Server::start(&clock, [down]).await;
    let client = client(REPEATABLE, &server, &clock, ms(900));
    let error = client.create_link(&request()).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.delivery()),
        (Kind::Unavailable, Delivery::Unknown)
    );
    assert_eq!(error.attempts(), 1);
}

/// A clock whose every wait lasts until the test advances the time.
#[derive(Debug)]
struct ManualClock(TestClock);

impl Clock for ManualClock {
    fn date(&self) -> SystemTime {
        self.0.date()
    }

    fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }

    fn sleep(&self, duration: Duration, _: SleepReason) -> Sleep {
        self.0.timeout(duration)
    }
}

type Caller<'a> = Pin<Box<dyn Future<Output = Result<PortalLink, Error>> + Send + 'a>>;

/// Has a call come as far as it can without waiting for time or a server.
fn begin(call: &mut Caller<'_>) {
    let poll = call.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    assert!(matches!(poll, Poll::Pending));
}

#[tokio::test]
async fn waiting_requests_are_sent_in_order_and_a_dropped_one_leaves_the_queue() {
    let clock = TestClock::default();
    let server = TestServer::open(|_| reply_link()).await;
    let options = options(&server.url(), 1, MINUTE);
    let clock_of = Arc::new(ManualClock(clock.clone()));
    let client =
        Client::with_clock(Example(ONCE), credential(KEY), options, clock_of, || 0.5).unwrap();
    client.create_link(&request()).await.unwrap();

    let request = request();
    let call = || client.create_link(&request);
    let (mut first, mut second, mut third, mut fourth) = (call(), call(), call(), call());
    for call in [&mut first, &mut second, &mut third, &mut fourth] {
        begin(call);
    }
    // One gives up in the middle; and who asks first when the second is over goes no sooner.
    drop(third);
    clock.advance(ms(1_020));
    begin(&mut fourth);
    begin(&mut second);
    first.await.unwrap();
    assert_eq!(server.requests(), 2);

    // Then the first of the queue gives up, and the next has its place at once.
    begin(&mut second);
    drop(second);
    clock.advance(ms(1_020));
    fourth.await.unwrap();
    assert_eq!(server.requests(), 3);
}

#[tokio::test]
async fn a_dropped_request_frees_its_place_for_one_that_would_be_refused() {
    let clock = TestClock::default();
    let server = TestServer::open(|_| reply_link()).await;
    let options = options(&server.url(), 1, ms(2_500));
    let manual_clock = Arc::new(ManualClock(clock.clone()));
    let client = Client::with_clock(
        Example(ONCE),
        credential(KEY),
        options,
        manual_clock,
        || 0.5,
    )
    .unwrap();
    client.create_link(&request()).await.unwrap();

    let request = request();
    let call = || client.create_link(&request);
    let (mut first, mut second, mut fourth) = (call(), call(), call());
    begin(&mut first);
    begin(&mut second);
    let refused = call().await.unwrap_err();
    assert_eq!(refused.retry_after(), Some(ms(4_000)));
    drop(second);
    begin(&mut fourth);
}

/// The example's adapter, whose requests name their customer in the path.
#[derive(Debug)]
struct Naming;

impl Adapter for Naming {
    fn info(&self) -> &'static ProviderInfo {
        Example(ONCE).info()
    }

    fn create_link(&self, request: &ValidatedRequest<'_>) -> Result<Call<PortalLink>> {
        let path = format!("/{}", request.fields().customer.id().unwrap().as_str());
        let call = Example(ONCE).create_link(request)?;
        let body = call.request().body().clone();
        Ok(Call::new(
            "create_link",
            ONCE,
            post_json(&path, body),
            move |answer| call.decode(answer),
        ))
    }

    fn check_credential(&self) -> Result<Call<()>, &'static str> {
        Err("not asked for")
    }
}

#[tokio::test]
async fn a_server_gets_no_more_than_the_rate_first_come_first_served() {
    const RATE: usize = 100;
    let callers = Arc::new(Mutex::new(Vec::new()));
    let recorder = callers.clone();
    let server = TestServer::open(move |head| {
        let path = head.split(' ').nth(1).unwrap();
        let caller: usize = path.trim_start_matches('/').parse().unwrap();
        recorder.lock().unwrap().push(caller);
        reply_link()
    })
    .await;
    let client = Client::new(Naming, credential(KEY), options(&server.url(), 100, MINUTE)).unwrap();
    let client = Arc::new(client);
    let started = Instant::now();
    let calls: Vec<_> = (0..2 * RATE + 1)
        .map(|caller| {
            let client = client.clone();
            let request = LinkRequest::new(Customer::from_id(caller.to_string()));
            tokio::spawn(async move { client.create_link(&request).await })
        })
        .collect();
    for call in calls {
        call.await.unwrap().unwrap();
    }
    assert!(started.elapsed() >= Duration::from_secs(2));
    // Within one burst the network decides the order.
    let callers = callers.lock().unwrap();
    for (burst, callers) in callers.chunks(RATE).enumerate() {
        assert!(
            callers.iter().all(|caller| caller / RATE == burst),
            "{callers:?}"
        );
    }
}
