use clap::Args;

/// List the providers, what each can do and what configures it.
#[derive(Args, Debug)]
pub(crate) struct Providers {
    /// Print a JSON array
    #[arg(long)]
    pub(crate) json: bool,
}
