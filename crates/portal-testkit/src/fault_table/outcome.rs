//! Calls a server that has one fault, and checks the outcome.

use std::sync::Arc;
use std::time::Duration;

use portal_core::{Delivery, PortalProvider as _, Result};
use portal_http::{Client, Clock as _, Options, Roots};
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpListener;

use crate::fault_table::fault::{Expected, FaultCase, Network, attempt_timeout};
use crate::trial_setup::{TrialSetup, step};
use crate::trials::secrecy::error_output;
use crate::{
    Authority, DocumentedAnswer, Server, Step, TestClock, TlsFront, Validity, answer, secret_scan,
};

/// The time for a whole call, which [`Options`] has by default.
const DEADLINE: Duration = Duration::from_secs(30);

/// The message of the panic if loopback has no free port.
const LOOPBACK: &str = "a free port on loopback";

/// What a client returned for a fault.
pub(crate) struct FaultOutcome {
    pub(crate) result: Result<String>,
    /// How many requests the server received.
    pub(crate) requests: usize,
    /// How long the call took, by the test's clock.
    pub(crate) time: Duration,
}

/// The client under test, the documented link that it asks for, and its clock.
struct ClientUnderTest<'a> {
    setup: &'a TrialSetup<'a>,
    link: &'a DocumentedAnswer,
    clock: TestClock,
}

/// A TLS certificate of the server.
struct ServerCertificate {
    host: &'static str,
    validity: Validity,
    is_trusted: bool,
}

impl ServerCertificate {
    const GOOD: Self = Self {
        host: "127.0.0.1",
        validity: Validity::Now,
        is_trusted: true,
    };
}

/// Calls a server that has this fault, and returns the outcome.
pub(crate) async fn outcome(
    setup: &TrialSetup<'_>,
    link: &DocumentedAnswer,
    fault: &FaultCase,
) -> FaultOutcome {
    let clock = TestClock::default();
    let client_under_test = ClientUnderTest { setup, link, clock };
    match &fault.network {
        Network::Server(steps) => {
            let server = Server::start(&client_under_test.clock, steps.clone()).await;
            client_under_test.over_http(&server).await
        }
        Network::OtherHost => {
            let (other, steps) = client_under_test.redirect().await;
            let server = Server::start(&client_under_test.clock, steps).await;
            let outcome = client_under_test.over_http(&server).await;
            assert_eq!(other.connections(), 0, "{}", fault.name);
            outcome
        }
        Network::Downgrade => {
            let (other, steps) = client_under_test.redirect().await;
            let outcome = client_under_test
                .over_tls(steps, ServerCertificate::GOOD)
                .await;
            assert_eq!(other.connections(), 0, "{}", fault.name);
            outcome
        }
        Network::ClosedPort => {
            let server = Server::start(&client_under_test.clock, []).await;
            let closed_port = TcpListener::bind("127.0.0.1:0").await.expect(LOOPBACK);
            let address = closed_port.local_addr().expect(LOOPBACK);
            drop(closed_port);
            let base = format!("http://{address}");
            client_under_test
                .send(&base, Options::default(), &server)
                .await
        }
        Network::SilentTls => client_under_test.to_silent_tls().await,
        Network::UnknownAuthority => {
            let certificate = ServerCertificate {
                is_trusted: false,
                ..ServerCertificate::GOOD
            };
            client_under_test.over_tls(Vec::new(), certificate).await
        }
        Network::WrongHost => {
            let certificate = ServerCertificate {
                host: "provider.test",
                ..ServerCertificate::GOOD
            };
            client_under_test.over_tls(Vec::new(), certificate).await
        }
        Network::Expired => {
            let certificate = ServerCertificate {
                validity: Validity::Past,
                ..ServerCertificate::GOOD
            };
            client_under_test.over_tls(Vec::new(), certificate).await
        }
    }
}

