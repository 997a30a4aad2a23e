use clap::Args;

/// Make the next calls of a provider fail, or list the faults that are queued.
///
/// Faults: `status` (with --status, and optionally --retry-after and --body), `delay` (with --seconds),
/// `close_before_answer`, `close_mid_body`, `not_json`, `html`, `huge`, `redirect` (with --location) and
/// `status_false_on_200`.
#[derive(Args, Debug)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct FaultArgs {
    /// The provider, such as `kwik`; without one, the queued faults are listed
    #[arg(requires = "fault")]
    pub(crate) provider: Option<String>,
    /// The fault, such as `status`
    pub(crate) fault: Option<String>,
    /// How many calls get it; the default is 1
    #[arg(long, value_name = "N", requires = "fault")]
    pub(crate) times: Option<u64>,
    /// The answer's status
    #[arg(long, value_name = "CODE", requires = "fault")]
    pub(crate) status: Option<u16>,
    /// The answer's `Retry-After`: seconds or a date
    #[arg(long, value_name = "TIME", requires = "fault")]
    pub(crate) retry_after: Option<String>,
    /// The answer's body: JSON, or any text
    #[arg(long, value_name = "TEXT", requires = "fault")]
    pub(crate) body: Option<String>,
    /// How long the answer is delayed
    #[arg(long, value_name = "SECONDS", requires = "fault")]
    pub(crate) seconds: Option<f64>,
    /// Where the answer redirects to
    #[arg(long, value_name = "URL", requires = "fault")]
    pub(crate) location: Option<String>,
    /// Remove all queued faults
    #[arg(long, conflicts_with = "fault")]
    pub(crate) clear: bool,
    /// Print JSON; errors are JSON too
    #[arg(long)]
    pub(crate) json: bool,
}

const EXAMPLES: &str = "\
Examples:
  portal sandbox fault kwik status --status 503 --times 3
  portal sandbox fault onlineapp delay --seconds 2.5
  portal sandbox fault --clear";
