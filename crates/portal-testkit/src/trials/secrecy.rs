//! No output shows a key, a link or personal data.

use std::error::Error as StdError;
use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use portal_core::Error;
use serde_json::{Value, json};
use tracing::Level;
use tracing::subscriber::with_default;

use super::codec;
use crate::json_edit::{Edit, apply, dotted, paths};
use crate::report::Findings;
use crate::secret_scan;
use crate::trial_setup::{TrialSetup, step, truncated_answer};
use crate::{DocumentedAnswer, Step, answer};

pub(crate) fn debug(setup: &TrialSetup<'_>, findings: &mut Findings) {
    let secrets = secret_scan::all(setup);
    let mut check = |name: &str, output: String| {
        let found = secrets.find_in(&output).is_some();
        findings.check(!found, || format!("{name} shows a secret in `Debug`"));
    };
    let adapter = setup.adapter();
    check("the adapter", format!("{adapter:?} {adapter:#?}"));
    let request = setup.full();
    check("the request", format!("{request:?} {request:#?}"));
    if let Ok(call) = setup.call(&request) {
        check("the call", format!("{call:?} {call:#?}"));
        let mut authorized = call.request().clone();
        setup.declaration.credential.apply(authorized.headers_mut());
        check(
            "the authorized header",
            format!("{:?}", authorized.headers()),
        );
    }
    for documented in setup.links() {
        let exchange = setup.exchange(&request, [step(documented, documented.body)]);
        check("the engine", exchange.engine);
        if let Ok(link) = exchange.result {
            check("the link", format!("{link:?} {link:#?}"));
        }
    }
}

/// Checks that no error shows a secret that the provider repeats.
pub(crate) fn echoes(setup: &TrialSetup<'_>, findings: &mut Findings) {
    check_echoes(setup, secret_scan::all(setup).echoes(), findings);
}

/// Checks that no error shows a secret that the provider repeats in base64 or in hexadecimal digits.
pub(crate) fn encoded_echoes(setup: &TrialSetup<'_>, findings: &mut Findings) {
    check_echoes(setup, secret_scan::all(setup).base64_and_hex(), findings);
}

fn check_echoes(setup: &TrialSetup<'_>, echoes: Vec<String>, findings: &mut Findings) {
    let secrets = secret_scan::all(setup);
    for echo in echoes {
        for documented in &setup.declaration.answers {
            for body in bodies_with_echo(documented, &echo) {
                match setup.read(documented, &body) {
                    Err(why) => findings.fail(why),
                    Ok(Ok(link)) => {
                        let output = format!("{link:?} {link:#?}");
                        findings.check(secrets.find_in(&output).is_none(), || {
                            format!("`{}`: the link shows an echo of `{echo}`", documented.name)
                        });
                    }
                    Ok(Err(error)) => {
                        let found = secrets.find_in(&error_output(&error));
                        findings.check(found.is_none(), || {
                            format!("`{}`: an error shows an echo of `{echo}`", documented.name)
                        });
                    }
                }
            }
        }
    }
}

/// Returns bodies that contain an echo: the echo alone, and the documented body with each value replaced by it.
fn bodies_with_echo(documented: &DocumentedAnswer, echo: &str) -> Vec<String> {
    let text = Value::from(echo).to_string();
    let mut bodies = vec![echo.to_owned(), text.clone(), json!([echo]).to_string()];
    bodies.push(json!({(echo): echo, "error": echo, "message": echo, "code": echo}).to_string());
    if let Some(body) = codec::json(documented.body.as_bytes()) {
        for (path, _) in paths(&body) {
            bodies.push(apply(&body, &path, &Edit::Replace(text.clone())));
        }
    }
    bodies
}

/// Names of fields whose value is presumably a secret.
const SECRET_NAMES: [&str; 4] = ["token", "secret", "password", "signature"];

