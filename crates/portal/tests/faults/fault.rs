//! What can go wrong between a client and a provider, and what must come of it.

use std::time::Duration;

use portal::{Delivery, Kind};
use portal_testkit::{Step, answer};

use crate::provider::{LINK, Provider};

/// One row of the table.
pub(crate) struct Fault {
    pub(crate) name: String,
    pub(crate) network: Network,
    pub(crate) expected: Expected,
    /// The provider's own code in the answer.
    pub(crate) code: Option<&'static str>,
}

/// What stands at the other end.
pub(crate) enum Network {
    /// A server that does this at every request.
    Server(Vec<Step>),
    /// The same behind TLS, since the answer leads from https to http.
    Downgrade,
    /// The same, leading to another server.
    Elsewhere,
    /// No server listens on the port.
    ClosedPort,
    /// A server that never answers the TLS handshake.
    Silence,
    UnknownAuthority,
    WrongHost,
    Expired,
}

/// What interface and documentation promise, by the mapping of answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expected {
    Link,
    Error(Kind, Delivery),
}

use Expected::{Error, Link};

const JSON: &str = "content-type: application/json\r\n";
const REFUSED: Delivery = Delivery::Refused;
const PROTOCOL: Expected = Error(Kind::Protocol, Delivery::Answered);
const LOST: Expected = Error(Kind::Unavailable, Delivery::Unknown);
const UNREACHED: Expected = Error(Kind::Unavailable, Delivery::NotSent);
const LATE: Expected = Error(Kind::Timeout, Delivery::Unknown);

/// Every fault, in the order of the table.
pub(crate) fn faults(provider: Provider) -> Vec<Fault> {
    let mut faults = statuses(provider);
    faults.extend(provider_own(provider));
    faults.extend(waits(provider));
    faults.extend(bodies(provider));
    faults.extend(redirects());
    faults.extend(times(provider));
    faults.extend(connections(provider));
    faults
}

fn fault(name: &str, network: Network, expected: Expected) -> Fault {
    Fault {
        name: name.to_owned(),
        network,
        expected,
        code: None,
    }
}

fn served(name: &str, step: Step, expected: Expected) -> Fault {
    fault(name, Network::Server(vec![step; 3]), expected)
}

fn statuses(provider: Provider) -> Vec<Fault> {
    let row = |(status, reason, kind, delivery)| {
        let (body, code) = provider.fault(status);
        let step = answer(&format!("{status} {reason}"), JSON, &body);
        Fault {
            code,
            ..served(&format!("{status} {reason}"), step, Error(kind, delivery))
        }
    };
    let unavailable = (Kind::Unavailable, Delivery::Unknown);
    [
        (400, "Bad Request", Kind::Invalid, REFUSED),
        (401, "Unauthorized", Kind::Unauthenticated, REFUSED),
        (403, "Forbidden", Kind::Forbidden, REFUSED),
        (404, "Not Found", Kind::NotFound, REFUSED),
        (409, "Conflict", Kind::Conflict, REFUSED),
        (413, "Content Too Large", Kind::Invalid, REFUSED),
        (422, "Unprocessable Content", Kind::Invalid, REFUSED),
        (429, "Too Many Requests", Kind::RateLimited, REFUSED),
        (500, "Internal Server Error", unavailable.0, unavailable.1),
        (502, "Bad Gateway", unavailable.0, unavailable.1),
        (503, "Service Unavailable", unavailable.0, unavailable.1),
        (504, "Gateway Timeout", unavailable.0, unavailable.1),
    ]
    .map(row)
    .into()
}

