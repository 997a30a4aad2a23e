use serde_json::{Value, json};

use crate::cli::{GlobalArgs, RateLimitArgs};
use crate::errors::CommandError;
use crate::output::{EscapeControl, Printer};
use crate::sandbox::control::Control;

/// The name of the limit in the control API, and its key in the answer.
const RATE_LIMIT: &str = "rate_limit";

pub(super) async fn run(
    global: &GlobalArgs,
    arguments: &RateLimitArgs,
    printer: Printer,
) -> Result<(), CommandError> {
    let control = Control::new(global)?;
    let mut answer = match &arguments.provider {
        Some(provider) => {
            let mut body = json!({ "provider": provider, "retry_after": arguments.retry_after });
            if let Some(per_second) = arguments.per_second {
                body["per_second"] = per_second.into();
            }
            control.post(RATE_LIMIT, &body).await?
        }
        None => control.get(RATE_LIMIT).await?,
    };
    if let (true, Some(provider)) = (arguments.clear, answer[RATE_LIMIT].get("provider")) {
        // A limit of 0 is none.
        let body = json!({ "provider": provider, "per_second": 0 });
        answer = control.post(RATE_LIMIT, &body).await?;
    }
    if printer.json() {
        return printer.object(&answer);
    }
    match &answer[RATE_LIMIT] {
        Value::Null => {
            printer.note("No rate limit is set.");
            Ok(())
        }
        limit => printer.data(&describe(limit)),
    }
}

/// Writes the limit on one line: `kwik, 50 a second, with Retry-After, 3 calls refused`.
fn describe(limit: &Value) -> String {
    let provider = limit["provider"].as_str().unwrap_or_default();
    let number = |name: &str| limit[name].as_u64().unwrap_or_default();
    let retry_after = match limit["retry_after"].as_bool() {
        Some(true) => ", with Retry-After",
        _ => "",
    };
    let (per_second, refused) = (number("per_second"), number("refused"));
    let calls = if refused == 1 { "call" } else { "calls" };
    let line = format!("{provider}, {per_second} a second{retry_after}, {refused} {calls} refused");
    EscapeControl(&line).to_string()
}
