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

    /// A command: `NAME=value` words, then cargo or a native tool with its arguments.
    pub(super) fn step(&self, line: &str) -> Result<Step, Error> {
        let words: Vec<_> = line.split_whitespace().collect();
        let variables = words.iter().take_while(|word| word.contains('=')).count();
        let (variables, command) = words.split_at(variables);
        let mut step = match command[0] {
            "cargo" => Step::cargo(&command[1..], self.root),
            tool => {
                let tools = Tools::ready(self.root, NATIVE)?;
                Step::new(tools.program(tool), &command[1..], self.root)
            }
        };
        for (name, value) in variables.iter().filter_map(|word| word.split_once('=')) {
            step = step.env(name, value);
        }
        Ok(step)
    }
}
