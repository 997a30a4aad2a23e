use crate::cli::GlobalArgs;
use crate::errors::CommandError;
use crate::output::Printer;
use crate::sandbox::control::Control;

pub(super) async fn run(global: &GlobalArgs, printer: Printer) -> Result<(), CommandError> {
    let state = Control::new(global)?.get("state").await?;
    match printer.json() {
        true => printer.object(&state),
        // The alternate form has one field a line.
        false => printer.data(&format!("{state:#}")),
    }
}
