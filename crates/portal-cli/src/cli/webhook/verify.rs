use std::path::PathBuf;

use clap::Args;

/// Check the signature of the message on stdin and print its event.
///
/// The secret comes from a variable such as ONLINEAPP_WEBHOOK_SECRET, from the file that
/// ONLINEAPP_WEBHOOK_SECRET_FILE or --secret-file names, or from the configuration file. The signature
/// covers no time, so an old message still verifies: store the ids of events you have processed.
#[derive(Args, Debug)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct WebhookVerifyArgs {
    /// The provider, such as `onlineapp`
    #[arg(env = "PORTAL_PROVIDER")]
    pub(crate) provider: String,
    /// The value of the signature header, such as `X-Monetize-Signature`
    #[arg(long, value_name = "HEADER", allow_hyphen_values = true)]
    pub(crate) signature: String,
    /// Read the secret from this file instead of the environment
    #[arg(long, value_name = "FILE")]
    pub(crate) secret_file: Option<PathBuf>,
    /// Print one JSON object; errors are JSON too
    #[arg(long)]
    pub(crate) json: bool,
}

const EXAMPLES: &str = "\
Examples:
  portal webhook verify onlineapp --signature \"$signature\" < body.json
  portal webhook verify onlineapp --signature sha256=… --secret-file secret.txt --json < body.json

Exit codes:
  0 the message is from the provider · 1 internal · 2 invalid, unsupported, configuration ·
  3 the signature is missing, malformed or wrong · 8 signed, but not an event";
