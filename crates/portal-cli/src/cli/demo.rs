use clap::Args;

/// Create one link with each provider against an embedded sandbox.
///
/// Needs no account and no network. The links open in a browser until you press Ctrl-C.
#[derive(Args, Debug)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct DemoArgs {
    /// Exit after creating the links and fetching their pages
    #[arg(long)]
    pub(crate) once: bool,
    /// Print one JSON object; errors are JSON too
    #[arg(long)]
    pub(crate) json: bool,
}

const EXAMPLES: &str = "\
Examples:
  portal demo
  portal demo --once --json | jq -r '.links[].url'";
