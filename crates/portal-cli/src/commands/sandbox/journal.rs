use serde_json::Value;

use crate::cli::GlobalArgs;
use crate::errors::CommandError;
use crate::output::{EscapeControl, Printer};
use crate::sandbox::control::Control;

pub(super) async fn run(global: &GlobalArgs, printer: Printer) -> Result<(), CommandError> {
    let journal = Control::new(global)?.get("journal").await?;
    if printer.json() {
        return printer.object(&journal);
    }
    let entries = journal.as_array().into_iter().flatten();
    let lines: Vec<_> = entries.map(describe).collect();
    match lines.is_empty() {
        true => {
            printer.note("The journal is empty.");
            Ok(())
        }
        false => printer.data(&lines.join("\n")),
    }
}

/// Writes an entry on one line: its time, direction, provider, request and the answer's status.
fn describe(entry: &Value) -> String {
    let text = |name: &str| entry[name].as_str().unwrap_or_default();
    let direction = match text("direction") {
        "out" => "sent",
        _ => "received",
    };
    let status = match entry["status"].as_u64() {
        Some(status) => status.to_string(),
        None => "no answer".to_owned(),
    };
    // `2026-03-13T11:30:00.25Z` up to the second.
    let time = text("at").split(['.', 'Z']).next().unwrap_or_default();
    let line = format!(
        "{time}Z  {direction:<8}  {:<9}  {} {}  {status}",
        text("provider"),
        text("method"),
        text("path"),
    );
    EscapeControl(&line).to_string()
}
