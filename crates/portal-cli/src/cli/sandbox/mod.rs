mod clock;
mod fault;
mod journal;
mod rate_limit;
mod reset;
mod seed;
mod state;

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Subcommand};

pub(crate) use clock::ClockArgs;
pub(crate) use fault::FaultArgs;
pub(crate) use journal::JournalArgs;
pub(crate) use rate_limit::RateLimitArgs;
pub(crate) use reset::ResetArgs;
pub(crate) use seed::SeedArgs;
pub(crate) use state::StateArgs;

/// Run both providers' servers on this machine, with demo data and portal pages.
///
/// The commands control a sandbox that runs already, at http://127.0.0.1:8787 or where `--sandbox` says.
#[derive(Args, Debug)]
#[command(args_conflicts_with_subcommands = true, after_long_help = EXAMPLES)]
pub(crate) struct SandboxArgs {
    #[command(subcommand)]
    pub(crate) command: Option<SandboxCommand>,
    /// Address to listen on; port 0 chooses a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8787", value_parser = address)]
    pub(crate) listen: SocketAddr,
    /// Keep the state in this file; the default is memory
    #[arg(long, value_name = "FILE")]
    pub(crate) db: Option<PathBuf>,
    /// Start with the data of this TOML file; `portal sandbox seed --print` prints one
    #[arg(long, value_name = "FILE")]
    pub(crate) seed: Option<PathBuf>,
    /// Version of OnlineApp's documentation to follow: `classic` or `v3`
    #[arg(long, value_name = "DIALECT", default_value = "classic")]
    pub(crate) onlineapp_dialect: portal_sandbox::Dialect,
    /// Allow `--listen` to name an address that other machines can reach
    #[arg(long)]
    pub(crate) allow_non_loopback: bool,
    /// Print one line of JSON when it listens; errors are JSON too
    #[arg(long)]
    pub(crate) json: bool,
}

fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| {
        "that is not an address; hint: write an IP address and a port, like `127.0.0.1:8787`"
            .to_owned()
    })
}

/// Subcommands that do not start a sandbox.
#[derive(Debug, Subcommand)]
pub(crate) enum SandboxCommand {
    Clock(ClockArgs),
    Fault(FaultArgs),
    Journal(JournalArgs),
    RateLimit(RateLimitArgs),
    Reset(ResetArgs),
    Seed(SeedArgs),
    State(StateArgs),
}

impl SandboxArgs {
    pub(crate) fn json(&self) -> bool {
        match &self.command {
            None => self.json,
            Some(SandboxCommand::Clock(clock)) => clock.json,
            Some(SandboxCommand::Fault(fault)) => fault.json,
            Some(SandboxCommand::Journal(journal)) => journal.json,
            Some(SandboxCommand::RateLimit(limit)) => limit.json,
            Some(SandboxCommand::Reset(reset)) => reset.json,
            Some(SandboxCommand::Seed(_)) => false,
            Some(SandboxCommand::State(state)) => state.json,
        }
    }
}

const EXAMPLES: &str = "\
Examples:
  portal sandbox
  portal sandbox --listen 127.0.0.1:0 --json
  portal sandbox --db state.sqlite --onlineapp-dialect v3
  portal link kwik --sandbox --customer cus_demo_active   # in another terminal
  portal sandbox clock --advance 31d";
