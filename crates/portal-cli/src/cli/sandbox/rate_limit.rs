use clap::Args;

/// Limit a provider's calls per second, or show the limit.
///
/// More calls are answered with 429. A sandbox has one limit at a time, and starts with none.
#[derive(Args, Debug)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct RateLimitArgs {
    /// The provider, such as `kwik`; without one, the limit is shown
    pub(crate) provider: Option<String>,
    /// How many calls a second are admitted; the default is the documented rate
    #[arg(long, value_name = "N", requires = "provider")]
    pub(crate) per_second: Option<u64>,
    /// Add `Retry-After` to the answers with 429
    #[arg(long, requires = "provider")]
    pub(crate) retry_after: bool,
    /// Remove the limit
    #[arg(long, conflicts_with = "provider")]
    pub(crate) clear: bool,
    /// Print one JSON object; errors are JSON too
    #[arg(long)]
    pub(crate) json: bool,
}

const EXAMPLES: &str = "\
Examples:
  portal sandbox rate-limit kwik
  portal sandbox rate-limit kwik --per-second 50 --retry-after
  portal sandbox rate-limit --clear";
