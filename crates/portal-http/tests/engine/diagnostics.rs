//! A look at the way to a provider, step by step, and what is sent on it.

use std::net::TcpListener;

use portal_core::Kind;
use portal_http::{Check, CheckKind, Options, Outcome, Roots};
use portal_testkit::{Authority, TlsFront, Validity};

use crate::common::{KEY, ONCE, Server, Step, TestClock, answer, client, client_with};

/// The epoch, at which the test's clock begins.
const DATE: &str = "date: Thu, 01 Jan 1970 00:00:00 GMT\r\n";

fn head(status: &str, headers: &str) -> Step {
    Step::Answer(format!("HTTP/1.1 {status}\r\ncontent-length: 5\r\n{headers}\r\n").into())
}

fn base(server: &Server) -> String {
    format!("http://{}/below", server.address)
}

/// Returns the name, the outcome in one word, and the detail of each check.
fn results(checks: &[Check]) -> Vec<(&'static str, &'static str, String)> {
    let stages: Vec<_> = checks.iter().map(|check| check.kind).collect();
    assert_eq!(stages, CheckKind::ALL);
    let results = checks.iter().map(|check| {
        let (word, text) = match &check.outcome {
            Outcome::Passed(detail) => ("passed", detail.clone()),
            Outcome::Failed(error) => {
                assert_eq!(error.provider(), Some("example"));
                // The example's error about a credential has no hint.
                let is_ours = check.kind != CheckKind::Credentials;
                assert!(error.hint().is_some() || !is_ours, "{error}");
                ("failed", error.message().to_owned())
            }
            Outcome::Skipped(why) => ("skipped", why.clone()),
            Outcome::NotChecked(why) => ("not checked", why.clone()),
            other => panic!("an outcome that this test does not name: {other:?}"),
        };
        (check.kind.as_str(), word, text)
    });
    results.collect()
}

fn words(checks: &[Check]) -> Vec<&'static str> {
    results(checks)
        .into_iter()
        .map(|(_, word, _)| word)
        .collect()
}

#[tokio::test]
async fn all_is_well_and_the_credential_goes_to_its_own_call_only() {
    let clock = TestClock::default();
    let server = Server::start(
        &clock,
        [
            head("405 Method Not Allowed", DATE),
            answer("200 OK", "", ""),
        ],
    )
    .await;
    let checks = client(ONCE, &base(&server), &clock).diagnostics().await;
    let results = results(&checks);
    assert_eq!(
        words(&checks),
        ["passed", "passed", "skipped", "passed", "passed", "passed"]
    );
    assert!(results[0].2.contains("is an address"), "{results:?}");
    assert!(results[3].2.contains("405"), "{results:?}");
    let requests = server.requests();
    assert!(
        requests[0].starts_with("HEAD /below/v1/links?x=1 HTTP/1.1\r\n")
            && !requests[0].contains(KEY),
        "{requests:?}"
    );
    assert!(
        requests[1].starts_with("GET /below/v1/whoami") && requests[1].contains(KEY),
        "{requests:?}"
    );
    assert_eq!(requests.len(), 2);
}

#[tokio::test]
async fn a_refused_credential_a_wrong_clock_and_a_missing_date_are_reported() {
    for (headers, status, clock_word, kind) in [
        (DATE, "401 Unauthorized", "passed", Kind::Unauthenticated),
        ("", "403 Forbidden", "not checked", Kind::Forbidden),
        (
            "date: Fri, 02 Jan 1970 00:00:00 GMT\r\n",
            "401 Unauthorized",
            "failed",
            Kind::Unauthenticated,
        ),
    ] {
        let clock = TestClock::default();
        let steps = [head("200 OK", headers), answer(status, "", "")];
        let server = Server::start(&clock, steps).await;
        let checks = client(ONCE, &base(&server), &clock).diagnostics().await;
        assert_eq!(words(&checks)[4..], [clock_word, "failed"], "{checks:?}");
        let Outcome::Failed(error) = &checks[5].outcome else {
            panic!("{checks:?}");
        };
        assert_eq!(error.kind(), kind);
        assert!(!format!("{checks:?}").contains(KEY));
    }
}

