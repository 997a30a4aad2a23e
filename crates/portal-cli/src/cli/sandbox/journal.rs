use clap::Args;

/// List the calls that a running sandbox received and the webhooks that it sent.
///
/// The oldest is first. Secrets and e-mail addresses are masked.
#[derive(Args, Debug)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct JournalArgs {
    /// Print one JSON array, with headers and bodies; errors are JSON too
    #[arg(long)]
    pub(crate) json: bool,
}

const EXAMPLES: &str = "\
Examples:
  portal sandbox journal
  portal sandbox journal --json | jq '.[-1].body'";
