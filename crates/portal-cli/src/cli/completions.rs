use clap::Args;
use clap_complete::Shell;

/// Print a completion script for a shell.
///
/// Completes commands, flags and their values; in bash and zsh also the names of providers.
#[derive(Args, Debug)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct CompletionsArgs {
    /// The shell to complete in
    #[arg(value_name = "SHELL")]
    pub(crate) shell: Shell,
}

const EXAMPLES: &str = "\
Examples:
  portal completions bash > ~/.local/share/bash-completion/completions/portal
  portal completions zsh > ~/.zfunc/_portal         # a folder of $fpath, before compinit
  portal completions fish > ~/.config/fish/completions/portal.fish
  portal completions powershell >> $PROFILE";
