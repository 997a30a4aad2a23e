use std::path::Path;

use super::counts::Counts;
use crate::error::Error;
use crate::step::Step;
use crate::tools::{NATIVE, Tools};

/// A run of jobs: where, and the tests counted so far.
pub(super) struct Run<'a> {
    pub(super) root: &'a Path,
    pub(super) counts: Counts,
}

impl Run<'_> {
    /// Runs each line as a command.
    pub(super) fn commands(&self, lines: &str) -> Result<(), Error> {
        let mut lines = lines.lines().filter(|line| !line.trim().is_empty());
        lines.try_for_each(|line| self.step(line)?.run())
    }

    /// A command: cargo or a native tool, with its arguments.
    pub(super) fn step(&self, line: &str) -> Result<Step, Error> {
        let line = line.trim();
        match line.split_once(' ').unwrap_or((line, "")) {
            ("cargo", words) => Ok(Step::cargo(words, self.root)),
            (tool, words) => {
                let program = Tools::ready(self.root, NATIVE)?.program(tool);
                Ok(Step::new(program, words, self.root))
            }
        }
    }
}
