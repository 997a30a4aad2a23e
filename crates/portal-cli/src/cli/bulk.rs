use std::num::{NonZeroU64, NonZeroUsize};
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};
use portal::config::Rate;
use portal::request::Field;
use portal_bulk::Delimiter;

use crate::cli::time_unit::{HOUR, MINUTE, SECOND, split_unit};

/// Create a link for every row of a file, and resume after a crash.
#[derive(Args, Debug)]
#[command(long_about = long_about(), after_long_help = EXAMPLES)]
pub(crate) struct BulkArgs {
    /// The provider, such as `kwik`; optional if only one is configured
    #[arg(env = "PORTAL_PROVIDER", hide_env_values = true)]
    pub(crate) provider: Option<String>,
    /// File with the rows, or `-` for stdin
    #[arg(long, value_name = "FILE")]
    pub(crate) input: PathBuf,
    /// New file for the links, with a ledger beside it, or `-` for stdout, which cannot be resumed
    #[arg(long, value_name = "FILE", required_unless_present = "dry_run")]
    pub(crate) output: Option<PathBuf>,
    /// Format of the rows; the default comes from the input's extension
    #[arg(long, value_name = "FORMAT")]
    pub(crate) format: Option<RowFormat>,
    /// Character between the cells of CSV, or `tab`; the default comes from the header
    #[arg(long, value_name = "CHARACTER")]
    pub(crate) delimiter: Option<Delimiter>,
    /// Read only the first rows; a later `--resume` may read more
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<NonZeroU64>,
    /// How many rows may be in flight
    #[arg(long, value_name = "N", default_value = "16")]
    pub(crate) concurrency: NonZeroUsize,
    /// Requests per second, such as 20 or 0.5; `documented` is the default, `off` no limit
    #[arg(long, value_name = "N|off|documented")]
    pub(crate) rate: Option<Rate>,
    /// Stop if the provider serves no row for this long: seconds, or a time like `90s`, `5m`, `2h`
    #[arg(long, value_name = "SECONDS", default_value = "5m", value_parser = duration)]
    pub(crate) give_up_after: Duration,
    /// Resume an earlier run with the same input and flags, or start a new one
    #[arg(long)]
    pub(crate) resume: bool,
    /// Resume, and send all failed rows again except those that may have a link
    #[arg(long, conflicts_with = "dry_run")]
    pub(crate) retry_failed: bool,
    /// Write lines as rows finish instead of in the input's order
    #[arg(long)]
    pub(crate) unordered: bool,
    /// Start no more rows after one has failed
    #[arg(long)]
    pub(crate) fail_fast: bool,
    /// Check every row first, and send nothing if one is invalid
    #[arg(long)]
    pub(crate) strict: bool,
    /// Leave out options that the provider does not support; each line lists them
    #[arg(long)]
    pub(crate) best_effort: bool,
    /// Check every row without sending or writing anything
    #[arg(long, conflicts_with = "resume")]
    pub(crate) dry_run: bool,
    /// Print the summary as one JSON object; errors are JSON too
    #[arg(long)]
    pub(crate) json: bool,
}

/// Returns the long help, with the names of all columns.
fn long_about() -> String {
    let fields: Vec<_> = Field::ALL
        .iter()
        .map(|field| format!("`{field}`"))
        .collect();
    format!(
        "Create a link for every row of a file, and resume after a crash.\n\n\
         The first line of CSV names the columns; each line of JSONL is an object. The names are {}, \
         `meta.KEY` and `extra.KEY`; `id` is what you call the row, and is not sent. Each row gets one line of \
         JSON in the output. Only the owner can read \
         the output, because every link in it is a login.",
        fields.join(", ")
    )
}

/// Reads seconds, or a number with the unit `s`, `m` or `h`.
fn duration(text: &str) -> Result<Duration, String> {
    let (number, seconds) = split_unit(text, &[SECOND, MINUTE, HOUR]);
    match number
        .parse::<f64>()
        .map(|number| Duration::try_from_secs_f64(number * f64::from(seconds)))
    {
        Ok(Ok(time)) if !time.is_zero() => Ok(time),
        _ => Err(
            "it is not a time above 0; hint: write seconds, like `300`, or a time like `5m`"
                .to_owned(),
        ),
    }
}

/// The values of `--format`.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum RowFormat {
    Csv,
    Jsonl,
}

const EXAMPLES: &str = "\
Examples:
  portal bulk kwik --input customers.csv --output links.jsonl
  portal bulk kwik --input customers.csv --output links.jsonl --resume
  portal bulk kwik --input customers.csv --output links.jsonl --retry-failed
  portal bulk onlineapp --input - --format jsonl --output links.jsonl --rate 50 < users.jsonl
  portal bulk kwik --input customers.csv --output - | jq -r 'select(.ok).url'
  portal bulk kwik --input customers.csv --dry-run

Exit codes:
  0 every row has a link · 130 interrupted · otherwise the code of the error that stopped the
  run (as for `portal link`), or else the highest code of a row's error. Rows that `--resume`
  sends again count only if no other row failed";
