use clap::Args;

/// Print the data that a sandbox starts with, as TOML to edit and pass to `--seed`.
#[derive(Args, Debug)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct SeedArgs {
    /// Print the default seed, whose comments explain every key
    #[arg(long, required = true)]
    pub(crate) print: bool,
}

const EXAMPLES: &str = "\
Examples:
  portal sandbox seed --print > seed.toml
  portal sandbox --seed seed.toml";
