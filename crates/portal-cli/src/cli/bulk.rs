use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use portal::config::Rate;

/// Make links for every row of a file, and go on after a crash where it ended.
///
/// CSV names its columns in the first line; JSONL has an object on each line. The names are
/// `customer_id`, `email`, `subscription_id`, `metadata` or `meta.KEY`, `return_url`, `page_title`,
/// `show_invoices`, `show_billing_info`, `allow_update_billing_info`, `allow_cancel`, `cancel_type`,
/// `allow_switch_plan`, `products` and `extra.KEY`. Each row gets one line of JSON in the output,
/// which is readable by its owner alone: every link in it is a login.
#[derive(Args, Debug)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Bulk {
    /// The provider, such as `kwik`; needless where only one is configured
    #[arg(env = "PORTAL_PROVIDER", hide_env_values = true)]
    pub(crate) provider: Option<String>,
    /// The rows, from a file or, with `-`, from stdin
    #[arg(long, value_name = "FILE")]
    pub(crate) input: PathBuf,
    /// Where the links go: a new file, with a ledger beside it; existing files are not overwritten
    #[arg(long, value_name = "FILE", required_unless_present = "dry_run")]
    pub(crate) output: Option<PathBuf>,
    /// How the rows are written, where the input's name does not tell
    #[arg(long, value_name = "FORMAT")]
    pub(crate) format: Option<RowFormat>,
    /// How many rows may be in flight
    #[arg(long, value_name = "N", default_value = "16")]
    pub(crate) concurrency: NonZeroUsize,
    /// Requests per second: a number, `documented` (the default) or `off`
    #[arg(long, value_name = "N|off|documented")]
    pub(crate) rate: Option<Rate>,
    /// Go on where an earlier run ended, with the same input and flags; begin where there was none
    #[arg(long)]
    pub(crate) resume: bool,
    /// Write lines as rows finish, not in the input's order
    #[arg(long)]
    pub(crate) unordered: bool,
    /// Begin no more rows once one has failed
    #[arg(long)]
    pub(crate) fail_fast: bool,
    /// Check every row before anything is sent, and send nothing if one is bad
    #[arg(long)]
    pub(crate) strict: bool,
    /// Leave out what the provider cannot honour; each line lists it
    #[arg(long)]
    pub(crate) best_effort: bool,
    /// Check every row, and send and write nothing
    #[arg(long, conflicts_with = "resume")]
    pub(crate) dry_run: bool,
    /// Print the summary as one JSON object; errors are JSON too
    #[arg(long)]
    pub(crate) json: bool,
}

/// The words of `--format`.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum RowFormat {
    Csv,
    Jsonl,
}

const EXAMPLES: &str = "\
Examples:
  portal bulk kwik --input customers.csv --output links.jsonl
  portal bulk kwik --input customers.csv --output links.jsonl --resume
  portal bulk onlineapp --input - --format jsonl --output links.jsonl --rate 50 < users.jsonl
  portal bulk kwik --input customers.csv --dry-run

Exit codes:
  0 every row has a link · 130 interrupted · otherwise the code of what ended the run (as for
  `portal link`), or else the highest code of a row's error";
