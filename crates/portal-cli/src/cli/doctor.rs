use clap::Args;

/// Show the effective configuration and check the connection to the provider.
///
/// Checks in order: the configuration, DNS, TCP, TLS, HTTP and this machine's clock. Checks the
/// credentials too if the provider documents a call for that. Creates nothing. Uses a proxy if one
/// applies.
#[derive(Args, Debug)]
#[command(after_long_help = DOCTOR_EXAMPLES)]
pub(crate) struct DoctorArgs {
    /// The provider, such as `kwik`; the default is `PORTAL_PROVIDER`, then the file's, then all that have a setting
    pub(crate) provider: Option<String>,
    /// Check every provider that has a setting, or all with `--sandbox`
    #[arg(long, conflicts_with_all = ["provider", "base_url"])]
    pub(crate) all: bool,
    /// Print one JSON object; errors are JSON too
    #[arg(long)]
    pub(crate) json: bool,
}

const DOCTOR_EXAMPLES: &str = "\
Examples:
  portal doctor kwik --profile test
  portal doctor kwik --sandbox --json

Exit codes:
  0 nothing failed, otherwise the highest of: 2 configuration, clock · 3 credentials ·
  4 the base URL's path · 6 rate limited · 7 no connection, no answer · 8 protocol ·
  130 interrupted";
