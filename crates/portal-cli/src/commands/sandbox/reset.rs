use serde_json::{Value, json};

use crate::cli::Global;
use crate::errors::CommandError;
use crate::output::Printer;
use crate::sandbox::control::Control;

pub(super) async fn run(global: &Global, printer: Printer) -> Result<(), CommandError> {
    Control::new(global)?.post("reset", &Value::Null).await?;
    if printer.json() {
        return printer.object(&json!({ "reset": true }));
    }
    printer.note("The sandbox has its first state again.");
    Ok(())
}