fn provider_own(provider: Provider) -> Vec<Fault> {
    match provider {
        Provider::Kwik => vec![Fault {
            code: Some("005"),
            ..served(
                "200 OK, and the body says `\"status\": false`",
                answer("200 OK", JSON, &provider.fault(422).0),
                Error(Kind::Invalid, REFUSED),
            )
        }],
        Provider::OnlineApp => vec![served(
            "403 Forbidden, and the body says `isTest`",
            answer("403 Forbidden", JSON, r#"{"isTest":"1"}"#),
            Error(Kind::NoPortal, REFUSED),
        )],
    }
}

fn waits(provider: Provider) -> Vec<Fault> {
    let (body, code) = provider.fault(429);
    let row = |name: &str, headers: &str| Fault {
        code,
        ..served(
            &format!("429, `Retry-After`: {name}"),
            answer("429 Too Many Requests", &format!("{JSON}{headers}"), &body),
            Error(Kind::RateLimited, REFUSED),
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

fn bodies(provider: Provider) -> Vec<Fault> {
    let link = provider.link();
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
            ok(JSON, &link[..link.len() / 2]),
            PROTOCOL,
        ),
        served("not JSON", ok(JSON, "hello"), PROTOCOL),
        served("JSON of another shape", ok(JSON, "[1]"), PROTOCOL),
        served(
            "the link, called `text/plain`",
            ok("content-type: text/plain\r\n", &link),
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
            LOST,
        ),
    ]
}

fn redirects() -> Vec<Fault> {
    let location = "location: /elsewhere\r\n";
    vec![
        served(
            "a redirect, same host",
            answer("302 Found", location, ""),
            PROTOCOL,
        ),
        fault("a redirect to another host", Network::Elsewhere, PROTOCOL),
        fault(
            "a redirect from https to http",
            Network::Downgrade,
            PROTOCOL,
        ),
    ]
}

/// Time passes in steps of 5 s, of which the last is where an attempt's time is up.
fn times(provider: Provider) -> Vec<Fault> {
    const EACH: Duration = Duration::from_secs(5);
    let pieces = usize::try_from(provider.attempt().as_secs() / EACH.as_secs()).unwrap();
    let slowly = |first: &str, next: &str| {
        let mut text = vec![first.as_bytes().to_vec()];
        text.resize(pieces, next.as_bytes().to_vec());
        Step::Slowly(EACH, text)
    };
    let head = format!("HTTP/1.1 200 OK\r\n{JSON}");
    let body = format!("{head}content-length: 99\r\n\r\n");
    vec![
        served("slow headers", slowly(&head, "x: y\r\n"), LATE),
        served("a slow body", slowly(&body, " "), LATE),
        served("no answer", Step::Hang(provider.attempt()), LATE),
        fault(
            "no answer to the greeting of TLS",
            Network::Silence,
            Error(Kind::Timeout, Delivery::NotSent),
        ),
    ]
}

fn connections(provider: Provider) -> Vec<Fault> {
    let link = provider.link();
    let head = format!(
        "HTTP/1.1 200 OK\r\n{JSON}content-length: {}\r\n\r\n",
        link.len()
    );
    let part = format!("{head}{}", &link[..9]);
    let whole = format!("{head}{link}");
    vec![
        fault("connection refused", Network::ClosedPort, UNREACHED),
        served("closed before the answer", Step::Close, LOST),
        served("reset before the answer", Step::Reset, LOST),
        served(
            "reset during the answer",
            Step::AnswerAndReset(part.clone().into()),
            LOST,
        ),
        served(
            "closed during the answer",
            Step::AnswerAndClose(part.into()),
            LOST,
        ),
        served(
            "closed after the answer",
            Step::AnswerAndClose(whole.clone().into()),
            Link,
        ),
        served(
            "reset after the answer",
            Step::AnswerAndReset(whole.into()),
            Link,
        ),
        fault(
            "TLS: an authority that is not trusted",
            Network::UnknownAuthority,
            UNREACHED,
        ),
        fault(
            "TLS: a certificate for another host",
            Network::WrongHost,
            UNREACHED,
        ),
        fault(
            "TLS: a certificate that has expired",
            Network::Expired,
            UNREACHED,
        ),
    ]
}

/// The link is the provider's own, and no other.
pub(crate) fn is_link(text: &str) -> bool {
    text == LINK
}
