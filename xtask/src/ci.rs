//! `cargo xtask ci`: everything that must pass, on a contributor's machine as anywhere else.

mod browser;
mod counts;
mod fuzz;
mod job;
mod newcomer;
mod openapi;
mod python;

use std::fmt;
use std::path::Path;
use std::time::{Duration, Instant};

use clap::Args;

use self::counts::Counts;
use self::job::Job;
use crate::error::Error;

/// Run everything that must pass, in order, and stop at the first red job
///
/// Each job prints its time; a table of jobs and a line of test counts end the run. Tools that the
/// Rust toolchain does not bring are installed, pinned, into `target/tools`; that needs Python
/// 3.10 or newer with venv (`PYTHON` names another interpreter than `python3`), and for the browser
/// tests node 20 or newer with npm, and Chromium (`CHROMIUM` names another than that on the path).
#[derive(Debug, Args)]
pub(crate) struct Ci {
    /// Run only these jobs, in the order given
    #[arg(value_name = "NAME")]
    jobs: Vec<Job>,

    /// List the jobs, and run none
    #[arg(long, conflicts_with = "jobs")]
    list: bool,
}

impl Ci {
    /// Runs the jobs that were asked for: all of them if none was named.
    pub(crate) fn run(&self, root: &Path) -> Result<(), Error> {
        if self.list {
            for job in Job::all() {
                println!("{job:12} {}", job.about());
            }
            return Ok(());
        }
        let jobs = match self.jobs.as_slice() {
            [] => Job::all(),
            named => named,
        };
        let mut report = Report::default();
        let result = run_all(jobs, root, &mut report);
        print!("\n{report}");
        result
    }
}

fn run_all(jobs: &[Job], root: &Path, report: &mut Report) -> Result<(), Error> {
    for &job in jobs {
        println!("\n== {job}: {}", job.about());
        let start = Instant::now();
        let result = job.run(root, &mut report.counts);
        let row = Row {
            job,
            green: result.is_ok(),
            time: start.elapsed(),
        };
        println!("== {row}");
        report.rows.push(row);
        result.map_err(|cause| Error::Job {
            job: job.to_string(),
            cause: Box::new(cause),
        })?;
    }
    Ok(())
}

/// What stands at the end of a run.
#[derive(Debug, Default)]
struct Report {
    rows: Vec<Row>,
    counts: Option<Counts>,
}

#[derive(Debug)]
struct Row {
    job: Job,
    green: bool,
    time: Duration,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for row in &self.rows {
            writeln!(f, "{row}")?;
        }
        let total: Duration = self.rows.iter().map(|row| row.time).sum();
        writeln!(f, "{:12} {:6} {:8.1} s", "total", "", total.as_secs_f64())?;
        match self.counts {
            Some(counts) => writeln!(f, "{counts}"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let result = if self.green { "ok" } else { "FAILED" };
        write!(
            f,
            "{:12} {result:6} {:8.1} s",
            self.job,
            self.time.as_secs_f64()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(counts: Option<Counts>) -> String {
        let rows = vec![
            Row {
                job: Job::Fmt,
                green: true,
                time: Duration::from_millis(640),
            },
            Row {
                job: Job::Test,
                green: false,
                time: Duration::from_millis(61_500),
            },
        ];
        Report { rows, counts }.to_string()
    }

    #[test]
    fn a_report_lists_the_jobs_with_their_times_and_sums_them() {
        assert_eq!(
            report(None),
            "fmt          ok          0.6 s\n\
             test         FAILED     61.5 s\n\
             total                   62.1 s\n"
        );
    }

    #[test]
    fn the_counts_stand_alone_on_the_last_line() {
        let counts = Counts {
            passed: 12,
            failed: 1,
            skipped: 0,
        };
        assert_eq!(
            report(Some(counts)).lines().last(),
            Some("12 passed, 1 failed")
        );
    }
}
