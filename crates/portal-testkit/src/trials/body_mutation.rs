//! Documented answers with one field damaged: their meaning, or a well-formed error.

use portal_core::{Delivery, Error, Kind};
use serde_json::Value;

use super::codec::json;
use super::faults::by_status;
use crate::damage::{Damage, dotted, places, written};
use crate::report::Findings;
use crate::trial_setup::TrialSetup;
use crate::{DocumentedAnswer, DocumentedOutcome};

/// An origin that no link may have: a valid address that is not documented.
const ELSEWHERE: &str = "https://elsewhere.example/portal/x";

/// More than any error of a bounded length repeats.
const LONGEST_ERROR: usize = 4 * 1024;

pub(crate) fn removed(setup: &TrialSetup<'_>, findings: &mut Findings) {
    damaged(setup, findings, |_| vec![Damage::Removed]);
}

pub(crate) fn retyped(setup: &TrialSetup<'_>, findings: &mut Findings) {
    damaged(setup, findings, |value| {
        let types = [
            "907",
            "\"retyped\"",
            "true",
            "false",
            "null",
            "[]",
            "[\"x\"]",
            "{}",
            "{\"x\":1}",
        ];
        let same = match value {
            Value::String(_) => "\"retyped\"".to_owned(),
            value => value.to_string(),
        };
        let is_other = |text: &&&str| **text != same;
        let others = types.iter().filter(is_other);
        others
            .map(|text| Damage::Becomes((*text).to_owned()))
            .collect()
    });
}

pub(crate) fn doubled(setup: &TrialSetup<'_>, findings: &mut Findings) {
    damaged(setup, findings, |value| {
        let other = match value {
            Value::String(_) => format!("\"{ELSEWHERE}\""),
            Value::Bool(yes) => (!yes).to_string(),
            Value::Null | Value::Number(_) | Value::Array(_) | Value::Object(_) => "7".to_owned(),
        };
        vec![
            Damage::Again(value.to_string()),
            Damage::Again(other),
            Damage::Again("null".into()),
        ]
    });
}

pub(crate) fn enlarged(setup: &TrialSetup<'_>, findings: &mut Findings) {
    damaged(setup, findings, |_| {
        vec![
            Damage::Becomes(format!("\"{}\"", "x".repeat(1024 * 1024))),
            Damage::Becomes(format!("\"https://x.example/{}\"", "x".repeat(16 * 1024))),
            Damage::Becomes(format!("{}1{}", "[".repeat(10_000), "]".repeat(10_000))),
            Damage::Becomes(format!(
                "{}1{}",
                "{\"x\":".repeat(10_000),
                "}".repeat(10_000)
            )),
            Damage::Becomes("1e999".into()),
            Damage::Becomes("9".repeat(400)),
            Damage::Becomes("-1".into()),
        ]
    });
}

fn damaged(setup: &TrialSetup<'_>, findings: &mut Findings, damages: fn(&Value) -> Vec<Damage>) {
    for documented in &setup.declaration.answers {
        let Some(body) = json(documented.body.as_bytes()) else {
            continue;
        };
        for (place, value) in places(&body) {
            for damage in damages(&value) {
                let mut checked = judge(setup, documented, &written(&body, &place, &damage));
                let is_lost = !matches!(damage, Damage::Again(_))
                    && documented.link().is_some_and(|url| value == url);
                if is_lost && matches!(checked, Ok(ReadAs::Link)) {
                    checked = Err("the adapter returned a link that is not in the answer".into());
                }
                findings.check(checked.is_ok(), || {
                    let damage: String = format!("{damage:?}").chars().take(60).collect();
                    let (name, place) = (documented.name, dotted(&place));
                    format!(
                        "`{name}`, `{place}` {damage}: {}",
                        checked.err().unwrap_or_default()
                    )
                });
            }
        }
    }
}

/// What a damaged answer may be read as.
enum ReadAs {
    Link,
    Error,
}

fn judge(
    setup: &TrialSetup<'_>,
    documented: &DocumentedAnswer,
    body: &str,
) -> Result<ReadAs, String> {
    match setup.read(documented, body)? {
        Ok(link) => {
            let asked = setup.full();
            let DocumentedOutcome::Link(values) = documented.meaning else {
                return Err("a fault was read as a link".into());
            };
            match () {
                () if link.url().expose() != values.url => Err("the link leads elsewhere".into()),
                () if link.customer.id() != asked.fields().customer.id() => {
                    Err("the link is for another customer".into())
                }
                () => Ok(ReadAs::Link),
            }
        }
        Err(error) => {
            well_formed(&error, documented.status)?;
            let read_as = (error.kind(), error.delivery());
            let documented_as = match documented.meaning {
                DocumentedOutcome::Link(_) => (Kind::Protocol, Delivery::Answered),
                DocumentedOutcome::Fault(values) => (values.kind, values.delivery),
            };
            match read_as == documented_as || read_as == by_status(documented.status) {
                true => Ok(ReadAs::Error),
                false => Err(format!("read as {read_as:?}")),
            }
        }
    }
}

/// An error is one bounded line, and has its status and the next step.
fn well_formed(error: &Error, status: u16) -> Result<(), String> {
    let (shown, length) = (error.to_string(), format!("{error:?}").len());
    match () {
        () if shown.contains(char::is_control) => Err("the error has several lines".into()),
        () if length > LONGEST_ERROR => Err(format!("the error is {length} bytes long")),
        () if error.status().map(|status| status.as_u16()) != Some(status) => {
            Err("the error lacks its status".into())
        }
        () if error.hint().is_none() => Err("the error lacks a hint".into()),
        () => Ok(()),
    }
}
