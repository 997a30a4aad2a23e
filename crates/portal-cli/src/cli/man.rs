use std::path::PathBuf;

use clap::Args;

/// Print the manual page, or write one for each command.
#[derive(Args, Debug)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct ManArgs {
    /// Write the pages of all commands to this folder and print their paths
    #[arg(long, value_name = "DIR")]
    pub(crate) dir: Option<PathBuf>,
}

const EXAMPLES: &str = "\
Examples:
  portal man | man -l -
  portal man --dir ~/.local/share/man/man1 && man portal-link";
