mod bulk;
mod demo;
mod link;
mod providers;
mod sandbox;
mod webhook;

use std::path::PathBuf;
use std::time::Duration;

use clap::{ArgAction, Args, ColorChoice, Parser, Subcommand};

pub(crate) use bulk::{Bulk, RowFormat};
pub(crate) use demo::Demo;
pub(crate) use link::Link;
pub(crate) use providers::Providers;
pub(crate) use sandbox::{AboutSandbox, Sandbox};
pub(crate) use webhook::{Webhook, WebhookCommand, WebhookVerify};

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
    Bulk(Bulk),
    Providers(Providers),
    Demo(Demo),
    Sandbox(Sandbox),
    Webhook(Webhook),
}

impl Command {
    pub(crate) fn json(&self) -> bool {
        match self {
            Self::Link(link) => link.json,
            Self::Bulk(bulk) => bulk.json,
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

fn seconds(text: &str) -> Result<Duration, String> {
    match text.parse::<f64>().ok().map(Duration::try_from_secs_f64) {
        Some(Ok(time)) if !time.is_zero() => Ok(time),
        _ => Err("give a number of seconds above 0".to_owned()),
    }
}
