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
use crate::trial_setup::{TrialSetup, step};
use crate::{DocumentedAnswer, Step, answer};

pub(crate) fn debug(setup: &TrialSetup<'_>, findings: &mut Findings) {
    let secrets = secret_scan::all(setup);
    let mut shows = |what: &str, shown: String| {
        let found = secrets.found_in(&shown).is_some();
        findings.check(!found, || format!("{what} shows a secret in `Debug`"));
    };
    let adapter = setup.adapter();
    shows("the adapter", format!("{adapter:?} {adapter:#?}"));
    let request = setup.full();
    shows("the request", format!("{request:?} {request:#?}"));
    if let Ok(call) = setup.call(&request) {
        shows("the call", format!("{call:?} {call:#?}"));
        let mut authorized = call.request().clone();
        setup.declaration.credential.apply(authorized.headers_mut());
        shows(
            "the authorized header",
            format!("{:?}", authorized.headers()),
        );
    }
    for documented in setup.links() {
        let exchange = setup.exchange(&request, [step(documented, documented.body)]);
        shows("the engine", exchange.engine);
        if let Ok(link) = exchange.result {
            shows("the link", format!("{link:?} {link:#?}"));
        }
    }
}

/// No error shows a secret of a fault, or of any answer that is not a success.
pub(crate) fn echoes(setup: &TrialSetup<'_>, findings: &mut Findings) {
    hide(setup, secret_scan::all(setup).echoes(), findings);
}

/// The same in base64 and in hexadecimal digits, each secret alone.
pub(crate) fn packed(setup: &TrialSetup<'_>, findings: &mut Findings) {
    hide(setup, secret_scan::all(setup).packed(), findings);
}

fn hide(setup: &TrialSetup<'_>, echoes: Vec<String>, findings: &mut Findings) {
    let secrets = secret_scan::all(setup);
    for echo in echoes {
        for documented in &setup.declaration.answers {
            for body in echoing(documented, &echo) {
                match setup.read(documented, &body) {
                    Err(why) => findings.fail(why),
                    Ok(Ok(link)) => {
                        let shown = format!("{link:?} {link:#?}");
                        findings.check(secrets.found_in(&shown).is_none(), || {
                            format!("`{}`: the link shows an echo of `{echo}`", documented.name)
                        });
                    }
                    Ok(Err(error)) => {
                        let found = secrets.found_in(&all_of(&error));
                        findings.check(found.is_none(), || {
                            format!("`{}`: an error shows an echo of `{echo}`", documented.name)
                        });
                    }
                }
            }
        }
    }
}

/// A documented body with each of its texts, or its names, replaced by the echo; and the echo.
fn echoing(documented: &DocumentedAnswer, echo: &str) -> Vec<String> {
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

/// The public `raw` of a link holds no secret, and no URL, of a documented answer.
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

/// Calls that succeed and fail in every way log nothing secret, at the most verbose level.
pub(crate) fn logs(setup: &TrialSetup<'_>, findings: &mut Findings) {
    let secrets = secret_scan::all(setup);
    let mut scripts: Vec<(String, Vec<Step>)> = Vec::new();
    for documented in &setup.declaration.answers {
        let again = vec![step(documented, documented.body); 4];
        scripts.push((documented.name.to_owned(), again));
        for echo in secret_scan::credentials(setup).echoes().into_iter().take(1) {
            let name = format!("`{}` with an echo", documented.name);
            let bodies = echoing(documented, &echo);
            scripts.extend(
                bodies
                    .iter()
                    .map(|body| (name.clone(), vec![step(documented, body); 4])),
            );
        }
    }
    let cut_off = "HTTP/1.1 200 OK\r\ncontent-length: 999\r\n\r\n{\"";
    for (name, step) in [
        ("closed", Step::Close),
        ("reset", Step::Reset),
        ("hanging", Step::Hang(Duration::from_secs(60))),
        ("cut off", Step::AnswerAndClose(cut_off.into())),
        ("not JSON", answer("200 OK", "", "{")),
        ("a redirect", answer("302 Found", "location: /x\r\n", "")),
    ] {
        scripts.push((name.to_owned(), vec![step; 4]));
    }
    for (name, script) in scripts {
        let log = Log::default();
        let exchange = with_default(log.subscriber(), || setup.exchange(&setup.full(), script));
        let logged = log.text();
        findings.check(secrets.found_in(&logged).is_none(), || {
            format!("{name}: a secret is logged")
        });
        if let Err(error) = exchange.result {
            findings.check(secrets.found_in(&all_of(&error)).is_none(), || {
                format!("{name}: the error shows a secret")
            });
        }
    }
    // The absence of secrets proves something only if there is a log.
    let log = Log::default();
    with_default(log.subscriber(), || tracing::trace!("a trial"));
    findings.check(log.text().contains("a trial"), || "the log is empty".into());
}

/// Everything that an error shows: its text, its debug form and its sources.
pub(crate) fn all_of(error: &Error) -> String {
    let mut shown = format!("{error} {error:?} {error:#?} {}", json!(error));
    let mut next: Option<&dyn StdError> = error.source();
    while let Some(source) = next {
        shown += &format!(" {source} {source:?}");
        next = source.source();
    }
    shown
}

/// What is logged, in memory.
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
