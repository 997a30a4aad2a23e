use clap::{Args, Subcommand};

/// Show the configuration: the file, and every value with its source.
#[derive(Args, Debug)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct ConfigArgs {
    #[command(subcommand)]
    pub(crate) command: ConfigCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    Path(ConfigPathArgs),
    Show(ConfigShowArgs),
}

/// Print the path of the configuration file, also where no file exists yet.
#[derive(Args, Debug)]
#[command(after_long_help = PATH_EXAMPLES)]
pub(crate) struct ConfigPathArgs {
    /// Print one JSON object; errors are JSON too
    #[arg(long)]
    pub(crate) json: bool,
}

/// Show every effective value with its source, secrets masked; send nothing and run no command.
///
/// Without a provider, every provider is shown that has a setting, or else all.
#[derive(Args, Debug)]
#[command(after_long_help = SHOW_EXAMPLES)]
pub(crate) struct ConfigShowArgs {
    /// The provider, such as `kwik`
    pub(crate) provider: Option<String>,
    /// Print one JSON object; errors are JSON too
    #[arg(long)]
    pub(crate) json: bool,
}

const EXAMPLES: &str = "\
Examples:
  portal config path
  portal config show kwik --profile test";

const PATH_EXAMPLES: &str = "\
Examples:
  portal config path
  $EDITOR \"$(portal config path)\"";

const SHOW_EXAMPLES: &str = "\
Examples:
  portal config show
  portal config show kwik --profile test
  portal config show --json | jq '.providers[].values[] | {name, value}'";