#[tokio::test]
async fn a_status_is_read_as_for_calls() {
    for (status, below, expected) in [
        ("200 OK", true, None),
        ("401 Unauthorized", true, None),
        ("405 Method Not Allowed", true, None),
        ("415 Unsupported Media Type", true, None),
        ("501 Not Implemented", true, None),
        (
            "302 Found",
            true,
            Some((Kind::Protocol, "the provider redirects (302)")),
        ),
        (
            "503 Service Unavailable",
            true,
            Some((Kind::Unavailable, "503")),
        ),
        (
            "429 Too Many Requests",
            true,
            Some((Kind::RateLimited, "429")),
        ),
        // The documented base URL has no path, and the server may know the path for `POST` only.
        ("404 Not Found", false, None),
        ("404 Not Found", true, Some((Kind::NotFound, "404"))),
    ] {
        let clock = TestClock::default();
        let steps = [head(status, DATE), answer("200 OK", "", "")];
        let server = Server::start(&clock, steps).await;
        let base = match below {
            true => base(&server),
            false => format!("http://{}", server.address),
        };
        let checks = client(ONCE, &base, &clock).diagnostics().await;
        match (expected, &checks[3].outcome) {
            (None, Outcome::Passed(detail)) => assert!(detail.contains(status), "{detail}"),
            (Some((kind, message)), Outcome::Failed(error)) => {
                assert_eq!(error.kind(), kind, "{status}");
                assert!(error.message().contains(message), "{error}");
                assert!(error.hint().is_some());
                assert_eq!(words(&checks)[4..], ["skipped", "skipped"], "{status}");
            }
            _ => panic!("{status}: {checks:?}"),
        }
    }
}

#[tokio::test]
async fn an_answer_with_too_many_headers_fails_as_a_call_does() {
    let clock = TestClock::default();
    let headers: String = (0..200).map(|at| format!("x-{at}: 1\r\n")).collect();
    let server = Server::start(&clock, [head("405 Method Not Allowed", &headers)]).await;
    let checks = client(ONCE, &base(&server), &clock).diagnostics().await;
    let Outcome::Failed(error) = &checks[3].outcome else {
        panic!("{checks:?}");
    };
    assert_eq!(error.kind(), Kind::Protocol, "{error}");
    assert!(error.message().contains("headers"), "{error}");
}

#[tokio::test]
async fn after_a_failed_check_the_rest_is_skipped() {
    let clock = TestClock::default();
    let closed_port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let closing = Server::start(&clock, [Step::Close]).await;
    let hanging = Server::start(&clock, [Step::Hang(Options::default().timeout)]).await;
    // No resolver looks up a name that is too long.
    let long = format!("https://{}.test", "a".repeat(64));
    for (base, failed, kind) in [
        (long, 0, Kind::Unavailable),
        (format!("http://{closed_port}"), 1, Kind::Unavailable),
        (base(&closing), 3, Kind::Unavailable),
        (base(&hanging), 3, Kind::Timeout),
    ] {
        let checks = client(ONCE, &base, &clock).diagnostics().await;
        let results = results(&checks);
        let Outcome::Failed(error) = &checks[failed].outcome else {
            panic!("{base}: {results:?}");
        };
        assert_eq!(error.kind(), kind, "{error}");
        let name = CheckKind::ALL[failed].as_str();
        for (_, word, why) in &results[failed + 1..] {
            assert_eq!(
                (*word, why),
                ("skipped", &format!("`{name}` failed")),
                "{results:?}"
            );
        }
    }
}

#[tokio::test]
async fn a_certificate_is_checked_as_for_calls() {
    let (ours, theirs) = (Authority::new("ours"), Authority::new("theirs"));
    let clock = TestClock::default();
    for (authority, word, text) in [
        (&ours, "passed", "1 of `ca`"),
        (&theirs, "failed", "is not signed by a trusted authority"),
    ] {
        let server = Server::start(&clock, [head("200 OK", DATE), answer("200 OK", "", "")]).await;
        let certificate = ours.certificate("localhost", Validity::Now);
        let front = TlsFront::start(certificate.config(), server.address).await;
        let mut options = Options::default();
        options.extra_roots = Roots::from_pem(authority.pem().as_bytes()).unwrap();
        let base = format!("https://localhost:{}", front.address.port());
        let checks = client_with(ONCE, &base, options, &clock)
            .diagnostics()
            .await;
        let (_, actual, detail) = &results(&checks)[2];
        assert_eq!(*actual, word, "{checks:?}");
        assert!(detail.contains(text), "{detail}");
        // An untrusted server receives nothing.
        let expected = if word == "passed" { 2 } else { 0 };
        assert_eq!(server.requests().len(), expected);
    }
}
