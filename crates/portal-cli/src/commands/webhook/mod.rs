#[cfg(feature = "sandbox")]
mod forwarder;
#[cfg(feature = "sandbox")]
mod listen;
#[cfg(feature = "sandbox")]
mod trigger;
mod verify;

use crate::cli::{GlobalArgs, WebhookArgs, WebhookCommand};
use crate::errors::CommandError;
use crate::output::Printer;

pub(crate) async fn run(
    global: &GlobalArgs,
    webhook: &WebhookArgs,
    printer: &Printer,
) -> Result<(), CommandError> {
    match &webhook.command {
        #[cfg(feature = "sandbox")]
        WebhookCommand::Listen(arguments) => listen::run(global, arguments, *printer).await,
        #[cfg(feature = "sandbox")]
        WebhookCommand::Trigger(arguments) => {
            let trigger = trigger::run(global, arguments, *printer);
            crate::signals::until_stopped(trigger).await
        }
        // It blocks on stdin, which no signal handler must outlive.
        WebhookCommand::Verify(arguments) => verify::run(global, arguments, *printer),
    }
}
