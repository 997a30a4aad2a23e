//! The errors when the network or the provider misbehaves, over real connections.

use std::time::Duration;

use portal_core::{Delivery, Kind};
use portal_http::Options;
use tokio::net::TcpListener;

use crate::report::Findings;
use crate::trial_setup::{TrialSetup, run, step, truncated_answer};
use crate::{DocumentedAnswer, Server, Step, TestClock, answer};

const STATUSES: [&str; 14] = [
    "400 Bad Request",
    "401 Unauthorized",
    "403 Forbidden",
    "404 Not Found",
    "408 Request Timeout",
    "409 Conflict",
    "413 Content Too Large",
    "418 Undocumented",
    "422 Unprocessable Content",
    "429 Too Many Requests",
    "500 Internal Server Error",
    "502 Bad Gateway",
    "503 Service Unavailable",
    "504 Gateway Timeout",
];

const HTML: (&str, &str) = ("content-type: text/html\r\n", "<html>no</html>");

/// More answers than a call has attempts.
const SCRIPT_LENGTH: usize = 5;

/// Returns the kind and delivery for a status whose body has no details.
///
/// It repeats the rules of `portal_core::classify` on purpose: a mistake in one of them fails a trial.
pub(crate) fn by_status(status: u16) -> (Kind, Delivery) {
    match status {
        401 => (Kind::Unauthenticated, Delivery::Refused),
        403 => (Kind::Forbidden, Delivery::Refused),
        404 => (Kind::NotFound, Delivery::Refused),
        408 => (Kind::Unavailable, Delivery::Unknown),
        409 => (Kind::Conflict, Delivery::Refused),
        429 => (Kind::RateLimited, Delivery::Refused),
        400..500 => (Kind::Invalid, Delivery::Refused),
        500..600 => (Kind::Unavailable, Delivery::Unknown),
        _ => (Kind::Protocol, Delivery::Answered),
    }
}

pub(crate) fn statuses(setup: &TrialSetup<'_>, findings: &mut Findings) {
    for status in STATUSES {
        for (headers, body) in [("", ""), HTML, ("content-type: application/json\r\n", "{")] {
            let script = || vec![answer(status, headers, body); SCRIPT_LENGTH];
            check_error(setup, script(), by_status(code(status)), status, findings);
        }
    }
}

pub(crate) fn retries(setup: &TrialSetup<'_>, findings: &mut Findings) {
    let is_idempotent = setup.declaration.is_idempotent;
    let mut attempts = |what: &str, step: Step, may_repeat: bool| {
        let exchange = setup.exchange(&setup.full(), vec![step; SCRIPT_LENGTH]);
        let sent = exchange.requests.len();
        findings.check(
            (sent > 1) == may_repeat && (1..SCRIPT_LENGTH).contains(&sent),
            || format!("{what}: {sent} attempts"),
        );
    };
    for status in STATUSES {
        let (kind, delivery) = by_status(code(status));
        let may_help = matches!(kind, Kind::Unavailable | Kind::RateLimited);
        let may_repeat = may_help && (delivery == Delivery::Refused || is_idempotent);
        attempts(status, answer(status, "", ""), may_repeat);
    }
    attempts("closed without an answer", Step::Close, is_idempotent);
    attempts("reset without an answer", Step::Reset, is_idempotent);
    attempts("cut off", truncated_answer(), is_idempotent);
    attempts("not JSON", answer("200 OK", "", "{"), false);
    attempts(
        "a redirect",
        answer("307 Temporary Redirect", "location: /\r\n", ""),
        false,
    );
    for documented in setup.faults() {
        let Some((kind, delivery)) = documented.fault() else {
            continue;
        };
        let may_help = matches!(kind, Kind::Unavailable | Kind::RateLimited | Kind::Timeout);
        let may_repeat = may_help
            && (delivery == Delivery::Refused || (delivery == Delivery::Unknown && is_idempotent));
        attempts(
            documented.name,
            step(documented, documented.body),
            may_repeat,
        );
    }
}

pub(crate) fn retry_after(setup: &TrialSetup<'_>, findings: &mut Findings) {
    let status = "429 Too Many Requests";
    for link in setup.links().take(1) {
        let soon = answer(status, "retry-after: 7\r\n", "");
        let exchange = setup.exchange(&setup.full(), [soon, step(link, link.body)]);
        findings.check(exchange.result.is_ok(), || {
            "the link of the second attempt is not returned".into()
        });
        findings.check(exchange.waits == [Duration::from_secs(7)], || {
            format!(
                "the server asked for a wait of 7 s, and the engine waited {:?}",
                exchange.waits
            )
        });
    }
    let late = answer(status, "retry-after: 3600\r\n", "");
    let exchange = setup.exchange(&setup.full(), vec![late; SCRIPT_LENGTH]);
    let actual = exchange.result.err().and_then(|error| error.retry_after());
    findings.check(actual == Some(Duration::from_secs(3600)), || {
        format!("the server asked for a wait of an hour, and {actual:?} is reported")
    });
    findings.check(
        exchange.requests.len() == 1 && exchange.waits.is_empty(),
        || "the engine starts a wait beyond the deadline".into(),
    );
}

