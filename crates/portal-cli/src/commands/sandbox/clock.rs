use serde_json::json;

use crate::cli::{ClockArgs, GlobalArgs};
use crate::errors::CommandError;
use crate::output::Printer;
use crate::sandbox::control::Control;

pub(super) async fn run(
    global: &GlobalArgs,
    arguments: &ClockArgs,
    printer: Printer,
) -> Result<(), CommandError> {
    let control = Control::new(global)?;
    let time = match arguments.advance {
        None => control.get("clock").await?,
        Some(by) => {
            let advance = json!({ "advance_seconds": by.as_secs() });
            control.post("clock", &advance).await?
        }
    };
    match printer.json() {
        true => printer.object(&time),
        false => printer.data(time["now"].as_str().unwrap_or_default()),
    }
}
