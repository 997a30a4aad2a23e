//! How long a program takes from its start to its end.

use std::fmt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::error::Error;

/// What is started, and its name in the report.
pub(super) const COMMANDS: &[(&str, &[&str])] = &[
    ("portal --version", &["--version"]),
    (
        "portal link --dry-run",
        &["link", "kwik", "--customer", "cus_1", "--dry-run"],
    ),
];

/// Medians of many runs.
#[derive(Debug)]
pub(super) struct ColdStart {
    wall: Duration,
    /// `None` where the system does not say.
    cpu: Option<Duration>,
}

impl fmt::Display for ColdStart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let milliseconds = |time: Duration| time.as_secs_f64() * 1e3;
        write!(f, "{:5.1} ms", milliseconds(self.wall))?;
        match self.cpu {
            Some(cpu) => write!(f, ", {:.1} ms of CPU", milliseconds(cpu)),
            None => Ok(()),
        }
    }
}

/// Starts a program as often as is said, and returns the medians.
pub(super) fn measure(program: &Path, arguments: &[&str], runs: usize) -> Result<ColdStart, Error> {
    let (mut walls, mut cpus) = (Vec::new(), Vec::new());
    for _ in 0..runs.max(1) {
        let (before, start) = (children(), Instant::now());
        let status = Command::new(program)
            .args(arguments)
            .env_clear()
            .envs([("KWIK_API_KEY", "key"), ("KWIK_API_SECRET", "secret")])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .status()
            .map_err(Error::file(program))?;
        walls.push(start.elapsed());
        cpus.extend(
            children()
                .zip(before)
                .map(|(after, before)| after.saturating_sub(before)),
        );
        if !status.success() {
            let shown = format!("portal {}", arguments.join(" "));
            return Err(Error::Failed { shown, status });
        }
    }
    Ok(ColdStart {
        wall: median(&mut walls).unwrap_or_default(),
        cpu: median(&mut cpus),
    })
}

fn median(times: &mut [Duration]) -> Option<Duration> {
    times.sort_unstable();
    times.get(times.len() / 2).copied()
}

/// The CPU time of all children that have ended.
#[cfg(unix)]
pub(crate) fn children() -> Option<Duration> {
    use nix::sys::resource::{UsageWho, getrusage};
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).ok()?;
    let times = [usage.user_time(), usage.system_time()];
    times
        .into_iter()
        .map(|time| {
            let microseconds = time.tv_sec() * 1_000_000 + time.tv_usec();
            u64::try_from(microseconds).ok().map(Duration::from_micros)
        })
        .sum()
}

#[cfg(not(unix))]
pub(crate) fn children() -> Option<Duration> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_median_is_the_middle_one_and_of_nothing_none() {
        let times = |list: &[u64]| {
            list.iter()
                .copied()
                .map(Duration::from_millis)
                .collect::<Vec<_>>()
        };
        assert_eq!(
            median(&mut times(&[9, 1, 2])),
            Some(Duration::from_millis(2))
        );
        assert_eq!(median(&mut []), None);
    }

    #[test]
    fn a_program_that_fails_is_no_measurement() {
        let cargo = Path::new(env!("CARGO"));
        assert!(measure(cargo, &["--version"], 2).is_ok());
        assert!(measure(cargo, &["frobnicate-nothing"], 2).is_err());
    }
}
