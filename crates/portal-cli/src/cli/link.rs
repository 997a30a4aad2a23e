use std::path::PathBuf;

use clap::Args;
use clap::builder::BoolishValueParser;
use portal::CancelType;

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
    /// The provider's id of the customer
    #[arg(long, help_heading = CUSTOMER, value_name = "ID")]
    pub(crate) customer: Option<String>,
    /// The customer's e-mail address
    #[arg(long, help_heading = CUSTOMER, value_name = "ADDRESS")]
    pub(crate) email: Option<String>,
    /// The subscription that the link is about
    #[arg(long, help_heading = CUSTOMER, value_name = "ID")]
    pub(crate) subscription: Option<String>,
    /// Data of your own that comes back in webhooks; may be repeated
    #[arg(long, help_heading = CUSTOMER, value_name = "KEY=VALUE")]
    pub(crate) meta: Vec<String>,
    /// The same as a JSON object from a file, or from stdin with `-`
    #[arg(long, help_heading = CUSTOMER, value_name = "FILE|-")]
    pub(crate) meta_json: Option<PathBuf>,
    /// Where the portal's "back" leads
    #[arg(long, help_heading = PAGE, value_name = "URL")]
    pub(crate) return_url: Option<String>,
    /// The title that the portal page shows
    #[arg(long, help_heading = PAGE, value_name = "TEXT")]
    pub(crate) page_title: Option<String>,
    /// Whether the customer may see invoices
    #[arg(long, help_heading = PAGE, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", value_parser = BoolishValueParser::new(), hide_possible_values = true)]
    pub(crate) show_invoices: Option<bool>,
    /// Whether the customer sees the billing information
    #[arg(long, help_heading = PAGE, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", value_parser = BoolishValueParser::new(), hide_possible_values = true)]
    pub(crate) show_billing_info: Option<bool>,
    /// Whether the customer may change the billing information
    #[arg(long, help_heading = PAGE, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", value_parser = BoolishValueParser::new(), hide_possible_values = true)]
    pub(crate) allow_update_billing_info: Option<bool>,
    /// Whether the customer may cancel
    #[arg(long, help_heading = PAGE, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", value_parser = BoolishValueParser::new(), hide_possible_values = true)]
    pub(crate) allow_cancel: Option<bool>,
    /// When a cancellation takes effect: `now` or `after-billing-period`
    #[arg(long, help_heading = PAGE, value_name = "WHEN")]
    pub(crate) cancel_type: Option<CancelType>,
    /// Whether the customer may switch to another plan
    #[arg(long, help_heading = PAGE, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", value_parser = BoolishValueParser::new(), hide_possible_values = true)]
    pub(crate) allow_switch_plan: Option<bool>,
    /// A product that the customer may choose; may be repeated
    #[arg(long, help_heading = PAGE, value_name = "ID")]
    pub(crate) product: Vec<String>,
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

const CUSTOMER: &str = "Customer";
const PAGE: &str = "Portal page";

const LINK_EXAMPLES: &str = "\
Examples:
  portal link kwik --customer cus_abc123 --subscription sub_abc123 --allow-cancel=false
  portal link onlineapp --email user@example.com --meta utm_source=facebook
  portal link kwik --sandbox --customer cus_demo_active --json

Exit codes:
  0 done · 1 internal · 2 invalid, unsupported, configuration · 3 unauthenticated, forbidden ·
  4 not found, no portal · 5 conflict · 6 rate limited · 7 unavailable, timeout · 8 protocol ·
  130 interrupted";
