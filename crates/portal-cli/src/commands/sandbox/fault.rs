use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use crate::cli::{FaultArgs, GlobalArgs};
use crate::errors::CommandError;
use crate::output::{EscapeControl, Printer};
use crate::sandbox::control::Control;

/// The name of the faults in the control API.
const FAULTS: &str = "faults";

pub(super) async fn run(
    global: &GlobalArgs,
    arguments: &FaultArgs,
    printer: Printer,
) -> Result<(), CommandError> {
    let control = Control::new(global)?;
    if arguments.clear {
        control.delete(FAULTS, &Value::Null).await?;
    }
    let faults = match &arguments.fault {
        Some(fault) => control.post(FAULTS, &body(arguments, fault)).await?,
        None => control.get(FAULTS).await?,
    };
    if printer.json() {
        return printer.object(&faults);
    }
    let lines: Vec<_> = match &faults {
        Value::Array(faults) => faults.iter().map(describe).collect(),
        fault => vec![describe(fault)],
    };
    match lines.is_empty() {
        true => {
            printer.note("No fault is queued.");
            Ok(())
        }
        false => printer.data(&lines.join("\n")),
    }
}

/// Returns the request for the fault; the sandbox checks it.
fn body(arguments: &FaultArgs, fault: &str) -> Value {
    // A body that is no JSON is sent as text.
    let json_or_text = |text: &String| serde_json::from_str(text).unwrap_or_else(|_| json!(text));
    let seconds_or_date =
        |text: &String| text.parse().map_or_else(|_| json!(text), |s: u64| json!(s));
    let fields = [
        ("provider", arguments.provider.as_ref().map(|id| json!(id))),
        ("fault", Some(json!(fault))),
        ("times", arguments.times.map(|times| json!(times))),
        ("status", arguments.status.map(|status| json!(status))),
        (
            "retry_after",
            arguments.retry_after.as_ref().map(seconds_or_date),
        ),
        ("body", arguments.body.as_ref().map(json_or_text)),
        ("seconds", arguments.seconds.map(|seconds| json!(seconds))),
        (
            "location",
            arguments.location.as_ref().map(|url| json!(url)),
        ),
    ];
    let given = fields
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Value::Object(given.collect())
}

/// Writes a fault on one line: `kwik status, 3 times, status 503`.
fn describe(fault: &Value) -> String {
    let no_fields = Map::new();
    let fields = fault.as_object().unwrap_or(&no_fields);
    let text = |name| fields.get(name).and_then(Value::as_str).unwrap_or_default();
    let mut line = format!("{} {}", text("provider"), text("fault"));
    if let Some(times) = fields.get("times") {
        let unit = if times == 1 { "time" } else { "times" };
        let _ = write!(line, ", {times} {unit}");
    }
    for (name, value) in fields {
        if !["provider", "fault", "times"].contains(&name.as_str()) {
            let _ = write!(line, ", {name} {value}");
        }
    }
    EscapeControl(&line).to_string()
}
