//! Test counts, from the JUnit reports that nextest, pytest and node write, and from `cargo test --doc`.
//!
//! Home-made: no tool adds up the reports of several runners, and rustdoc writes no report.

use std::fmt;
use std::fs;
use std::path::Path;

use crate::error::Error;
use crate::step::Step;

/// Tests by outcome.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) passed: usize,
    pub(crate) failed: usize,
    pub(crate) skipped: usize,
}

impl Counts {
    /// Runs a step that writes a JUnit report, and adds the report's tests, also those of a failed step.
    ///
    /// A step that passes without a report, or with one that has no test, is an error.
    pub(super) fn add_report(&mut self, step: Step, report: &Path) -> Result<(), Error> {
        // A report of an earlier run must not count.
        let _ = fs::remove_file(report);
        let result = step.run();
        let counts = fs::read_to_string(report).map(|text| Self::from_junit(&text));
        self.settle(
            result,
            counts.unwrap_or_default(),
            &report.display().to_string(),
        )
    }

    /// Adds the counts of a run. One that passed without a test is an error.
    pub(super) fn settle(
        &mut self,
        result: Result<(), Error>,
        counts: Self,
        source: &str,
    ) -> Result<(), Error> {
        self.passed += counts.passed;
        self.failed += counts.failed;
        self.skipped += counts.skipped;
        result?;
        match counts == Self::default() {
            true => Err(Error::NoTests(source.to_owned())),
            false => Ok(()),
        }
    }

    /// Counts the test cases of a JUnit report. Text in a report is escaped, so that a `<` begins an element.
    fn from_junit(text: &str) -> Self {
        let mut counts = Self::default();
        for case in text.split("<testcase").skip(1) {
            if case.contains("<failure") || case.contains("<error") {
                counts.failed += 1;
            } else if case.contains("<skipped") {
                counts.skipped += 1;
            } else {
                counts.passed += 1;
            }
        }
        counts
    }

    /// Adds up the lines with which each program of `cargo test` ends:
    /// `test result: ok. 7 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.1s`.
    pub(super) fn from_cargo_test(text: &str) -> Self {
        let mut counts = Self::default();
        let lines = text
            .lines()
            .filter_map(|line| line.strip_prefix("test result: "));
        for outcome in lines.flat_map(|line| line.split(['.', ';'])) {
            let Some((number, name)) = outcome.trim().split_once(' ') else {
                continue;
            };
            let number = number.parse::<usize>().unwrap_or_default();
            match name {
                "passed" => counts.passed += number,
                "failed" => counts.failed += number,
                "ignored" => counts.skipped += number,
                _ => {}
            }
        }
        counts
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)?;
        match self.skipped {
            0 => Ok(()),
            skipped => write!(f, ", {skipped} skipped"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(passed: usize, failed: usize, skipped: usize) -> Counts {
        Counts {
            passed,
            failed,
            skipped,
        }
    }

    #[test]
    fn each_test_case_of_a_report_counts_once() {
        let report = r#"<?xml version="1.0"?><testsuites tests="5" failures="1" errors="1">
            <testsuite name="a"><testcase name="one"/><testcase name="two"><system-out>&lt;failure</system-out></testcase>
            <testcase name="three"><failure type="x"/><error/></testcase></testsuite>
            <testcase name="four"><skipped/></testcase><testcase name="five"><error message="x"/></testcase></testsuites>"#;
        assert_eq!(Counts::from_junit(report), counts(2, 2, 1));
        assert_eq!(
            Counts::from_junit("<testsuites></testsuites>"),
            counts(0, 0, 0)
        );
    }

    #[test]
    fn the_results_of_cargo_test_are_added_up() {
        let text = "running 3 tests\ntest result: ok. 7 passed; 0 failed; 1 ignored; 0 measured; 2 filtered out; finished in 0.10s\n\
            test result: FAILED. 1 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.10s\n";
        assert_eq!(Counts::from_cargo_test(text), counts(8, 2, 1));
    }

    #[test]
    fn a_run_that_passed_without_a_test_is_an_error() {
        let mut sum = counts(1, 0, 0);
        let error = sum
            .settle(Ok(()), counts(0, 0, 0), "report.xml")
            .unwrap_err();
        assert!(error.to_string().contains("`report.xml`"), "{error}");
    }

    #[test]
    fn tests_of_a_failed_run_count_too() {
        let mut sum = counts(1, 0, 0);
        let failed = Err(Error::Untidy(1));
        sum.settle(failed, counts(1, 1, 0), "").unwrap_err();
        assert_eq!(sum, counts(2, 1, 0));
    }

    #[test]
    fn counts_print_as_one_line() {
        assert_eq!(counts(3, 0, 0).to_string(), "3 passed, 0 failed");
        assert_eq!(counts(3, 1, 2).to_string(), "3 passed, 1 failed, 2 skipped");
    }
}
