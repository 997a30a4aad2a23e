use clap::Args;

use super::link_options::LinkOptions;

/// Create a link and print its URL.
///
/// Credentials come from environment variables such as KWIK_API_KEY, from files named by variables
/// such as KWIK_API_KEY_FILE, or from the configuration file. `portal providers` lists the variables.
/// Flags override the environment, which overrides the profile, the file and the defaults.
#[derive(Args, Debug)]
#[command(after_long_help = LINK_EXAMPLES)]
pub(crate) struct LinkArgs {
    /// The provider, such as `kwik`; optional if only one is configured
    #[arg(env = "PORTAL_PROVIDER", hide_env_values = true)]
    pub(crate) provider: Option<String>,
    #[command(flatten)]
    pub(crate) options: LinkOptions,
    /// A provider-specific field of the request body, sent unchanged; may be repeated
    #[arg(long, value_name = "KEY=JSON")]
    pub(crate) extra: Vec<String>,
    /// Leave out options that the provider does not support, and list them
    #[arg(long)]
    pub(crate) best_effort: bool,
    /// Print the request and a curl command with secrets masked, and send nothing
    #[arg(long, conflicts_with_all = ["open", "qr"])]
    pub(crate) dry_run: bool,
    /// Open the link in a browser
    #[arg(long)]
    pub(crate) open: bool,
    /// Show the link as a QR code on stderr
    #[arg(long)]
    pub(crate) qr: bool,
    /// Print one JSON object; errors are JSON too
    #[arg(long)]
    pub(crate) json: bool,
}

const LINK_EXAMPLES: &str = "\
Examples:
  portal link kwik --customer cus_abc123 --subscription sub_abc123 --allow-cancel=false
  portal link onlineapp --email user@example.com --meta utm_source=facebook
  portal link kwik --sandbox --customer cus_demo_active --json

Exit codes:
  0 done · 1 internal · 2 invalid, unsupported, configuration · 3 unauthenticated, forbidden ·
  4 not found, no portal · 5 conflict · 6 rate limited · 7 unavailable, timeout · 8 protocol ·
  130 interrupted";
