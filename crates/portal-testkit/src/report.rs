use std::fmt;

/// The result of each trial.
#[derive(Clone, Debug)]
pub struct Report {
    pub(crate) provider: &'static str,
    pub(crate) trials: Vec<Trial>,
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

    /// A trial without a check proves nothing.
    fn hold(&self) -> bool {
        self.checks > 0 && self.failures.is_empty()
    }
}

impl Report {
    /// Returns how many trials the declaration requires.
    #[must_use]
    pub fn declared(&self) -> usize {
        self.trials.len()
    }

    /// Returns how many trials proved something that the declaration claims.
    #[must_use]
    pub fn proved(&self) -> usize {
        self.passed(false)
    }

    /// Returns how many trials proved that something unsupported is refused.
    #[must_use]
    pub fn refused(&self) -> usize {
        self.passed(true)
    }

    /// Returns the names of the trials that failed or had nothing to check.
    #[must_use]
    pub fn owed(&self) -> Vec<&str> {
        let owed = self.trials.iter().filter(|trial| !trial.findings.hold());
        owed.map(|trial| trial.name.as_str()).collect()
    }

    /// Prints the report, and panics with it if a trial failed or nothing ran.
    ///
    /// # Panics
    /// If [`owed`](Report::owed) names a trial, or no trial was declared.
    #[track_caller]
    pub fn assert(&self) {
        assert!(self.declared() > 0 && self.owed().is_empty(), "{self}");
        #[expect(clippy::print_stdout, reason = "a test prints its figures")]
        {
            print!("{self}");
        }
    }

    fn passed(&self, is_refusal: bool) -> usize {
        let passed = |trial: &&Trial| trial.is_refusal == is_refusal && trial.findings.hold();
        self.trials.iter().filter(passed).count()
    }
}

impl fmt::Display for Report {
    /// Writes a line of figures, then each trial that failed with its reasons, at most five.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{}: declared {} · proved {} · refused {}",
            self.provider,
            self.declared(),
            self.proved(),
            self.refused()
        )?;
        for Trial { name, findings, .. } in self.trials.iter().filter(|one| !one.findings.hold()) {
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
