use clap::Args;

use super::link_options::LinkOptions;

/// Make a link and print its URL.
///
/// Credentials come from the environment, such as KWIK_API_KEY and KWIK_API_SECRET, from the files
/// that KWIK_API_KEY_FILE and so on name (`portal providers` lists them), or from the configuration
/// file. Of built-in values, file, profile, environment and flag the later wins.
#[derive(Args, Debug)]
#[command(after_long_help = LINK_EXAMPLES)]
pub(crate) struct Link {
    /// The provider, such as `kwik`; needless where only one is configured
    #[arg(env = "PORTAL_PROVIDER", hide_env_values = true)]
    pub(crate) provider: Option<String>,
    #[command(flatten)]
    pub(crate) options: LinkOptions,
    /// A field of the provider's own for the body, untouched; may be repeated
    #[arg(long, value_name = "KEY=JSON")]
    pub(crate) extra: Vec<String>,
    /// Leave out what the provider cannot honour, and say what that was
    #[arg(long)]
    pub(crate) best_effort: bool,
    /// Print the request with its secrets masked, also as a curl command, and send nothing
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