/// Checks that the public `raw` of a link has no secret and no URL of a documented answer.
pub(crate) fn raw(setup: &TrialSetup<'_>, findings: &mut Findings) {
    for secret in &setup.declaration.answer_secrets {
        let is_answered = setup.links().any(|link| link.body.contains(secret));
        findings.check(is_answered, || {
            format!("`answer_secrets` lists `{secret}`, which no documented link holds")
        });
    }
    for documented in setup.links() {
        let name = documented.name;
        match setup.read(documented, documented.body) {
            Ok(Ok(link)) => {
                let raw = Value::Object(link.raw);
                let texts = paths(&raw);
                let texts = texts
                    .iter()
                    .filter_map(|(path, value)| Some((dotted(path), value.as_str()?)));
                findings.check(true, String::new);
                for (path, text) in texts {
                    let declared = &setup.declaration.answer_secrets;
                    let is_declared = declared.iter().any(|secret| text.contains(secret));
                    let lower = path.to_ascii_lowercase();
                    let is_named = SECRET_NAMES.iter().any(|name| lower.contains(name));
                    findings.check(!is_declared && !is_named && !text.contains("://"), || {
                        format!("`{name}`: `raw` holds a secret or a URL in `{path}`")
                    });
                }
            }
            Ok(Err(error)) => findings.fail(format!("`{name}`: {error}")),
            Err(why) => findings.fail(format!("`{name}`: {why}")),
        }
    }
}

/// Checks that no call logs a secret at the most verbose level, whether it succeeds or fails.
pub(crate) fn logs(setup: &TrialSetup<'_>, findings: &mut Findings) {
    let secrets = secret_scan::all(setup);
    let mut scripts: Vec<(String, Vec<Step>)> = Vec::new();
    for documented in &setup.declaration.answers {
        let steps = vec![step(documented, documented.body); 4];
        scripts.push((documented.name.to_owned(), steps));
        for echo in secret_scan::credentials(setup).echoes().into_iter().take(1) {
            let name = format!("`{}` with an echo", documented.name);
            let bodies = bodies_with_echo(documented, &echo);
            scripts.extend(
                bodies
                    .iter()
                    .map(|body| (name.clone(), vec![step(documented, body); 4])),
            );
        }
    }
    for (name, step) in [
        ("closed", Step::Close),
        ("reset", Step::Reset),
        ("hanging", Step::Hang(Duration::from_secs(60))),
        ("cut off", truncated_answer()),
        ("not JSON", answer("200 OK", "", "{")),
        ("a redirect", answer("302 Found", "location: /x\r\n", "")),
    ] {
        scripts.push((name.to_owned(), vec![step; 4]));
    }
    for (name, script) in scripts {
        let log = Log::default();
        let exchange = with_default(log.subscriber(), || setup.exchange(&setup.full(), script));
        let logged = log.text();
        findings.check(secrets.find_in(&logged).is_none(), || {
            format!("{name}: a secret is logged")
        });
        if let Err(error) = exchange.result {
            findings.check(secrets.find_in(&error_output(&error)).is_none(), || {
                format!("{name}: the error shows a secret")
            });
        }
    }
    // An empty log has no secrets either, so check that a log was written.
    let log = Log::default();
    with_default(log.subscriber(), || tracing::trace!("a trial"));
    findings.check(log.text().contains("a trial"), || "the log is empty".into());
}

/// Returns everything that an error shows: its text, its `Debug` forms, its JSON and its sources.
pub(crate) fn error_output(error: &Error) -> String {
    let mut output = format!("{error} {error:?} {error:#?} {}", json!(error));
    let mut next: Option<&dyn StdError> = error.source();
    while let Some(source) = next {
        output += &format!(" {source} {source:?}");
        next = source.source();
    }
    output
}

/// A log in memory.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn subscriber(&self) -> impl tracing::Subscriber + use<> {
        let log = self.clone();
        tracing_subscriber::fmt()
            .with_max_level(Level::TRACE)
            .with_ansi(false)
            .with_writer(move || log.clone())
            .finish()
    }

    fn text(&self) -> String {
        let bytes = self.0.lock().expect("no holder of the lock panics");
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut log = self.0.lock().expect("no holder of the lock panics");
        log.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
