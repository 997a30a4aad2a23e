use clap::Args;

/// Make one link with each provider against an embedded sandbox.
///
/// Needs no account and no network; the links open in a browser until Ctrl-C.
#[derive(Args, Debug)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Demo {
    /// Exit once the links are made and their pages fetched
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
