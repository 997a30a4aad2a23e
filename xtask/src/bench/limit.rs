//! What a bulk run reaches of a documented rate, against a sandbox that refuses whatever is over it.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use jiff::Timestamp;
use serde_json::Value;

use super::fact::Fact;
use super::report::Report;
use super::unit::Unit;
use crate::error::Error;
use crate::portal::{Sandbox, control};
use crate::step::ended;

/// Kwik's, which the client keeps to without being told.
const PER_SECOND: usize = 100;
/// What is to be reached of it.
const SHARE: f64 = 0.97;

/// Makes links for 2,000 rows, or for 600 to be quick, with the program as it is without a flag for its rate.
pub(super) fn measure(program: &Path, quick: bool, report: &mut Report) -> Result<(), Error> {
    let rows = if quick { 600 } else { 2_000 };
    let folder = tempfile::tempdir().map_err(Error::file(program))?;
    let input = folder.path().join("in.csv");
    let text = "cus_demo_active,sub_demo_active\n".repeat(rows);
    let text = format!("customer_id,subscription_id\n{text}");
    fs::write(&input, text).map_err(Error::file(&input))?;
    let database = folder.path().join("sandbox.sqlite").display().to_string();
    let sandbox = Sandbox::start(program, &["--db", &database])?;
    control(&sandbox.url, "POST", "rate_limit", r#"{"provider":"kwik"}"#)?;
    let mut command = Command::new(program);
    command
        .args(["bulk", "kwik", "--quiet"])
        .arg(format!("--sandbox={}", sandbox.url))
        .arg("--input")
        .arg(&input)
        .arg("--output")
        .arg(folder.path().join("out.jsonl"))
        .env_clear()
        .stdin(Stdio::null());
    let output = ended(&mut command)?;
    let asked = |path| {
        let text = control(&sandbox.url, "GET", path, "")?;
        Ok::<Value, Error>(serde_json::from_str(&text).unwrap_or_default())
    };
    // The newest thousand, which is all that a journal keeps.
    let journal = asked("journal")?;
    let made = journal.as_array().into_iter().flatten();
    let made = made.filter(|entry| entry["status"] == 200);
    let made = made.filter_map(|entry| entry["at"].as_str()?.parse().ok());
    let refused = asked("rate_limit")?["rate_limit"]["refused"].as_f64();
    let (true, Some(per_second), Some(refused)) =
        (output.status.success(), steady(made.collect()), refused)
    else {
        return Err(Error::NoFigures {
            name: "a bulk run".to_owned(),
            said: String::from_utf8_lossy(&output.stderr).into_owned(),
        });
    };
    let what = format!("Bulk, {rows} rows at a provider's limit of {PER_SECOND}/s");
    report.facts.extend([
        Fact::at_least(
            SHARE,
            format!("{what}: reached of it"),
            Unit::Share,
            per_second / PER_SECOND as f64,
        ),
        Fact::at_most(0.0, format!("{what}: answers of 429"), Unit::Count, refused),
    ]);
    Ok(())
}

/// Returns how many went per second in steady state: within any second as many may go as the limit says, so the first
/// of them do not count, however soon they went.
fn steady(mut times: Vec<Timestamp>) -> Option<f64> {
    times.sort();
    let (first, last) = (times.get(PER_SECOND - 1)?, times.last()?);
    let seconds = last.duration_since(*first).as_secs_f64();
    (seconds > 0.0).then(|| (times.len() - PER_SECOND) as f64 / seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn times(milliseconds: impl Iterator<Item = i64>) -> Vec<Timestamp> {
        let at = |milliseconds| Timestamp::from_millisecond(milliseconds).unwrap();
        milliseconds.map(at).collect()
    }

    #[test]
    fn neither_a_burst_at_the_start_nor_an_even_pace_is_flattered() {
        let bursts = (0..900).map(|call| call / 100 * 1_000);
        assert_eq!(steady(times(bursts)), Some(100.0));
        let even = (0..900).map(|call| call * 10);
        assert_eq!(steady(times(even)), Some(100.0));
        assert_eq!(steady(times(0..100)), None);
    }
}
