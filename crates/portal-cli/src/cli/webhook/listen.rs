use std::path::PathBuf;

use clap::Args;

/// Forward a running sandbox's webhooks to your application.
///
/// Each message is forwarded with its signature, headers and body unchanged. The application's status goes back to the
/// sandbox, which repeats a message after a 5xx. Messages are signed with ONLINEAPP_WEBHOOK_SECRET, the secret of the
/// configuration file or --secret-file, or with a new secret, which is printed.
#[derive(Args, Debug)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct WebhookListenArgs {
    /// The application's URL: http on a loopback address
    #[arg(long, value_name = "URL")]
    pub(crate) forward_to: String,
    /// The provider whose webhooks are forwarded; the default is the first that the sandbox sends
    pub(crate) provider: Option<String>,
    /// Sign with the secret in this file
    #[arg(long, value_name = "FILE")]
    pub(crate) secret_file: Option<PathBuf>,
    /// Print one JSON object when it listens and one for each message; errors are JSON too
    #[arg(long)]
    pub(crate) json: bool,
}

const EXAMPLES: &str = "\
Examples:
  portal webhook listen --forward-to http://127.0.0.1:4000/hooks
  portal webhook trigger payment.completed                        # in another terminal";