pub(crate) fn redirects(setup: &TrialSetup<'_>, findings: &mut Findings) {
    for status in [
        "301 Moved",
        "302 Found",
        "303 See Other",
        "307 Temporary",
        "308 Permanent",
    ] {
        let (exchange, reached) = run(async {
            let clock = TestClock::default();
            let links: Vec<_> = setup.links().map(|link| step(link, link.body)).collect();
            let elsewhere = Server::start(&clock, links).await;
            let location = format!("location: http://{}/elsewhere\r\n", elsewhere.address);
            let script = vec![answer(status, &location, ""); SCRIPT_LENGTH];
            let server = Server::start(&clock, script).await;
            let exchange = setup.call_server(&server, &setup.full(), &clock).await;
            (exchange, elsewhere.connections())
        });
        findings.check(reached == 0, || format!("{status} is followed"));
        let actual = exchange
            .result
            .map_err(|error| (error.kind(), error.delivery()))
            .err();
        findings.check(actual == Some((Kind::Protocol, Delivery::Answered)), || {
            format!("{status} is reported as {actual:?}")
        });
    }
}

pub(crate) fn unreadable_answers(setup: &TrialSetup<'_>, findings: &mut Findings) {
    let protocol = (Kind::Protocol, Delivery::Answered);
    let huge = " ".repeat(2 * 1024 * 1024);
    for body in ["", "{", "null", "[]", "{}", "7", HTML.1, &huge] {
        for headers in ["content-type: application/json\r\n", HTML.0] {
            let script = vec![answer("200 OK", headers, body)];
            let name = format!("200 with `{body:.20}`");
            check_error(setup, script, protocol, &name, findings);
        }
    }
    // The body of a fault is not a success, whatever the status says.
    for documented in setup.faults().filter(|fault| fault.status >= 300) {
        let success = DocumentedAnswer {
            status: 200,
            ..*documented
        };
        let script = vec![step(&success, documented.body)];
        let exchange = setup.exchange(&setup.full(), script);
        findings.check(exchange.result.is_err(), || {
            format!("`{}` with status 200 is read as a link", documented.name)
        });
    }
    // Nor is a link's body under an error status.
    for (documented, status) in setup.links().flat_map(|link| [(link, 404), (link, 500)]) {
        let fault = DocumentedAnswer {
            status,
            ..*documented
        };
        let script = vec![step(&fault, documented.body); SCRIPT_LENGTH];
        let name = format!("`{}` with status {status}", documented.name);
        check_error(setup, script, by_status(status), &name, findings);
    }
}

pub(crate) fn lost_answers(setup: &TrialSetup<'_>, findings: &mut Findings) {
    let unavailable = (Kind::Unavailable, Delivery::Unknown);
    for (what, step) in [
        ("closed without an answer", Step::Close),
        ("reset without an answer", Step::Reset),
        ("cut off", truncated_answer()),
        ("not HTTP", Step::AnswerAndClose("nonsense\r\n\r\n".into())),
    ] {
        check_error(
            setup,
            vec![step; SCRIPT_LENGTH],
            unavailable,
            what,
            findings,
        );
    }
    let timeout = (Kind::Timeout, Delivery::Unknown);
    let hang = vec![Step::Hang(Duration::from_secs(60)); SCRIPT_LENGTH];
    check_error(setup, hang, timeout, "never answered", findings);
    let slow = Step::Slowly(
        Duration::from_secs(20),
        ["HTTP/1.1 200 OK\r\n", "content-length: 9\r\n\r\n", "x"]
            .map(Vec::from)
            .to_vec(),
    );
    check_error(
        setup,
        vec![slow; SCRIPT_LENGTH],
        timeout,
        "slowly answered",
        findings,
    );
}

pub(crate) fn closed_port(setup: &TrialSetup<'_>, findings: &mut Findings) {
    let actual = run(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let base = format!("http://{}", listener.local_addr().expect("a bound socket"));
        drop(listener);
        let mut options = Options::default();
        options.base_url = Some(base.parse().expect("a URL on loopback"));
        let declaration = setup.declaration;
        let engine = (declaration.engine)(declaration, options, TestClock::default());
        engine.create_link(&setup.full()).await
    });
    let actual = actual
        .map_err(|error| (error.kind(), error.delivery()))
        .err();
    findings.check(
        actual == Some((Kind::Unavailable, Delivery::NotSent)),
        || format!("reported as {actual:?}"),
    );
}

fn check_error(
    setup: &TrialSetup<'_>,
    script: Vec<Step>,
    expected: (Kind, Delivery),
    what: &str,
    findings: &mut Findings,
) {
    match setup.exchange(&setup.full(), script).result {
        Ok(_) => findings.fail(format!("{what}: read as a link")),
        Err(error) => {
            let actual = (error.kind(), error.delivery());
            findings.check(actual == expected, || {
                format!("{what}: reported as {actual:?}")
            });
            let is_complete = error.hint().is_some()
                && error.provider().is_some()
                && error.operation() == Some("create_link")
                && error.attempts() > 0;
            findings.check(is_complete, || {
                format!("{what}: the error lacks a hint, the provider, the operation or attempts")
            });
        }
    }
}

fn code(status: &str) -> u16 {
    status[..3].parse().expect("three digits")
}
