use serde_json::{Value, json};

use crate::cli::GlobalArgs;
use crate::errors::CommandError;
use crate::output::Printer;
use crate::sandbox::control::Control;

pub(super) async fn run(global: &GlobalArgs, printer: Printer) -> Result<(), CommandError> {
    Control::new(global)?.post("reset", &Value::Null).await?;
    if printer.json() {
        return printer.object(&json!({ "reset": true }));
    }
    printer.note("The sandbox has its first state again.");
    Ok(())
}
