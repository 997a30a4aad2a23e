#[cfg(feature = "sandbox")]
mod listen;
#[cfg(feature = "sandbox")]
mod trigger;
mod verify;

use clap::{Args, Subcommand};

#[cfg(feature = "sandbox")]
pub(crate) use listen::WebhookListenArgs;
#[cfg(feature = "sandbox")]
pub(crate) use trigger::WebhookTriggerArgs;
pub(crate) use verify::WebhookVerifyArgs;

/// Verify providers' webhook messages, and receive those of a sandbox.
#[derive(Args, Debug)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct WebhookArgs {
    #[command(subcommand)]
    pub(crate) command: WebhookCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum WebhookCommand {
    #[cfg(feature = "sandbox")]
    Listen(WebhookListenArgs),
    #[cfg(feature = "sandbox")]
    Trigger(WebhookTriggerArgs),
    Verify(WebhookVerifyArgs),
}

impl WebhookArgs {
    pub(crate) fn json(&self) -> bool {
        match &self.command {
            #[cfg(feature = "sandbox")]
            WebhookCommand::Listen(listen) => listen.json,
            #[cfg(feature = "sandbox")]
            WebhookCommand::Trigger(trigger) => trigger.json,
            WebhookCommand::Verify(verify) => verify.json,
        }
    }
}

const EXAMPLES: &str = "\
Examples:
  portal webhook listen --forward-to http://127.0.0.1:4000/hooks
  portal webhook trigger payment.completed
  portal webhook verify onlineapp --signature \"$signature\" < body.json";