impl ClientUnderTest<'_> {
    /// Starts a server that answers with the link, and returns it with a redirect to it.
    async fn redirect(&self) -> (Server, Vec<Step>) {
        let link = step(self.link, self.link.body);
        let other = Server::start(&self.clock, [link]).await;
        let location = format!("location: http://{}/canary\r\n", other.address);
        // HTTP libraries follow a 302 even if they cannot send the body again.
        (other, vec![answer("302 Found", &location, "")])
    }

    async fn over_http(&self, server: &Server) -> FaultOutcome {
        let base = format!("http://{}", server.address);
        self.send(&base, Options::default(), server).await
    }

    async fn over_tls(&self, steps: Vec<Step>, certificate: ServerCertificate) -> FaultOutcome {
        let server = Server::start(&self.clock, steps).await;
        let (signer, other) = (Authority::new("signer"), Authority::new("other"));
        let config = signer
            .certificate(certificate.host, certificate.validity)
            .config();
        let front = TlsFront::start(config, server.address).await;
        let trusted = if certificate.is_trusted {
            signer
        } else {
            other
        };
        let mut options = Options::default();
        options.extra_roots = roots(&trusted);
        let base = format!("https://{}", front.address);
        self.send(&base, options, &server).await
    }

    /// Calls a server that reads the start of the TLS handshake and does not answer.
    async fn to_silent_tls(&self) -> FaultOutcome {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect(LOOPBACK);
        let base = format!("https://{}", listener.local_addr().expect(LOOPBACK));
        let clock = self.clock.clone();
        let attempt_timeout = attempt_timeout(self.setup.declaration.is_idempotent);
        tokio::spawn(async move {
            let mut open = Vec::new();
            while let Ok((mut stream, _)) = listener.accept().await {
                stream.read_u8().await.expect("the handshake's start");
                open.push(stream);
                clock.advance(attempt_timeout);
            }
        });
        let mut options = Options::default();
        options.extra_roots = roots(&Authority::new("any"));
        let server = Server::start(&self.clock, []).await;
        self.send(&base, options, &server).await
    }

    /// Asks for a link with every option that the provider supports.
    async fn send(&self, base: &str, mut options: Options, server: &Server) -> FaultOutcome {
        options.base_url = Some(base.parse().expect("a URL on loopback"));
        assert_eq!(options.timeout, DEADLINE);
        let declaration = self.setup.declaration;
        let (adapter, credential) = (declaration.adapter.clone(), declaration.credential.clone());
        let clock = Arc::new(self.clock.clone());
        // Without jitter, pauses that the provider does not ask for take no time.
        let client = Client::with_clock(adapter, credential, options, clock, || 0.0);
        let client = client.expect("good options");
        let result = client.create_link(&self.setup.full()).await;
        FaultOutcome {
            result: result.map(|link| link.url().expose().to_owned()),
            requests: server.requests().len(),
            time: self.clock.elapsed(),
        }
    }
}

fn roots(authority: &Authority) -> Roots {
    Roots::from_pem(authority.pem().as_bytes()).expect("an authority in PEM")
}

impl FaultOutcome {
    /// Panics unless the outcome is the promised one.
    pub(crate) fn check(&self, setup: &TrialSetup<'_>, link: &DocumentedAnswer, fault: &FaultCase) {
        let provider = setup.adapter().info().id;
        let row = format!("{provider}: {}: {:?}", fault.name, self.result);
        assert!(self.time <= DEADLINE, "{:?} {row}", self.time);
        let error = match (&self.result, fault.expected) {
            (Ok(url), Expected::Link) => {
                assert_eq!((Some(&**url), self.requests), (link.link(), 1), "{row}");
                return;
            }
            (Err(error), Expected::Error(kind, delivery)) => {
                assert_eq!((error.kind(), error.delivery()), (kind, delivery), "{row}");
                error
            }
            (Ok(_), Expected::Error(..)) | (Err(_), Expected::Link) => panic!("{row}"),
        };
        assert_eq!(error.provider_code(), fault.code, "{row}");
        assert_eq!(error.provider(), Some(provider), "{row}");
        assert!(error.hint().is_some(), "{row}");

        let attempts = usize::try_from(error.attempts()).expect("few attempts");
        assert!((1..=3).contains(&attempts), "{row}");
        match error.delivery() {
            Delivery::NotSent => assert_eq!(self.requests, 0, "{row}"),
            _ => assert_eq!(self.requests, attempts, "{row}"),
        }
        let may_have_acted = matches!(error.delivery(), Delivery::Unknown | Delivery::Answered);
        if may_have_acted && !setup.declaration.is_idempotent {
            assert_eq!(self.requests, 1, "{row}");
        }
        secret_scan::all(setup).assert_hidden(&row, &error_output(error));
    }
}
