//! The faults between a client and a provider, and the required outcome of each.

use std::time::Duration;

use portal_core::{Delivery, Kind};

use crate::trial_setup::{TrialSetup, step};
use crate::trials::faults::by_status;
use crate::{DocumentedAnswer, DocumentedOutcome, Step, answer};

/// One row of the table.
pub(crate) struct FaultCase {
    pub(crate) name: String,
    pub(crate) network: Network,
    pub(crate) expected: Expected,
    /// The provider's own code in the answer.
    pub(crate) code: Option<&'static str>,
}

/// The server that the client calls.
pub(crate) enum Network {
    /// A server that follows these steps.
    Server(Vec<Step>),
    /// A server behind TLS that redirects to another server's http URL.
    Downgrade,
    /// A server that redirects to another server.
    OtherHost,
    /// A port without a server.
    ClosedPort,
    /// A server that never answers the TLS handshake.
    SilentTls,
    UnknownAuthority,
    WrongHost,
    Expired,
}

/// What the toolkit promises for a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expected {
    Link,
    Error(Kind, Delivery),
}

use Expected::{Error, Link};

const JSON: &str = "content-type: application/json\r\n";
const PROTOCOL: Expected = Error(Kind::Protocol, Delivery::Answered);
const CLOSED: Expected = Error(Kind::Unavailable, Delivery::Unknown);
const NOT_SENT: Expected = Error(Kind::Unavailable, Delivery::NotSent);
const TIMED_OUT: Expected = Error(Kind::Timeout, Delivery::Unknown);

/// Lists every fault, in the order of the table. `link` is a documented link.
pub(crate) fn faults(setup: &TrialSetup<'_>, link: &DocumentedAnswer) -> Vec<FaultCase> {
    let attempt_timeout = attempt_timeout(setup.declaration.is_idempotent);
    let mut faults = statuses();
    faults.extend(documented_faults(setup));
    faults.extend(waits(setup));
    faults.extend(bodies(link));
    faults.extend(redirects());
    faults.extend(delays(attempt_timeout));
    faults.extend(connections(link));
    faults
}

/// Returns the timeout of one attempt, in a call with a deadline of 30 seconds.
pub(crate) fn attempt_timeout(is_idempotent: bool) -> Duration {
    match is_idempotent {
        true => Duration::from_secs(10),
        false => Duration::from_secs(30),
    }
}

fn fault(name: &str, network: Network, expected: Expected) -> FaultCase {
    FaultCase {
        name: name.to_owned(),
        network,
        expected,
        code: None,
    }
}

fn served(name: &str, step: Step, expected: Expected) -> FaultCase {
    fault(name, Network::Server(vec![step; 3]), expected)
}

/// Returns error statuses with a body without details.
fn statuses() -> Vec<FaultCase> {
    let row = |(status, reason)| {
        let name = format!("{status} {reason}");
        let (kind, delivery) = by_status(status);
        served(&name, answer(&name, JSON, "{}"), Error(kind, delivery))
    };
    [
        (400, "Bad Request"),
        (401, "Unauthorized"),
        (403, "Forbidden"),
        (404, "Not Found"),
        (409, "Conflict"),
        (413, "Content Too Large"),
        (422, "Unprocessable Content"),
        (429, "Too Many Requests"),
        (500, "Internal Server Error"),
        (502, "Bad Gateway"),
        (503, "Service Unavailable"),
        (504, "Gateway Timeout"),
    ]
    .map(row)
    .into()
}

/// Returns the error answers that the provider documents.
fn documented_faults(setup: &TrialSetup<'_>) -> Vec<FaultCase> {
    let row = |documented: &DocumentedAnswer| match documented.outcome {
        DocumentedOutcome::Link(_) => None,
        DocumentedOutcome::Fault(values) => Some(FaultCase {
            code: values.code,
            ..served(
                &format!("{}, documented: {}", documented.status, documented.name),
                step(documented, documented.body),
                Error(values.kind, values.delivery),
            )
        }),
    };
    setup.declaration.answers.iter().filter_map(row).collect()
}

fn waits(setup: &TrialSetup<'_>) -> Vec<FaultCase> {
    let documented = setup.faults().find(|documented| documented.status == 429);
    let code = documented.and_then(|documented| match documented.outcome {
        DocumentedOutcome::Fault(values) => values.code,
        DocumentedOutcome::Link(_) => None,
    });
    let body = documented.map_or("{}", |documented| documented.body);
    let row = |name: &str, headers: &str| FaultCase {
        code,
        ..served(
            &format!("429, `Retry-After`: {name}"),
            answer("429 Too Many Requests", &format!("{JSON}{headers}"), body),
            Error(Kind::RateLimited, Delivery::Refused),
        )
    };
    vec![
        row("2", "retry-after: 2\r\n"),
        row(
            "a date in 3 s",
            "retry-after: Thu, 01 Jan 1970 00:00:03 GMT\r\n",
        ),
        row(
            "a date in the past",
            "retry-after: Wed, 31 Dec 1969 23:00:00 GMT\r\n",
        ),
        row("an hour", "retry-after: 3600\r\n"),
        row("20 digits", "retry-after: 99999999999999999999\r\n"),
        row("negative", "retry-after: -5\r\n"),
        row("text", "retry-after: soon\r\n"),
        row("twice, 2 and 9", "retry-after: 2\r\nretry-after: 9\r\n"),
    ]
}

