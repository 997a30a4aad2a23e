use std::fmt;

/// The result of each trial.
#[derive(Clone, Debug)]
pub struct Report {
    pub(crate) provider: &'static str,
    pub(crate) trials: Vec<Trial>,
    pub(crate) not_applicable: Vec<NotApplicable>,
}

/// A trial that did not run, and why.
#[derive(Clone, Debug)]
pub(crate) struct NotApplicable {
    pub(crate) name: &'static str,
    pub(crate) reason: String,
}

/// One trial and its result.
#[derive(Clone, Debug)]
pub(crate) struct Trial {
    pub(crate) name: String,
    pub(crate) is_refusal: bool,
    pub(crate) findings: Findings,
}

/// The checks of a trial and its failures.
#[derive(Clone, Debug, Default)]
pub(crate) struct Findings {
    checks: usize,
    failures: Vec<String>,
}

impl Findings {
    /// Counts a check, which fails with `why` unless it holds.
    pub(crate) fn check(&mut self, holds: bool, why: impl FnOnce() -> String) {
        self.checks += 1;
        if !holds {
            self.failures.push(why());
        }
    }

    /// Counts a check that failed.
    pub(crate) fn fail(&mut self, why: String) {
        self.check(false, || why);
    }

    /// Returns whether the trial passed. One without a check proves nothing, so it did not.
    fn has_passed(&self) -> bool {
        self.checks > 0 && self.failures.is_empty()
    }
}

impl Report {
    /// Returns how many trials ran.
    #[must_use]
    pub fn total(&self) -> usize {
        self.trials.len()
    }

    /// Returns how many trials passed.
    #[must_use]
    pub fn passed(&self) -> usize {
        self.total() - self.failed().len()
    }

    /// Returns how many of the passed trials showed that an unsupported option is refused.
    #[must_use]
    pub fn passed_refusals(&self) -> usize {
        let passed = |trial: &&Trial| trial.is_refusal && trial.findings.has_passed();
        self.trials.iter().filter(passed).count()
    }

    /// Returns the names of the trials that failed or had nothing to check.
    #[must_use]
    pub fn failed(&self) -> Vec<&str> {
        let failed = self
            .trials
            .iter()
            .filter(|trial| !trial.findings.has_passed());
        failed.map(|trial| trial.name.as_str()).collect()
    }

    /// Returns the names of the trials that did not run, each with the reason.
    #[must_use]
    pub fn not_applicable(&self) -> Vec<(&str, &str)> {
        let skipped = self.not_applicable.iter();
        skipped
            .map(|trial| (trial.name, trial.reason.as_str()))
            .collect()
    }

    /// Prints the report, and panics with it if a trial failed or nothing ran.
    ///
    /// # Panics
    /// If [`failed`](Report::failed) names a trial, or no trial ran.
    #[track_caller]
    pub fn assert(&self) {
        assert!(self.total() > 0 && self.failed().is_empty(), "{self}");
        #[expect(clippy::print_stdout, reason = "a test prints its figures")]
        {
            print!("{self}");
        }
    }
}

impl fmt::Display for Report {
    /// Writes a line of figures, the trials that did not run, and the trials that failed, each with at
    /// most five reasons.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{}: {} trials · {} passed, {} of them refusals · {} failed · {} not applicable",
            self.provider,
            self.total(),
            self.passed(),
            self.passed_refusals(),
            self.failed().len(),
            self.not_applicable.len()
        )?;
        for NotApplicable { name, reason } in &self.not_applicable {
            writeln!(f, "NOT APPLICABLE {name}: {reason}")?;
        }
        for Trial { name, findings, .. } in self
            .trials
            .iter()
            .filter(|trial| !trial.findings.has_passed())
        {
            match findings.checks {
                0 => writeln!(f, "MISSING {name}: the declaration has nothing to check")?,
                checks => writeln!(f, "FAILED {name}: {} of {checks}", findings.failures.len())?,
            }
            for why in findings.failures.iter().take(5) {
                writeln!(f, "    {why}")?;
            }
        }
        Ok(())
    }
}
