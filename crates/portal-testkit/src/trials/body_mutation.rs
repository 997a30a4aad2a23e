//! Documented answers with one field edited: read as documented, or refused with a well-formed error.

use portal_core::{Delivery, Error, Kind};
use serde_json::Value;

use super::codec::json;
use super::faults::by_status;
use crate::json_edit::{Edit, apply, dotted, paths};
use crate::report::Findings;
use crate::trial_setup::TrialSetup;
use crate::{DocumentedAnswer, DocumentedOutcome};

/// A valid address that is in no documented answer.
const OTHER_URL: &str = "https://elsewhere.example/portal/x";

/// The maximum length of an error's `Debug` form in bytes. An error that repeats an enlarged field is longer.
const MAX_ERROR_LENGTH: usize = 4 * 1024;

pub(crate) fn remove(setup: &TrialSetup<'_>, findings: &mut Findings) {
    try_edits(setup, findings, |_| vec![Edit::Remove]);
}

pub(crate) fn retype(setup: &TrialSetup<'_>, findings: &mut Findings) {
    try_edits(setup, findings, |value| {
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
        let own_type = match value {
            Value::String(_) => "\"retyped\"".to_owned(),
            value => value.to_string(),
        };
        let is_other = |text: &&&str| **text != own_type;
        let others = types.iter().filter(is_other);
        others
            .map(|text| Edit::Replace((*text).to_owned()))
            .collect()
    });
}

pub(crate) fn duplicate(setup: &TrialSetup<'_>, findings: &mut Findings) {
    try_edits(setup, findings, |value| {
        let other = match value {
            Value::String(_) => format!("\"{OTHER_URL}\""),
            Value::Bool(yes) => (!yes).to_string(),
            Value::Null | Value::Number(_) | Value::Array(_) | Value::Object(_) => "7".to_owned(),
        };
        vec![
            Edit::Duplicate(value.to_string()),
            Edit::Duplicate(other),
            Edit::Duplicate("null".into()),
        ]
    });
}

pub(crate) fn enlarge(setup: &TrialSetup<'_>, findings: &mut Findings) {
    try_edits(setup, findings, |_| {
        vec![
            Edit::Replace(format!("\"{}\"", "x".repeat(1024 * 1024))),
            Edit::Replace(format!("\"https://x.example/{}\"", "x".repeat(16 * 1024))),
            Edit::Replace(format!("{}1{}", "[".repeat(10_000), "]".repeat(10_000))),
            Edit::Replace(format!(
                "{}1{}",
                "{\"x\":".repeat(10_000),
                "}".repeat(10_000)
            )),
            Edit::Replace("1e999".into()),
            Edit::Replace("9".repeat(400)),
            Edit::Replace("-1".into()),
        ]
    });
}

fn try_edits(setup: &TrialSetup<'_>, findings: &mut Findings, edits: fn(&Value) -> Vec<Edit>) {
    for documented in &setup.declaration.answers {
        let Some(body) = json(documented.body.as_bytes()) else {
            continue;
        };
        for (path, value) in paths(&body) {
            for edit in edits(&value) {
                let mut checked = check_reading(setup, documented, &apply(&body, &path, &edit));
                let is_link_gone = !matches!(edit, Edit::Duplicate(_))
                    && documented.link().is_some_and(|url| value == url);
                if is_link_gone && matches!(checked, Ok(Reading::Link)) {
                    checked = Err("the adapter returned a link that is not in the answer".into());
                }
                findings.check(checked.is_ok(), || {
                    let edit: String = format!("{edit:?}").chars().take(60).collect();
                    let (name, path) = (documented.name, dotted(&path));
                    format!(
                        "`{name}`, `{path}` {edit}: {}",
                        checked.err().unwrap_or_default()
                    )
                });
            }
        }
    }
}

/// How an edited answer may be read.
enum Reading {
    Link,
    Error,
}

fn check_reading(
    setup: &TrialSetup<'_>,
    documented: &DocumentedAnswer,
    body: &str,
) -> Result<Reading, String> {
    match setup.read(documented, body)? {
        Ok(link) => {
            let requested = setup.full();
            let DocumentedOutcome::Link(values) = documented.outcome else {
                return Err("a fault was read as a link".into());
            };
            match () {
                () if link.url().expose() != values.url => Err("the link leads elsewhere".into()),
                () if link.customer != requested.fields().customer => {
                    Err("the link is for another customer".into())
                }
                () => Ok(Reading::Link),
            }
        }
        Err(error) => {
            check_form(&error, documented.status)?;
            let read_as = (error.kind(), error.delivery());
            let documented_as = match documented.outcome {
                DocumentedOutcome::Link(_) => (Kind::Protocol, Delivery::Answered),
                DocumentedOutcome::Fault(values) => (values.kind, values.delivery),
            };
            match read_as == documented_as || read_as == by_status(documented.status) {
                true => Ok(Reading::Error),
                false => Err(format!("read as {read_as:?}")),
            }
        }
    }
}

/// Checks that an error is one line of bounded length, with its status and a hint.
fn check_form(error: &Error, status: u16) -> Result<(), String> {
    let (text, length) = (error.to_string(), format!("{error:?}").len());
    match () {
        () if text.contains(char::is_control) => Err("the error has several lines".into()),
        () if length > MAX_ERROR_LENGTH => Err(format!("the error is {length} bytes long")),
        () if error.status().map(|status| status.as_u16()) != Some(status) => {
            Err("the error lacks its status".into())
        }
        () if error.hint().is_none() => Err("the error lacks a hint".into()),
        () => Ok(()),
    }
}
