use clap::Args;

/// Make a running sandbox send a webhook, and print the event's id.
///
/// The event is about a subscription, which does not change.
#[derive(Args, Debug)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct WebhookTriggerArgs {
    /// The event's type, such as `payment.completed`
    #[arg(value_name = "EVENT")]
    pub(crate) event: String,
    /// The subscription; the default is the sandbox's first
    #[arg(long, value_name = "ID")]
    pub(crate) subscription: Option<String>,
    /// Print one JSON object; errors are JSON too
    #[arg(long)]
    pub(crate) json: bool,
}

const EXAMPLES: &str = "\
Examples:
  portal webhook trigger payment.completed
  portal webhook trigger subscription.cancelled --subscription sub_sandbox_active";
