use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Subcommand};

/// Run both providers' servers on this machine, with demo data and portal pages.
#[derive(Args, Debug)]
#[command(args_conflicts_with_subcommands = true, after_long_help = EXAMPLES)]
pub(crate) struct Sandbox {
    #[command(subcommand)]
    pub(crate) about: Option<AboutSandbox>,
    /// Where to listen; port 0 is any free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8787", value_parser = address)]
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

fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| {
        "that is no address; hint: write an IP address and a port, like `127.0.0.1:8787`".to_owned()
    })
}

/// What can be asked about sandboxes without running one.
#[derive(Debug, Subcommand)]
pub(crate) enum AboutSandbox {
    Seed(Seed),
}

/// Show the data that a sandbox starts with, as TOML to change and give to `--seed`.
#[derive(Args, Debug)]
#[command(after_long_help = SEED_EXAMPLES)]
pub(crate) struct Seed {
    /// Print the default seed, whose comments explain every key
    #[arg(long, required = true)]
    pub(crate) print: bool,
}

const EXAMPLES: &str = "\
Examples:
  portal sandbox
  portal sandbox --listen 127.0.0.1:0 --json
  portal sandbox --db state.sqlite --onlineapp-dialect v3
  portal link kwik --sandbox --customer cus_demo_active   # in another terminal";

const SEED_EXAMPLES: &str = "\
Examples:
  portal sandbox seed --print > seed.toml
  portal sandbox --seed seed.toml";
