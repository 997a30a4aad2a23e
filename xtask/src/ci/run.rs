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
    /// Runs cargo with these words.
    pub(super) fn cargo(&self, words: &str) -> Result<(), Error> {
        let words: Vec<_> = words.split_whitespace().collect();
        Step::cargo(&words, self.root).run()
    }

    /// A native tool with these words.
    pub(super) fn tool(&self, name: &str, words: &str) -> Result<Step, Error> {
        let tools = Tools::ready(self.root, NATIVE)?;
        Ok(Step::line(tools.program(name), words, self.root))
    }
}
