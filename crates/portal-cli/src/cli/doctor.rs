use clap::Args;

/// Show which configuration won and from where, and look at the way to the provider.
///
/// Checked in order: the configuration, DNS, TCP, TLS, HTTP, this machine's clock and, where the
/// provider documents a call for that alone, the credentials. Nothing is created. A proxy that
/// applies is gone through.
#[derive(Args, Debug)]
#[command(after_long_help = DOCTOR_EXAMPLES)]
pub(crate) struct Doctor {
    /// The provider, such as `kwik`; `PORTAL_PROVIDER`, the file's or the only one otherwise
    pub(crate) provider: Option<String>,
    /// Print one JSON object; errors are JSON too
    #[arg(long)]
    pub(crate) json: bool,
}

const DOCTOR_EXAMPLES: &str = "\
Examples:
  portal doctor kwik --profile test
  portal doctor --sandbox --json

Exit codes:
  0 nothing failed, else of what failed the highest: 2 configuration, clock · 3 credentials ·
  7 no connection, no answer · 8 protocol · 130 interrupted";
