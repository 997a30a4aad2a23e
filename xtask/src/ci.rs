//! `cargo xtask ci`: everything that must pass, on a contributor's machine and elsewhere.
//!
//! Home-made: `just` runs commands too, but neither adds up test counts nor installs pinned tools.

mod counts;
mod jobs;
mod new_adapter;
pub(crate) mod python;
mod run;

use std::path::Path;
use std::time::Instant;

use clap::Args;
use clap::builder::PossibleValuesParser;

use self::counts::Counts;
use self::jobs::JOBS;
use self::run::Run;
use crate::error::Error;

/// Run everything that must pass, in order, and stop at the first job that fails
///
/// The run ends with a table of jobs and times, and a line of test counts. Tools that the Rust
/// toolchain does not include are installed, pinned, into `target/tools`; that needs Python 3.10 or
/// newer with venv (`PYTHON` names an interpreter other than `python3`). Chromium and valgrind are
/// installed from Debian's packages by root, else by you (`CHROMIUM` names the browser).
#[derive(Debug, Args)]
pub(crate) struct Ci {
    /// Run only these jobs, in the order given
    #[arg(value_name = "NAME", value_parser = PossibleValuesParser::new(JOBS.iter().map(|job| job.name)))]
    jobs: Vec<String>,

    /// List the jobs without running any
    #[arg(long, conflicts_with = "jobs")]
    list: bool,
}

impl Ci {
    /// Runs the named jobs, or all of them if none was named.
    pub(crate) fn run(&self, root: &Path) -> Result<(), Error> {
        if self.list {
            for job in JOBS {
                println!("{:12} {}", job.name, job.about);
            }
            return Ok(());
        }
        let mut run = Run {
            root,
            counts: Counts::default(),
        };
        let mut table = String::new();
        let start = Instant::now();
        let result = self.run_jobs(&mut run, &mut table);
        let total = row("total", "", start);
        print!("\n{table}{total}");
        if run.counts != Counts::default() {
            println!("{}", run.counts);
        }
        result
    }

    fn run_jobs(&self, run: &mut Run<'_>, table: &mut String) -> Result<(), Error> {
        let names: Vec<&str> = match self.jobs.is_empty() {
            true => JOBS.iter().map(|job| job.name).collect(),
            false => self.jobs.iter().map(String::as_str).collect(),
        };
        for name in names {
            let found = JOBS.iter().find(|job| job.name == name);
            let job = found.expect("clap knows the names");
            println!("\n== {name}: {}", job.about);
            let start = Instant::now();
            let result = (job.run)(run);
            let row = row(name, if result.is_ok() { "ok" } else { "FAILED" }, start);
            print!("== {row}");
            table.push_str(&row);
            result.map_err(|cause| Error::Job {
                job: name.to_owned(),
                cause: Box::new(cause),
            })?;
        }
        Ok(())
    }
}

fn row(name: &str, result: &str, start: Instant) -> String {
    let seconds = start.elapsed().as_secs_f64();
    format!("{name:12} {result:6} {seconds:8.1} s\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_job_ends_the_run_and_is_named_with_its_command() {
        let root = tempfile::tempdir().unwrap();
        let ci = Ci {
            jobs: vec!["tidy".to_owned(), "fmt".to_owned()],
            list: false,
        };
        let error = ci.run(root.path()).unwrap_err().to_string();
        assert!(error.starts_with("job `tidy` failed: "), "{error}");
        assert!(error.ends_with("`cargo xtask ci tidy`"), "{error}");
    }
}
