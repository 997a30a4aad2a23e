//! The jobs, in the order in which they run: what is quick to say no comes first.

use std::fmt;
use std::path::Path;

use clap::ValueEnum;

use super::counts::Counts;
use super::{browser, fuzz, newcomer, openapi, python};
use crate::error::Error;
use crate::instructions;
use crate::step::Step;
use crate::supply;
use crate::tidy;
use crate::tools::{NATIVE, Tools};

/// One thing that must pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Job {
    /// Every Rust file is formatted as rustfmt.toml says
    Fmt,
    /// The house rules: who depends on whom, file sizes, left-overs, documents
    Tidy,
    /// No misspelt words
    Typos,
    /// Licences, banned crates and sources of all dependencies (offline)
    Deny,
    /// No dependency that nothing uses
    Unused,
    /// No warning of clippy, in any set of features
    Clippy,
    /// All Rust tests, by cargo-nextest
    Test,
    /// The examples in the documentation, compiled and run
    Doctest,
    /// What `new-adapter` writes compiles, and owes exactly what needs a provider
    Newcomer,
    /// The documentation builds without a warning
    Doc,
    /// Whatever others write is read without a panic: the fuzz targets, briefly
    Fuzz,
    /// A call costs no more instructions than it did, by valgrind
    Instructions,
    /// The sandbox answers as its OpenAPI documents say, by schemathesis
    Openapi,
    /// The pages in headless Chromium: flows, attacks, accessibility
    Browser,
    /// The Python package: built, installed, tested, and its types checked
    Python,
}

impl Job {
    /// Every job, in order.
    pub(crate) fn all() -> &'static [Self] {
        Self::value_variants()
    }

    /// What it checks, in one line.
    pub(crate) fn about(self) -> String {
        let value = self.to_possible_value().expect("no job is hidden");
        value
            .get_help()
            .map(ToString::to_string)
            .unwrap_or_default()
    }

    /// Runs it to its end; a job that runs tests adds them to `counts`, red or green.
    pub(crate) fn run(self, root: &Path, counts: &mut Option<Counts>) -> Result<(), Error> {
        match self {
            Self::Fmt => Step::cargo(&["fmt", "--all", "--check"], root).run(),
            Self::Tidy => tidy::check(root),
            Self::Typos => tool("typos", &[], root)?.run(),
            Self::Deny => deny(root),
            Self::Unused => tool("cargo-shear", &["shear", "--locked"], root)?.run(),
            Self::Clippy => clippy(root),
            Self::Test => test(root, counts),
            Self::Doctest => doctest(root, counts),
            Self::Newcomer => newcomer::check(root),
            Self::Doc => doc(root),
            Self::Fuzz => fuzz::run(root, counts),
            Self::Instructions => instructions::check(root),
            Self::Openapi => openapi::run(root),
            Self::Browser => browser::run(root, counts),
            Self::Python => python::check(root, counts),
        }
    }
}

impl fmt::Display for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = self.to_possible_value().expect("no job is hidden");
        f.pad(value.get_name())
    }
}

fn tool(name: &str, arguments: &[&str], root: &Path) -> Result<Step, Error> {
    let program = Tools::ready(root, NATIVE)?.program(name);
    Ok(Step::new(program, arguments, root))
}

/// Without advisories: their database is a download, and a red job for news from elsewhere is no
/// verdict on a change. `cargo xtask supply` looks them up.
fn deny(root: &Path) -> Result<(), Error> {
    let arguments = [
        "deny",
        "--all-features",
        "--locked",
        "check",
        "licenses",
        "bans",
        "sources",
    ];
    tool("cargo-deny", &arguments, root)?.run()?;
    supply::count(root)
}

/// The workspace as a whole twice, then each crate by itself without features and with each one
/// alone: a feature, of ours or of a dependency, that another crate happens to switch on hides
/// its absence in the first two.
fn clippy(root: &Path) -> Result<(), Error> {
    let deny_warnings = ["--", "-D", "warnings"];
    let all = ["clippy", "--workspace", "--all-targets", "--locked"];
    Step::cargo(&[&all[..], &deny_warnings].concat(), root).run()?;
    Step::cargo(
        &[&all[..], &["--all-features"], &deny_warnings].concat(),
        root,
    )
    .run()?;
    let each = [
        "--each-feature",
        "--exclude-all-features",
        "--exclude-features",
        "default",
    ];
    let arguments = [&["hack"], &all[..], &each, &deny_warnings].concat();
    tool("cargo-hack", &arguments, root)?.run()
}

fn test(root: &Path, counts: &mut Option<Counts>) -> Result<(), Error> {
    let arguments = [
        "nextest",
        "run",
        "--workspace",
        "--all-features",
        "--locked",
        "--profile",
        "ci",
    ];
    // As with the fuzz targets: a red job stays red, and a change is not refused for its luck.
    let step = tool("cargo-nextest", &arguments, root)?.env("PROPTEST_RNG_SEED", "1");
    // Its summary comes last, so a test that prints one of its own is outvoted.
    let mut last = None;
    let shown = step.shown().to_owned();
    let result = step.run_reading(|line| last = Counts::from_nextest(line).or(last));
    settle(result, last, counts, shown)
}

fn doctest(root: &Path, counts: &mut Option<Counts>) -> Result<(), Error> {
    let arguments = [
        "test",
        "--doc",
        "--workspace",
        "--all-features",
        "--locked",
        "--no-fail-fast",
    ];
    let step = Step::cargo(&arguments, root);
    let mut sum = None;
    let shown = step.shown().to_owned();
    let result = step.run_reading(|line| {
        if let Some(one) = Counts::from_libtest(line) {
            *sum.get_or_insert_default() += one;
        }
    });
    settle(result, sum, counts, shown)
}

/// Adds what was counted, whatever the result; green without a count is red.
pub(super) fn settle(
    result: Result<(), Error>,
    counted: Option<Counts>,
    counts: &mut Option<Counts>,
    shown: String,
) -> Result<(), Error> {
    if let Some(counted) = counted {
        *counts.get_or_insert_default() += counted;
    }
    result?;
    match counted {
        Some(_) => Ok(()),
        None => Err(Error::NoSummary { shown }),
    }
}

fn doc(root: &Path) -> Result<(), Error> {
    let arguments = [
        "doc",
        "--workspace",
        "--no-deps",
        "--all-features",
        "--locked",
    ];
    Step::cargo(&arguments, root)
        .env("RUSTDOCFLAGS", "-D warnings")
        .run()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: Counts = Counts {
        passed: 1,
        failed: 0,
        skipped: 0,
    };

    #[test]
    fn every_job_says_in_a_line_what_it_checks() {
        for job in Job::all() {
            let about = job.about();
            assert!(!about.is_empty() && about.len() < 80, "{job}: {about}");
        }
    }

    #[test]
    fn a_green_run_without_a_summary_is_red() {
        let mut counts = None;
        let error = settle(Ok(()), None, &mut counts, "cargo test".to_owned()).unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("`cargo test` printed no test summary")
        );
        assert_eq!(counts, None);
    }

    #[test]
    fn tests_of_a_red_job_are_counted_too() {
        let mut counts = Some(ONE);
        let red = Err(Error::Untidy("1 violation".to_owned()));
        settle(red, Some(ONE), &mut counts, String::new()).unwrap_err();
        assert_eq!(counts.map(|counts| counts.passed), Some(2));
    }
}
