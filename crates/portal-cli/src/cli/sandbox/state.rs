use clap::Args;

/// Print a running sandbox's customers, subscriptions, products, invoices and links as JSON.
#[derive(Args, Debug)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct StateArgs {
    /// Print it on one line; errors are JSON too
    #[arg(long)]
    pub(crate) json: bool,
}

const EXAMPLES: &str = "\
Examples:
  portal sandbox state
  portal sandbox state --json | jq '.subscriptions[].id'";
