use portal_core::{Error, Kind};

use crate::Row;
use crate::output::output_line::ParsedLine;

/// What became of rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// How many rows have a link.
    pub links: u64,
    /// How many rows have none because nothing was sent for them: they were bad, or not in time.
    pub unsent: u64,
    failed: [u64; Kind::ALL.len()],
}

impl Counts {
    /// Returns how many rows have a line in the output.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.links + self.failed.iter().sum::<u64>()
    }

    /// Returns the kinds of error that rows have, with how many.
    pub fn failed(&self) -> impl Iterator<Item = (Kind, u64)> {
        let kinds = Kind::ALL.into_iter().zip(self.failed);
        kinds.filter(|(_, count)| *count > 0)
    }

    /// Counts a row that was read and not asked for: a good one as if it had its link.
    pub fn checked(&mut self, row: &Row) {
        match &row.request {
            Ok(_) => self.links += 1,
            Err(bad) => self.failure(&bad.error),
        }
    }

    pub(crate) fn failure(&mut self, error: &Error) {
        self.count(error.kind(), error.attempts());
    }

    /// Counts an earlier run's line; `false` where its kind of error is not known.
    pub(crate) fn written(&mut self, line: &ParsedLine) -> bool {
        let Some(error) = &line.error else {
            self.links += 1;
            return true;
        };
        let mut kinds = Kind::ALL.into_iter();
        match kinds.find(|kind| kind.as_str() == error.kind) {
            Some(kind) => self.count(kind, error.attempts),
            None => return false,
        }
        true
    }

    fn count(&mut self, kind: Kind, attempts: u32) {
        let index = Kind::ALL.iter().position(|one| *one == kind);
        self.failed[index.expect("all kinds are listed")] += 1;
        self.unsent += u64::from(attempts == 0);
    }
}

/// Why a run ended before its input did.
#[derive(Clone, Debug)]
pub enum StopReason {
    /// Somebody asked for it.
    Interrupted,
    /// A row failed, and the run was to end with the first that does.
    FailFast(Error),
    /// The provider refuses the credential or the configuration: every row would fail.
    Refused(Error),
    /// The input cannot be read on.
    Input(Error),
}

/// How a run ended.
#[derive(Clone, Debug)]
pub struct Summary {
    /// What became of all rows that have a line, with those of earlier runs.
    pub counts: Counts,
    /// How many rows had a line or a result when this run began.
    pub resumed: u64,
    /// How many rows an earlier run had in flight when it ended: made again, so perhaps twice.
    pub repeated: u64,
    /// How many rows this run has begun and not finished: nobody knows what became of them.
    pub in_flight: u64,
    /// How many rows are finished and wait, in a file beside the output, for earlier ones.
    pub held: u64,
    /// Why it ended early.
    pub stopped: Option<StopReason>,
}
