use serde_json::json;

use crate::cli::{GlobalArgs, WebhookTriggerArgs};
use crate::errors::CommandError;
use crate::output::{EscapeControl, Printer};
use crate::sandbox::control::Control;

pub(super) async fn run(
    global: &GlobalArgs,
    arguments: &WebhookTriggerArgs,
    printer: Printer,
) -> Result<(), CommandError> {
    let mut body = json!({ "type": arguments.event });
    if let Some(id) = &arguments.subscription {
        body["subscription_id"] = json!(id);
    }
    let event = Control::new(global)?
        .post("webhooks/trigger", &body)
        .await?;
    if event["deliveries"] == 0 {
        printer.note("No receiver is subscribed: start `portal webhook listen --forward-to URL`.");
    }
    match printer.json() {
        true => printer.object(&event),
        false => {
            let id = event["id"].as_str().unwrap_or_default();
            printer.data(&EscapeControl(id).to_string())
        }
    }
}
