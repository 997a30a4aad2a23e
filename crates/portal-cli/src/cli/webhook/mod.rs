#[cfg(feature = "sandbox")]
mod listen;
#[cfg(feature = "sandbox")]
mod trigger;
mod verify;

use clap::{Args, Subcommand};

#[cfg(feature = "sandbox")]
pub(crate) use listen::WebhookListen;
#[cfg(feature = "sandbox")]
pub(crate) use trigger::WebhookTrigger;
pub(crate) use verify::WebhookVerify;

/// Verify providers' webhook messages, and receive those of a sandbox.
#[derive(Args, Debug)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Webhook {
    #[command(subcommand)]
    pub(crate) command: WebhookCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum WebhookCommand {
    #[cfg(feature = "sandbox")]
    Listen(WebhookListen),
    #[cfg(feature = "sandbox")]
    Trigger(WebhookTrigger),
    Verify(WebhookVerify),
}

impl Webhook {
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
