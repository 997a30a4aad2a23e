//! Makes one fault happen, and sees what comes of it.

use std::error::Error as _;
use std::time::Duration;

use portal::adapter::Clock;
use portal::config::{Options, Roots};
use portal::{Client, Delivery, Error, PortalProvider};
use portal_testkit::{Authority, Canaries, Server, Step, TestClock, TlsFront, Validity, answer};
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;

use crate::fault::{Expected, Fault, Network, is_link};
use crate::provider::{Provider, SECRETS};

/// The time for a whole call, which [`Options`] has by default.
const DEADLINE: Duration = Duration::from_secs(30);

/// What a client made of a fault.
pub(crate) struct Outcome {
    pub(crate) result: Result<String, Error>,
    /// How many requests the provider saw.
    pub(crate) seen: usize,
    /// How long it took, by the injected clock.
    pub(crate) time: Duration,
}

/// Makes a fault happen to a client.
pub(crate) async fn outcome(provider: Provider, fault: &Fault) -> Outcome {
    let clock = TestClock::default();
    let redirect = |to: &str| {
        let location = format!("location: {to}/canary\r\n");
        // Of those that HTTP libraries follow even where they cannot send a body again.
        vec![answer("302 Found", &location, "")]
    };
    match &fault.network {
        Network::Server(steps) => {
            let server = Server::start(&clock, steps.clone()).await;
            let base = format!("http://{}", server.address);
            asked(provider, &base, Options::default(), &clock, &server).await
        }
        Network::Elsewhere => {
            let elsewhere = Server::start(&clock, [link(provider)]).await;
            let steps = redirect(&format!("http://{}", elsewhere.address));
            let server = Server::start(&clock, steps).await;
            let base = format!("http://{}", server.address);
            let outcome = asked(provider, &base, Options::default(), &clock, &server).await;
            assert_eq!(elsewhere.connections(), 0);
            outcome
        }
        Network::Downgrade => {
            let elsewhere = Server::start(&clock, [link(provider)]).await;
            let steps = redirect(&format!("http://{}", elsewhere.address));
            let outcome = by_tls(provider, steps, "127.0.0.1", Validity::Now, true, &clock).await;
            assert_eq!(elsewhere.connections(), 0);
            outcome
        }
        Network::ClosedPort => {
            let server = Server::start(&clock, []).await;
            let closed_port = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let base = format!("http://{}", closed_port.local_addr().unwrap());
            drop(closed_port);
            asked(provider, &base, Options::default(), &clock, &server).await
        }
        Network::Silence => silence(provider, &clock).await,
        Network::UnknownAuthority => {
            by_tls(
                provider,
                Vec::new(),
                "127.0.0.1",
                Validity::Now,
                false,
                &clock,
            )
            .await
        }
        Network::WrongHost => {
            by_tls(
                provider,
                Vec::new(),
                "provider.test",
                Validity::Now,
                true,
                &clock,
            )
            .await
        }
        Network::Expired => {
            by_tls(
                provider,
                Vec::new(),
                "127.0.0.1",
                Validity::Past,
                true,
                &clock,
            )
            .await
        }
    }
}

/// Asks a server behind TLS, whose certificate is for `host`.
async fn by_tls(
    provider: Provider,
    steps: Vec<Step>,
    host: &str,
    validity: Validity,
    is_trusted: bool,
    clock: &TestClock,
) -> Outcome {
    let server = Server::start(clock, steps).await;
    let (signed, other) = (Authority::new("signed"), Authority::new("other"));
    let config = signed.certificate(host, validity).config();
    let front = TlsFront::start(config, server.address).await;
    let trusted = if is_trusted { signed } else { other };
    let options = Options {
        extra_roots: Roots::from_pem(trusted.pem().as_bytes()).unwrap(),
        ..Options::default()
    };
    let base = format!("https://{}", front.address);
    asked(provider, &base, options, clock, &server).await
}

/// Calls a server that reads the TLS greeting and then does nothing.
async fn silence(provider: Provider, clock: &TestClock) -> Outcome {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("https://{}", listener.local_addr().unwrap());
    let turn = clock.clone();
    tokio::spawn(async move {
        let mut held = Vec::new();
        while let Ok((mut stream, _)) = listener.accept().await {
            stream.read_u8().await.unwrap();
            held.push(stream);
            turn.advance(provider.attempt());
        }
    });
    let options = Options {
        extra_roots: Roots::from_pem(Authority::new("any").pem().as_bytes()).unwrap(),
        ..Options::default()
    };
    let server = Server::start(clock, []).await;
    asked(provider, &base, options, clock, &server).await
}

async fn asked(
    provider: Provider,
    base: &str,
    options: Options,
    clock: &TestClock,
    server: &Server,
) -> Outcome {
    let options = Options {
        base_url: Some(base.parse().unwrap()),
        ..options
    };
    assert_eq!(options.timeout, DEADLINE);
    let client: Client = provider.client(options, clock);
    let made = client.create_link(&provider.request()).await;
    Outcome {
        result: made.map(|link| link.url().expose().to_owned()),
        seen: server.seen().len(),
        time: clock.elapsed(),
    }
}

fn link(provider: Provider) -> Step {
    answer(
        "200 OK",
        "content-type: application/json\r\n",
        &provider.link(),
    )
}

impl Outcome {
    /// Holds the outcome to what was promised, whatever the table says.
    pub(crate) fn check(&self, provider: Provider, fault: &Fault) {
        let row = format!("{}: {}: {:?}", provider.id(), fault.name, self.result);
        assert!(self.time <= DEADLINE, "{:?} {row}", self.time);
        let error = match (&self.result, fault.expected) {
            (Ok(link), Expected::Link) => {
                assert!(is_link(link) && self.seen == 1, "{row}");
                return;
            }
            (Err(error), Expected::Error(kind, delivery)) => {
                assert_eq!((error.kind(), error.delivery()), (kind, delivery), "{row}");
                error
            }
            (Ok(_), Expected::Error(..)) | (Err(_), Expected::Link) => panic!("{row}"),
        };
        assert_eq!(error.provider_code(), fault.code, "{row}");
        assert_eq!(error.provider(), Some(provider.id()), "{row}");
        assert!(error.hint().is_some(), "{row}");

        let attempts = usize::try_from(error.attempts()).unwrap();
        assert!((1..=3).contains(&attempts), "{row}");
        match error.delivery() {
            Delivery::NotSent => assert_eq!(self.seen, 0, "{row}"),
            _ => assert_eq!(self.seen, attempts, "{row}"),
        }
        let may_have_acted = matches!(error.delivery(), Delivery::Unknown | Delivery::Answered);
        if may_have_acted && !provider.is_idempotent() {
            assert_eq!(self.seen, 1, "{row}");
        }
        self.keeps_secrets(error, &row);
    }

    fn keeps_secrets(&self, error: &Error, row: &str) {
        let json = serde_json::to_string(error).unwrap();
        let mut told = format!("{error} {error:?} {json}");
        let mut cause = error.source();
        while let Some(of) = cause {
            told += &format!(" {of} {of:?}");
            cause = of.source();
        }
        Canaries::new(SECRETS).assert_hidden(row, &told);
    }
}
