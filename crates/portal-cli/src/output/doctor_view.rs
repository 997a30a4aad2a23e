use std::error::Error as _;
use std::fmt;
use std::path::Path;

use anstyle::{AnsiColor, Style};
use portal::adapter::ProviderInfo;
use portal::config::{EffectiveSetting, Source};
use portal::diagnostics::Outcome;
use serde_json::json;

const GREEN: Style = AnsiColor::Green.on_default();
const RED: Style = AnsiColor::Red.on_default().bold();
const CYAN: Style = AnsiColor::Cyan.on_default();
const DIM: Style = Style::new().dimmed();

/// The report of `portal doctor`, as text by `Display` or as JSON.
pub(crate) struct DoctorView<'a> {
    pub(crate) info: &'static ProviderInfo,
    pub(crate) named_by: Source,
    pub(crate) profile: Option<&'a str>,
    pub(crate) file: Option<&'a Path>,
    pub(crate) values: Vec<EffectiveSetting>,
    pub(crate) checks: &'a [CheckLine],
}

/// A check and its outcome.
pub(crate) struct CheckLine {
    pub(crate) name: &'static str,
    pub(crate) outcome: Outcome,
}

impl DoctorView<'_> {
    pub(crate) fn to_json(&self) -> serde_json::Value {
        let values = self.values.iter().map(|value| {
            json!({ "name": value.name, "value": value.value, "source": source(&value.source) })
        });
        let checks = self.checks.iter().map(|line| {
            let (result, detail, error) = match &line.outcome {
                Outcome::Passed(seen) => ("passed", seen.as_str(), None),
                Outcome::Failed(error) => ("failed", error.message(), Some(error)),
                Outcome::Skipped(why) => ("skipped", why.as_str(), None),
                Outcome::NotChecked(why) => ("not_checked", why.as_str(), None),
            };
            json!({ "name": line.name, "result": result, "detail": detail, "error": error })
        });
        json!({
            "provider": { "id": self.info.id, "source": source(&self.named_by) },
            "profile": self.profile,
            "config": self.file,
            "values": values.collect::<Vec<_>>(),
            "checks": checks.collect::<Vec<_>>(),
        })
    }
}

/// Returns the source of a setting as an object; keys that do not apply are `null`.
fn source(source: &Source) -> serde_json::Value {
    let (name, path, line) = match source {
        Source::File { path, line } => (None, Some(path), Some(line)),
        Source::Profile { name, path, line } => (Some(name.as_str()), Some(path), Some(line)),
        Source::Variable(name) => (Some(name.as_str()), None, None),
        Source::Flag(name) => (Some(*name), None, None),
        _ => (None, None, None),
    };
    json!({ "layer": source.as_str(), "name": name, "path": path, "line": line })
}

impl fmt::Display for DoctorView<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} ({})", self.info.id, self.info.name)?;
        let shown = self.values.iter().map(|value| value.value.as_deref());
        let width = shown.flatten().map(|text| text.chars().count()).max();
        let width = width.unwrap_or_default().min(32);
        let mut value = |name: &str, shown: Option<&str>, source: &Source| match shown {
            Some(shown) => writeln!(f, "  {name:<14} {shown:<width$}  {DIM}{source}{DIM:#}"),
            None => writeln!(f, "  {name:<14} {DIM}not set{DIM:#}"),
        };
        value("provider", Some(self.info.id), &self.named_by)?;
        for of in &self.values {
            value(of.name, of.value.as_deref(), &of.source)?;
        }
        for line in self.checks {
            let name = line.name;
            match &line.outcome {
                Outcome::Passed(seen) => write!(f, "\n  {name:<14} {GREEN}ok{GREEN:#}: {seen}")?,
                Outcome::Skipped(why) => write!(f, "\n  {name:<14} {DIM}skipped{DIM:#}: {why}")?,
                Outcome::NotChecked(why) => write!(f, "\n  {name:<14} not checked: {why}")?,
                Outcome::Failed(error) => {
                    write!(f, "\n  {name:<14} {RED}failed{RED:#}: {}", error.message())?;
                    if let Some(cause) = error.source() {
                        write!(f, "\n  {:<14} caused by: {cause}", "")?;
                    }
                    if let Some(hint) = error.hint() {
                        write!(f, "\n  {:<14} {CYAN}hint{CYAN:#}: {hint}", "")?;
                    }
                }
            }
        }
        Ok(())
    }
}
