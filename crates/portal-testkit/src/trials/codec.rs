//! The requests that an adapter encodes, and how it decodes documented answers.

use http::{HeaderMap, Request};
use serde_json::Value;

use super::contract::request_text;
use crate::DocumentedRequest;
use crate::report::Findings;
use crate::secret_scan;
use crate::trial_setup::{BASE, TrialSetup, step};

pub(crate) fn requests(setup: &TrialSetup<'_>, findings: &mut Findings) {
    for documented in &setup.declaration.requests {
        let name = documented.name;
        match setup.call(&documented.request) {
            Ok(call) => check_request(documented, call.request(), findings),
            Err(error) => findings.fail(format!("`{name}`: {error}")),
        }
        // A server must receive the same request.
        for answer in setup.links().take(1) {
            let exchange = setup.exchange(&documented.request, [step(answer, answer.body)]);
            let arrived = exchange.requests.first().is_some_and(|sent| {
                sent.method == documented.method
                    && sent.path == format!("{BASE}{}", documented.path)
            });
            findings.check(arrived && exchange.requests.len() == 1, || {
                format!("`{name}` does not arrive as one request of that method and path")
            });
        }
    }
}

fn check_request(
    documented: &DocumentedRequest,
    request: &Request<bytes::Bytes>,
    findings: &mut Findings,
) {
    let DocumentedRequest {
        name, method, path, ..
    } = documented;
    let sent = format!("{} {}", request.method(), request.uri());
    findings.check(sent == format!("{method} {path}"), || {
        format!("`{name}`: `{sent}`")
    });
    let sent = sorted(request.headers());
    let mut headers: Vec<_> = documented.headers.clone();
    headers.sort_unstable();
    findings.check(
        sent.iter()
            .map(|(name, value)| (&**name, &**value))
            .eq(headers),
        || format!("`{name}`: headers {sent:?}"),
    );
    let is_same_body = match documented.body {
        "" => request.body().is_empty(),
        body => match (json(body.as_bytes()), json(request.body())) {
            (Some(documented), Some(sent)) => documented == sent,
            _ => false,
        },
    };
    findings.check(is_same_body, || {
        format!(
            "`{name}`: the body {}",
            String::from_utf8_lossy(request.body())
        )
    });
}

pub(crate) fn repeatable_encoding(setup: &TrialSetup<'_>, findings: &mut Findings) {
    let full = setup.full();
    let extra = full
        .clone()
        .extra("trial_b", 1)
        .extra("trial_a", serde_json::json!({"d": 1, "c": 2}));
    for request in [setup.minimal(), full, extra] {
        match (setup.call(&request), setup.call(&request)) {
            (Ok(one), Ok(two)) => findings.check(
                request_text(one.request()) == request_text(two.request()),
                || "the same request is encoded differently the second time".into(),
            ),
            (one, two) => {
                for error in [one.err(), two.err()].into_iter().flatten() {
                    findings.fail(error.to_string());
                }
            }
        }
    }
}

pub(crate) fn relative_uri(setup: &TrialSetup<'_>, findings: &mut Findings) {
    let secrets = secret_scan::credentials(setup);
    for request in [setup.minimal(), setup.full()] {
        match setup.call(&request) {
            Ok(call) => {
                let (uri, text) = (call.request().uri(), request_text(call.request()));
                let is_relative = uri.scheme().is_none() && uri.authority().is_none();
                findings.check(is_relative && uri.path().starts_with('/'), || {
                    "the URI is not a path below the base URL".into()
                });
                findings.check(secrets.find_in(&text).is_none(), || {
                    "a credential is in the request before it is authorized".into()
                });
            }
            Err(error) => findings.fail(error.to_string()),
        }
    }
}

pub(crate) fn authorize(setup: &TrialSetup<'_>, findings: &mut Findings) {
    let request = match setup.call(&setup.full()) {
        Ok(call) => call.request().clone(),
        Err(error) => return findings.fail(error.to_string()),
    };
    let mut authorized = request.clone();
    for attempt in 1..=3 {
        let credential = &setup.declaration.credential;
        credential.apply(authorized.headers_mut());
        let mut added = authorized.headers().clone();
        for name in request.headers().keys() {
            added.remove(name);
        }
        let sent = sorted(&added);
        let mut documented = setup.declaration.credential_headers.clone();
        documented.sort_unstable();
        let is_documented = sent
            .iter()
            .map(|(name, value)| (&**name, &**value))
            .eq(documented);
        findings.check(is_documented && !sent.is_empty(), || {
            let names: Vec<_> = added.keys().collect();
            format!("attempt {attempt} has other credentials than documented, in {names:?}")
        });
        let secrets = secret_scan::credentials(setup);
        for (name, value) in authorized.headers() {
            let text = String::from_utf8_lossy(value.as_bytes());
            let is_secret = secrets.find_in(&text).is_some();
            findings.check(!is_secret || value.is_sensitive(), || {
                format!("`{name}` holds a credential and is not marked sensitive")
            });
        }
    }
}

pub(crate) fn answers(setup: &TrialSetup<'_>, findings: &mut Findings) {
    for (what, count) in [
        ("link", setup.links().count()),
        ("fault", setup.faults().count()),
    ] {
        findings.check(count > 0, || format!("no documented answer is a {what}"));
    }
    for documented in &setup.declaration.answers {
        let name = documented.name;
        let result = match setup.read(documented, documented.body) {
            Ok(result) => result,
            Err(why) => {
                findings.fail(format!("`{name}`: {why}"));
                continue;
            }
        };
        let checked = documented.outcome.check(&result);
        findings.check(checked.is_ok(), || {
            format!("`{name}`: {}", checked.err().unwrap_or_default())
        });
        match result {
            Ok(link) => {
                let request = setup.full();
                let is_requested = link.customer == request.fields().customer;
                findings.check(is_requested, || {
                    format!("`{name}`: the link is for another customer")
                });
            }
            Err(error) => {
                let status = error.status().map(|status| status.as_u16());
                findings.check(
                    status == Some(documented.status) && error.hint().is_some(),
                    || format!("`{name}`: the error has no status or no hint"),
                );
            }
        }
    }
}

pub(crate) fn json(text: &[u8]) -> Option<Value> {
    serde_json::from_slice(text).ok()
}

fn sorted(headers: &HeaderMap) -> Vec<(String, String)> {
    let text = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let mut headers: Vec<_> = headers
        .iter()
        .map(|(name, value)| (name.to_string(), text(value)))
        .collect();
    headers.sort_unstable();
    headers
}