fn bodies(link: &DocumentedAnswer) -> Vec<FaultCase> {
    let link = link.body;
    let ok = |headers: &str, body: &str| answer("200 OK", headers, body);
    let raw = |head: String, body: &[u8]| Step::Answer([head.as_bytes(), body].concat());
    let huge = 9 * 1024 * 1024;
    let bomb: &[u8] = include_bytes!("bomb.json.gz");
    let zipped = format!(
        "HTTP/1.1 200 OK\r\n{JSON}content-encoding: gzip\r\ncontent-length: {}\r\n\r\n",
        bomb.len()
    );
    vec![
        served(
            "HTML",
            ok("content-type: text/html\r\n", "<html>Hello</html>"),
            PROTOCOL,
        ),
        served("no body", ok(JSON, ""), PROTOCOL),
        served(
            "JSON cut short",
            ok(JSON, &link[..link.floor_char_boundary(link.len() / 2)]),
            PROTOCOL,
        ),
        served("not JSON", ok(JSON, "hello"), PROTOCOL),
        served("JSON of another shape", ok(JSON, "[1]"), PROTOCOL),
        served(
            "the link, called `text/plain`",
            ok("content-type: text/plain\r\n", link),
            Link,
        ),
        served(
            "9 MiB",
            ok(JSON, &format!("{}{link}", " ".repeat(huge))),
            PROTOCOL,
        ),
        served("a gzip bomb", raw(zipped, bomb), PROTOCOL),
        served(
            "a link of plain http",
            ok(JSON, &link.replace("https:", "http:")),
            PROTOCOL,
        ),
        served(
            "not HTTP",
            Step::AnswerAndClose("hello\r\n\r\n".into()),
            CLOSED,
        ),
    ]
}

fn redirects() -> Vec<FaultCase> {
    let location = "location: /elsewhere\r\n";
    vec![
        served(
            "a redirect, same host",
            answer("302 Found", location, ""),
            PROTOCOL,
        ),
        fault("a redirect to another host", Network::OtherHost, PROTOCOL),
        fault(
            "a redirect from https to http",
            Network::Downgrade,
            PROTOCOL,
        ),
    ]
}

/// Returns answers that take too long: each step advances the clock by 5 s, and the last one ends the attempt.
fn delays(attempt_timeout: Duration) -> Vec<FaultCase> {
    const EACH: Duration = Duration::from_secs(5);
    let pieces = usize::try_from(attempt_timeout.as_secs() / EACH.as_secs())
        .expect("an attempt has few pieces");
    let slowly = |first: &str, next: &str| {
        let mut text = vec![first.as_bytes().to_vec()];
        text.resize(pieces, next.as_bytes().to_vec());
        Step::Slowly(EACH, text)
    };
    let head = format!("HTTP/1.1 200 OK\r\n{JSON}");
    let body = format!("{head}content-length: 99\r\n\r\n");
    vec![
        served("slow headers", slowly(&head, "x: y\r\n"), TIMED_OUT),
        served("a slow body", slowly(&body, " "), TIMED_OUT),
        served("no answer", Step::Hang(attempt_timeout), TIMED_OUT),
        fault(
            "no answer to the TLS handshake",
            Network::SilentTls,
            Error(Kind::Timeout, Delivery::NotSent),
        ),
    ]
}

fn connections(link: &DocumentedAnswer) -> Vec<FaultCase> {
    let link = link.body;
    let head = format!(
        "HTTP/1.1 200 OK\r\n{JSON}content-length: {}\r\n\r\n",
        link.len()
    );
    let truncated = format!("{head}{}", &link[..link.floor_char_boundary(9)]);
    let complete = format!("{head}{link}");
    vec![
        fault("connection refused", Network::ClosedPort, NOT_SENT),
        served("closed before the answer", Step::Close, CLOSED),
        served("reset before the answer", Step::Reset, CLOSED),
        served(
            "reset during the answer",
            Step::AnswerAndReset(truncated.clone().into()),
            CLOSED,
        ),
        served(
            "closed during the answer",
            Step::AnswerAndClose(truncated.into()),
            CLOSED,
        ),
        served(
            "closed after the answer",
            Step::AnswerAndClose(complete.clone().into()),
            Link,
        ),
        served(
            "reset after the answer",
            Step::AnswerAndReset(complete.into()),
            Link,
        ),
        fault(
            "TLS: an authority that is not trusted",
            Network::UnknownAuthority,
            NOT_SENT,
        ),
        fault(
            "TLS: a certificate for another host",
            Network::WrongHost,
            NOT_SENT,
        ),
        fault(
            "TLS: a certificate that has expired",
            Network::Expired,
            NOT_SENT,
        ),
    ]
}
