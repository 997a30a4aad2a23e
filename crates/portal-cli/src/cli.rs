use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::builder::BoolishValueParser;
use clap::{ArgAction, Args, ColorChoice, Parser, Subcommand};
use portal::CancelType;

/// Make customer-portal links with any provider.
///
/// A link logs a customer in to their billing: hand it over at once and keep it nowhere.
#[derive(Debug, Parser)]
#[command(name = "portal", version, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
    #[command(flatten)]
    pub(crate) global: Global,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Link(Box<Link>),
    Providers(Providers),
    Demo(Demo),
    Sandbox(Sandbox),
    Webhook(Webhook),
}

impl Command {
    pub(crate) fn json(&self) -> bool {
        match self {
            Self::Link(link) => link.json,
            Self::Providers(providers) => providers.json,
            Self::Demo(demo) => demo.json,
            Self::Sandbox(sandbox) => sandbox.json,
            Self::Webhook(Webhook {
                command: WebhookCommand::Verify(verify),
            }) => verify.json,
        }
    }
}

#[derive(Args, Debug)]
#[command(next_help_heading = "Connection and output")]
pub(crate) struct Global {
    /// Where the provider's API lives: https, or http on a loopback address
    #[arg(long, global = true, value_name = "URL", conflicts_with = "sandbox")]
    pub(crate) base_url: Option<String>,
    /// Use a running sandbox with its demo credentials
    #[arg(long, global = true, value_name = "URL", num_args = 0..=1, require_equals = true,
          default_missing_value = "http://127.0.0.1:8787")]
    pub(crate) sandbox: Option<String>,
    /// The time for the whole call, retries included
    #[arg(long, global = true, value_name = "SECONDS", default_value = "30", value_parser = seconds)]
    pub(crate) timeout: Duration,
    /// How many attempts may follow the first
    #[arg(long, global = true, value_name = "N", default_value_t = 2)]
    pub(crate) max_retries: u32,
    /// Trust the certificate authorities of this PEM file beside the system's
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) ca: Option<PathBuf>,
    /// Tell on stderr what happens; twice tells more
    #[arg(short, long, global = true, action = ArgAction::Count, conflicts_with = "quiet")]
    pub(crate) verbose: u8,
    /// Print data and errors only
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
    /// When to use colours; `NO_COLOR` is respected
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub(crate) color: ColorChoice,
}

/// Make a link and print its URL.
///
/// Credentials come from the environment, such as KWIK_API_KEY and KWIK_API_SECRET, or from the
/// files that KWIK_API_KEY_FILE and so on name; `portal providers` lists them.
#[derive(Args, Debug)]
#[command(after_long_help = LINK_EXAMPLES)]
pub(crate) struct Link {
    /// The provider, such as `kwik`; needless where only one is configured
    #[arg(env = "PORTAL_PROVIDER", hide_env_values = true)]
    pub(crate) provider: Option<String>,
    /// The provider's id of the customer
    #[arg(long, value_name = "ID")]
    pub(crate) customer: Option<String>,
    /// The customer's e-mail address
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) email: Option<String>,
    /// The subscription that the link is about
    #[arg(long, value_name = "ID")]
    pub(crate) subscription: Option<String>,
    /// Data of your own that comes back in webhooks; may be repeated
    #[arg(long, value_name = "KEY=VALUE")]
    pub(crate) meta: Vec<String>,
    /// The same as a JSON object from a file, or from stdin with `-`
    #[arg(long, value_name = "FILE|-")]
    pub(crate) meta_json: Option<PathBuf>,
    /// Where the portal's "back" leads
    #[arg(long, value_name = "URL")]
    pub(crate) return_url: Option<String>,
    /// The title that the portal page shows
    #[arg(long, value_name = "TEXT")]
    pub(crate) page_title: Option<String>,
    /// Whether the customer may see invoices
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", value_parser = BoolishValueParser::new())]
    pub(crate) show_invoices: Option<bool>,
    /// Whether the customer sees the billing information
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", value_parser = BoolishValueParser::new())]
    pub(crate) show_billing_info: Option<bool>,
    /// Whether the customer may change the billing information
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", value_parser = BoolishValueParser::new())]
    pub(crate) allow_update_billing_info: Option<bool>,
    /// Whether the customer may cancel
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", value_parser = BoolishValueParser::new())]
    pub(crate) allow_cancel: Option<bool>,
    /// When a cancellation takes effect: `now` or `after-billing-period`
    #[arg(long, value_name = "WHEN")]
    pub(crate) cancel_type: Option<CancelType>,
    /// Whether the customer may switch to another plan
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", value_parser = BoolishValueParser::new())]
    pub(crate) allow_switch_plan: Option<bool>,
    /// A product that the customer may choose; may be repeated
    #[arg(long, value_name = "ID")]
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

