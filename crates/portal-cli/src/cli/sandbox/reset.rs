use clap::Args;

/// Restore a running sandbox's first state.
///
/// Restores the seed's data and the machine's time. Removes links, faults, webhook receivers and the journal.
#[derive(Args, Debug)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct ResetArgs {
    /// Print one JSON object; errors are JSON too
    #[arg(long)]
    pub(crate) json: bool,
}

const EXAMPLES: &str = "\
Examples:
  portal sandbox reset";
