use std::time::Duration;

use clap::Args;

use crate::cli::time_unit::{DAY, HOUR, MINUTE, SECOND, split_unit};

/// Show a running sandbox's time, or advance it.
///
/// Everything due by the new time happens in order: subscriptions renew or end, webhooks are sent, links expire.
#[derive(Args, Debug)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct ClockArgs {
    /// Advance the time by so many seconds, or `90m`, `12h`, `31d`
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub(crate) advance: Option<Duration>,
    /// Print one JSON object; errors are JSON too
    #[arg(long)]
    pub(crate) json: bool,
}

const EXAMPLES: &str = "\
Examples:
  portal sandbox clock
  portal sandbox clock --advance 31d
  portal sandbox clock --advance 90m --sandbox http://127.0.0.1:9000 --json";

fn duration(text: &str) -> Result<Duration, String> {
    let (number, seconds) = split_unit(text, &[SECOND, MINUTE, HOUR, DAY]);
    let number = number.parse::<u64>().ok();
    number
        .and_then(|number| number.checked_mul(seconds.into()))
        .map(Duration::from_secs)
        .ok_or_else(|| {
            "it is not a time; hint: write whole seconds, or a number with `s`, `m`, `h` or `d`"
                .to_owned()
        })
}
