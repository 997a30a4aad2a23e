use clap::Args;

/// List the providers with their options and settings.
#[derive(Args, Debug)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct ProvidersArgs {
    /// Print a JSON array
    #[arg(long)]
    pub(crate) json: bool,
}

const EXAMPLES: &str = "\
Examples:
  portal providers
  portal providers --json | jq '.[] | {id, fields}'";
