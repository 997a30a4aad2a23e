mod bulk;
mod completions;
mod config;
#[cfg(feature = "sandbox")]
mod demo;
mod doctor;
pub(crate) mod flags;
mod link;
mod link_options;
mod man;
mod providers;
#[cfg(feature = "sandbox")]
mod sandbox;
mod sandbox_url;
mod styles;
mod time_unit;
mod unused_flags;
mod webhook;

use std::path::PathBuf;
use std::time::Duration;

use clap::{
    Arg, ArgAction, Args, ColorChoice, Command as ClapCommand, CommandFactory, Parser, Subcommand,
};

pub(crate) use bulk::{BulkArgs, RowFormat};
pub(crate) use completions::CompletionsArgs;
pub(crate) use config::{ConfigArgs, ConfigCommand, ConfigPathArgs, ConfigShowArgs};
#[cfg(feature = "sandbox")]
pub(crate) use demo::DemoArgs;
pub(crate) use doctor::DoctorArgs;
pub(crate) use link::LinkArgs;
pub(crate) use man::ManArgs;
pub(crate) use providers::ProvidersArgs;
#[cfg(feature = "sandbox")]
pub(crate) use sandbox::{ClockArgs, FaultArgs, RateLimitArgs, SandboxArgs, SandboxCommand};
pub(crate) use sandbox_url::{DEFAULT_SANDBOX_URL, join_sandbox_url};
pub(crate) use unused_flags::refuse_unused_flags;
pub(crate) use webhook::{WebhookArgs, WebhookCommand, WebhookVerifyArgs};
#[cfg(feature = "sandbox")]
pub(crate) use webhook::{WebhookListenArgs, WebhookTriggerArgs};

/// Create customer-portal links with any provider.
///
/// A link logs a customer in to their billing: use it at once and do not store it.
#[derive(Debug, Parser)]
#[command(name = "portal", version, max_term_width = 100, styles = styles::STYLES, after_long_help = EXAMPLES)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
    #[command(flatten)]
    pub(crate) global: GlobalArgs,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Link(Box<LinkArgs>),
    Bulk(BulkArgs),
    Providers(ProvidersArgs),
    Doctor(DoctorArgs),
    Config(ConfigArgs),
    #[cfg(feature = "sandbox")]
    Demo(DemoArgs),
    #[cfg(feature = "sandbox")]
    Sandbox(SandboxArgs),
    Webhook(WebhookArgs),
    Completions(CompletionsArgs),
    Man(ManArgs),
}

impl Command {
    /// Returns the provider argument of a command that makes links, where it is optional.
    pub(crate) fn provider(&mut self) -> Option<&mut Option<String>> {
        match self {
            Self::Link(link) => Some(&mut link.provider),
            Self::Bulk(bulk) => Some(&mut bulk.provider),
            #[cfg(feature = "sandbox")]
            Self::Demo(_) | Self::Sandbox(_) => None,
            Self::Providers(_)
            | Self::Doctor(_)
            | Self::Config(_)
            | Self::Webhook(_)
            | Self::Completions(_)
            | Self::Man(_) => None,
        }
    }

    pub(crate) fn json(&self) -> bool {
        match self {
            Self::Link(link) => link.json,
            Self::Bulk(bulk) => bulk.json,
            Self::Providers(providers) => providers.json,
            Self::Doctor(doctor) => doctor.json,
            Self::Config(config) => match &config.command {
                ConfigCommand::Path(path) => path.json,
                ConfigCommand::Show(show) => show.json,
            },
            #[cfg(feature = "sandbox")]
            Self::Demo(demo) => demo.json,
            #[cfg(feature = "sandbox")]
            Self::Sandbox(sandbox) => sandbox.json(),
            Self::Webhook(webhook) => webhook.json(),
            Self::Completions(_) | Self::Man(_) => false,
        }
    }
}

#[derive(Args, Debug)]
#[command(next_help_heading = "Connection and output")]
pub(crate) struct GlobalArgs {
    /// Profile of the configuration file; the default is `PORTAL_PROFILE`
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) profile: Option<String>,
    /// Configuration file; the default is `PORTAL_CONFIG`, then ~/.config/portal/config.toml
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Base URL of the provider's API: https, or http on a loopback address
    #[arg(long, global = true, value_name = "URL", conflicts_with = "sandbox")]
    pub(crate) base_url: Option<String>,
    /// Use a running sandbox and its demo credentials
    #[arg(long, global = true, value_name = "URL", num_args = 0..=1, require_equals = true,
          default_missing_value = DEFAULT_SANDBOX_URL, hide = cfg!(not(feature = "sandbox")))]
    pub(crate) sandbox: Option<String>,
    /// Time limit for the whole call, with retries; the default is 30
    #[arg(long, global = true, value_name = "SECONDS", value_parser = seconds)]
    pub(crate) timeout: Option<Duration>,
    /// Maximum number of retries; the default is 2
    #[arg(long, global = true, value_name = "N")]
    pub(crate) max_retries: Option<u32>,
    /// Also trust the certificate authorities in this PEM file
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) ca: Option<PathBuf>,
    /// Log calls, retries and waits to stderr; `-vv` adds the level `trace`
    #[arg(short, long, global = true, action = ArgAction::Count, conflicts_with = "quiet")]
    pub(crate) verbose: u8,
    /// Print only data and errors
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
    /// When to use colours; `NO_COLOR` is respected
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub(crate) color: ColorChoice,
}

const EXAMPLES: &str = "\
Examples:
  portal link kwik --customer cus_abc123 --return-url https://my.site/account
  portal link onlineapp --email user@example.com --json
  portal providers
  portal completions bash";

/// Returns the parser of the command line.
pub(crate) fn parser() -> ClapCommand {
    let command = accept_negative_numbers(Cli::command());
    styles::style_help(unused_flags::hide_unused_flags(command))
}

/// Describes the command line, for the manual and for completions.
pub(crate) fn description() -> ClapCommand {
    unused_flags::copy_used_flags(Cli::command())
}

/// Reads `-1` after a flag as the flag's value, so that the error is about the value.
fn accept_negative_numbers(command: ClapCommand) -> ClapCommand {
    let accept = |flag: Arg| match flag.get_action().takes_values() && !flag.is_positional() {
        true => flag.allow_negative_numbers(true),
        false => flag,
    };
    command
        .mut_args(accept)
        .mut_subcommands(accept_negative_numbers)
}

fn seconds(text: &str) -> Result<Duration, String> {
    match text.parse::<f64>().ok().map(Duration::try_from_secs_f64) {
        Some(Ok(time)) if !time.is_zero() => Ok(time),
        _ => Err("it is not a number above 0; hint: write seconds, like `30` or `0.5`".to_owned()),
    }
}