const LINK_EXAMPLES: &str = "\
Examples:
  portal link kwik --customer cus_abc123 --subscription sub_abc123 --allow-cancel=false
  portal link onlineapp --email user@example.com --meta utm_source=facebook
  portal link kwik --sandbox --customer cus_demo_active --json

Exit codes:
  0 done · 1 internal · 2 invalid, unsupported, configuration · 3 unauthenticated, forbidden ·
  4 not found, no portal · 5 conflict · 6 rate limited · 7 unavailable, timeout · 8 protocol ·
  130 interrupted";

/// List the providers, what each can do and what configures it.
#[derive(Args, Debug)]
pub(crate) struct Providers {
    /// Print a JSON array
    #[arg(long)]
    pub(crate) json: bool,
}

/// Make one link with each provider against an embedded sandbox.
///
/// Needs no account and no network; the links open in a browser until Ctrl-C.
#[derive(Args, Debug)]
pub(crate) struct Demo {
    /// Exit once the links are made and their pages fetched
    #[arg(long)]
    pub(crate) once: bool,
    /// Print one JSON object; errors are JSON too
    #[arg(long)]
    pub(crate) json: bool,
}

/// Run both providers' servers on this machine, with demo data and portal pages.
#[derive(Args, Debug)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Sandbox {
    #[command(subcommand)]
    pub(crate) about: Option<AboutSandbox>,
    /// Where to listen; port 0 is any free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8787")]
    pub(crate) listen: SocketAddr,
    /// Keep the state in this file; it is kept in memory otherwise
    #[arg(long, value_name = "FILE")]
    pub(crate) db: Option<PathBuf>,
    /// Start with the data of this TOML file; `portal sandbox seed --print` shows one
    #[arg(long, value_name = "FILE")]
    pub(crate) seed: Option<PathBuf>,
    /// Which generation of OnlineApp's documentation to follow: `classic` or `v3`
    #[arg(long, value_name = "DIALECT", default_value = "classic")]
    pub(crate) onlineapp_dialect: portal_sandbox::Dialect,
    /// Let other machines reach it, where `--listen` says so
    #[arg(long)]
    pub(crate) allow_non_loopback: bool,
    /// Print one line of JSON once it listens; errors are JSON too
    #[arg(long)]
    pub(crate) json: bool,
}

/// Work with the messages that providers send by themselves.
#[derive(Args, Debug)]
pub(crate) struct Webhook {
    #[command(subcommand)]
    pub(crate) command: WebhookCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum WebhookCommand {
    Verify(WebhookVerify),
}

/// Check the signature of the message on stdin and print its event.
///
/// The secret comes from a variable such as ONLINEAPP_WEBHOOK_SECRET, or from the file that
/// ONLINEAPP_WEBHOOK_SECRET_FILE or --secret-file names. No time is signed, so a good signature
/// does not make a message new: remember the ids of the events that were dealt with.
#[derive(Args, Debug)]
#[command(after_long_help = WEBHOOK_EXAMPLES)]
pub(crate) struct WebhookVerify {
    /// The provider, such as `onlineapp`
    #[arg(env = "PORTAL_PROVIDER")]
    pub(crate) provider: String,
    /// The value of the header that brings the signature, such as `X-Monetize-Signature`
    #[arg(long, value_name = "HEADER", allow_hyphen_values = true)]
    pub(crate) signature: String,
    /// Take the secret from this file, whatever the environment says
    #[arg(long, value_name = "FILE")]
    pub(crate) secret_file: Option<PathBuf>,
    /// Print one JSON object; errors are JSON too
    #[arg(long)]
    pub(crate) json: bool,
}

const WEBHOOK_EXAMPLES: &str = "\
Examples:
  portal webhook verify onlineapp --signature \"$signature\" < body.json
  portal webhook verify onlineapp --signature sha256=… --secret-file secret.txt --json < body.json

Exit codes:
  0 the message is the provider's · 1 internal · 2 invalid, unsupported, configuration ·
  3 the signature is missing, malformed or wrong · 8 signed, but not an event";

/// What can be asked about sandboxes without running one.
#[derive(Debug, Subcommand)]
pub(crate) enum AboutSandbox {
    Seed(Seed),
}

/// Show the data that a sandbox starts with, as TOML to change and give to `--seed`.
#[derive(Args, Debug)]
pub(crate) struct Seed {
    /// Print the default seed, whose comments explain every key
    #[arg(long, required = true)]
    pub(crate) print: bool,
}

fn seconds(text: &str) -> Result<Duration, String> {
    match text.parse::<f64>().ok().map(Duration::try_from_secs_f64) {
        Some(Ok(time)) if !time.is_zero() => Ok(time),
        _ => Err("give a number of seconds above 0".to_owned()),
    }
}
