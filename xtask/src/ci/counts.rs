//! How many tests ran, as the test programs themselves say it.

use std::fmt;
use std::ops::AddAssign;

/// Tests by outcome.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
    pub(crate) skipped: u64,
}

impl Counts {
    /// Reads the line with which cargo-nextest ends:
    /// `Summary [ 0.1s] 9 tests run: 7 passed (1 slow), 1 failed, 1 timed out, 2 skipped`.
    pub(crate) fn from_nextest(line: &str) -> Option<Self> {
        let (_, outcomes) = line
            .trim_start()
            .strip_prefix("Summary [")?
            .split_once(" run: ")?;
        Self::from_outcomes(without_parentheses(outcomes).split(','))
    }

    /// Reads the line with which each program of `cargo test` ends:
    /// `test result: ok. 7 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.1s`.
    pub(crate) fn from_libtest(line: &str) -> Option<Self> {
        let (_, outcomes) = line.strip_prefix("test result: ")?.split_once(". ")?;
        Self::from_outcomes(outcomes.split(';'))
    }

    /// Reads one of the lines with which `node --test` ends, each a part of the whole: `ℹ pass 31`, `ℹ fail 0` and so on.
    pub(crate) fn from_node(line: &str) -> Option<Self> {
        let (outcome, number) = line.strip_prefix("ℹ ")?.split_once(' ')?;
        let number = number.parse().ok()?;
        let mut counts = Self::default();
        match outcome {
            "pass" => counts.passed = number,
            "fail" | "cancelled" => counts.failed = number,
            "skipped" | "todo" => counts.skipped = number,
            _ => return None,
        }
        Some(counts)
    }

    /// Reads the line with which pytest ends: `1 failed, 7 passed, 2 skipped in 0.10s`.
    pub(crate) fn from_pytest(line: &str) -> Option<Self> {
        let (outcomes, time) = line.trim_matches(['=', ' ']).rsplit_once(" in ")?;
        let is_time = time.starts_with(|first: char| first.is_ascii_digit());
        let mut words = outcomes.split(' ');
        let is_count = words.next()?.parse::<u64>().is_ok();
        let is_outcome = words.next().is_some_and(|word| {
            ["passed", "failed", "skipped", "error", "errors"].contains(&word.trim_end_matches(','))
        });
        (is_time && is_count && is_outcome).then(|| Self::from_outcomes(outcomes.split(',')))?
    }

    fn from_outcomes<'a>(outcomes: impl Iterator<Item = &'a str>) -> Option<Self> {
        let mut counts = Self::default();
        for outcome in outcomes {
            let Some((number, outcome)) = outcome.trim().split_once(' ') else {
                continue;
            };
            let Ok(number) = number.parse::<u64>() else {
                continue;
            };
            match outcome.trim() {
                "passed" => counts.passed += number,
                "failed" | "exec failed" | "timed out" | "error" | "errors" => {
                    counts.failed += number;
                }
                "skipped" | "ignored" => counts.skipped += number,
                _ => {}
            }
        }
        Some(counts)
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
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

fn without_parentheses(text: &str) -> String {
    let mut depth = 0_u32;
    text.chars()
        .filter(|character| match character {
            '(' => {
                depth += 1;
                false
            }
            ')' => {
                depth = depth.saturating_sub(1);
                false
            }
            _ => depth == 0,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(passed: u64, failed: u64, skipped: u64) -> Option<Counts> {
        Some(Counts {
            passed,
            failed,
            skipped,
        })
    }

    #[test]
    fn a_green_nextest_summary_is_read() {
        let line = "     Summary [   0.004s] 4 tests run: 4 passed, 0 skipped";
        assert_eq!(Counts::from_nextest(line), counts(4, 0, 0));
        let line = "     Summary [   0.004s] 1 test run: 1 passed, 3 skipped";
        assert_eq!(Counts::from_nextest(line), counts(1, 0, 3));
    }

    #[test]
    fn whatever_did_not_pass_in_nextest_failed() {
        let line = "Summary [ 61.0s] 9/11 tests run: 5 passed (2 slow, 1 leaky), 2 failed, 1 exec failed, 1 timed out (1 slow), 2 skipped";
        assert_eq!(Counts::from_nextest(line), counts(5, 4, 2));
    }

    #[test]
    fn a_libtest_result_is_read() {
        let line = "test result: ok. 7 passed; 0 failed; 1 ignored; 0 measured; 2 filtered out; finished in 0.10s";
        assert_eq!(Counts::from_libtest(line), counts(7, 0, 1));
        let line = "test result: FAILED. 1 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.10s";
        assert_eq!(Counts::from_libtest(line), counts(1, 2, 0));
    }

    #[test]
    fn the_lines_of_node_are_read() {
        assert_eq!(Counts::from_node("ℹ pass 31"), counts(31, 0, 0));
        assert_eq!(Counts::from_node("ℹ fail 2"), counts(0, 2, 0));
        assert_eq!(Counts::from_node("ℹ cancelled 1"), counts(0, 1, 0));
        assert_eq!(Counts::from_node("ℹ skipped 3"), counts(0, 0, 3));
        for line in [
            "ℹ tests 31",
            "ℹ suites 0",
            "ℹ duration_ms 8.5",
            "✔ pass 3 (1ms)",
            "ℹ pass",
        ] {
            assert_eq!(Counts::from_node(line), None, "{line}");
        }
    }

    #[test]
    fn a_pytest_summary_is_read() {
        let line = "175 passed in 20.31s";
        assert_eq!(Counts::from_pytest(line), counts(175, 0, 0));
        let line =
            "==== 1 failed, 2 passed, 3 skipped, 4 errors, 5 warnings in 75.20s (0:01:15) ====";
        assert_eq!(Counts::from_pytest(line), counts(2, 5, 3));
    }

    #[test]
    fn other_lines_count_nothing() {
        for line in [
            "",
            "running 3 tests",
            "test it_works ... ok",
            "Summary",
            "PASS [ 0.1s] 3 tests run: no",
            "3 files in 2 folders",
            "1 passed in the end",
        ] {
            assert_eq!(Counts::from_nextest(line), None, "{line}");
            assert_eq!(Counts::from_pytest(line), None, "{line}");
            assert_eq!(Counts::from_libtest(line), None, "{line}");
        }
    }

    #[test]
    fn counts_print_as_log_readers_expect() {
        assert_eq!(counts(3, 0, 0).unwrap().to_string(), "3 passed, 0 failed");
        assert_eq!(
            counts(3, 1, 2).unwrap().to_string(),
            "3 passed, 1 failed, 2 skipped"
        );
    }

    #[test]
    fn counts_add_up() {
        let mut sum = counts(1, 2, 3).unwrap();
        sum += counts(10, 20, 30).unwrap();
        assert_eq!(Some(sum), counts(11, 22, 33));
    }
}
