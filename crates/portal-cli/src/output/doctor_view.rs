use std::error::Error as _;
use std::fmt;

use anstyle::{AnsiColor, Style};
use portal::diagnostics::Outcome;
use serde_json::json;

use crate::output::SettingsView;

const GREEN: Style = AnsiColor::Green.on_default();
const RED: Style = AnsiColor::Red.on_default().bold();
const CYAN: Style = AnsiColor::Cyan.on_default();
const DIM: Style = Style::new().dimmed();

/// The report of `portal doctor` on a provider, as text by `Display` or as JSON.
pub(crate) struct DoctorView<'a> {
    pub(crate) settings: SettingsView<'a>,
    pub(crate) checks: &'a [CheckLine],
}

/// A check and its outcome.
pub(crate) struct CheckLine {
    pub(crate) name: &'static str,
    pub(crate) outcome: Outcome,
}

impl DoctorView<'_> {
    pub(crate) fn to_json(&self) -> serde_json::Value {
        let checks = self.checks.iter().map(|line| {
            json!({
                "name": line.name,
                "result": line.outcome.as_str(),
                "detail": line.outcome.text(),
                "error": line.outcome.error(),
            })
        });
        let mut object = self.settings.to_json();
        object["checks"] = checks.collect();
        object
    }
}

impl fmt::Display for DoctorView<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.settings)?;
        for line in self.checks {
            let name = line.name;
            match &line.outcome {
                Outcome::Passed(detail) => {
                    write!(f, "\n  {name:<14} {GREEN}ok{GREEN:#}: {detail}")?;
                }
                Outcome::Skipped(why) => write!(f, "\n  {name:<14} {DIM}skipped{DIM:#}: {why}")?,
                Outcome::Failed(error) => {
                    write!(f, "\n  {name:<14} {RED}failed{RED:#}: {}", error.message())?;
                    if let Some(cause) = error.source() {
                        write!(f, "\n  {:<14} caused by: {cause}", "")?;
                    }
                    if let Some(hint) = error.hint() {
                        write!(f, "\n  {:<14} {CYAN}hint{CYAN:#}: {hint}", "")?;
                    }
                }
                other => {
                    let outcome = other.as_str().replace('_', " ");
                    write!(f, "\n  {name:<14} {outcome}: {}", other.text())?;
                }
            }
        }
        Ok(())
    }
}
