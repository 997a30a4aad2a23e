use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufReader, Seek};
use std::path::Path;

use portal_core::Error;

use crate::BulkError;
use crate::error::damaged_line;
use crate::failure::{Failure, Repetition};
use crate::line_reader::LineReader;
use crate::output::ledger::{LedgerState, RunFingerprint};
use crate::output::output_line::{LineBytes, ParsedLine};
use crate::row_set::RowSet;
use crate::running_hash::Digest;
use crate::summary::Counts;

/// The state that earlier runs left: the output lists the finished rows, and the ledger the started ones.
#[derive(Debug, Default)]
pub(crate) struct ResumeState {
    /// Rows that have a line.
    pub(crate) done: RowSet,
    pub(crate) counts: Counts,
    /// The length of the output's whole lines, in bytes.
    pub(crate) length: u64,
    /// The last row that was started, and the digest of the input up to it.
    pub(crate) started: u64,
    pub(crate) digest: Option<Digest>,
    /// Failed rows that this run sends again.
    pub(crate) retries: BTreeMap<u64, Failure>,
    retries_all: bool,
    undone: BTreeSet<u64>,
    /// Failed rows that an earlier run sent again without a result.
    retrying: BTreeSet<u64>,
}

impl ResumeState {
    /// Reads an output; a half-written last line is ignored.
    ///
    /// `retries_all` also retries rows whose failure needs a correction first.
    pub(crate) fn read(
        mut file: &File,
        path: &Path,
        fingerprint: &RunFingerprint,
        state: LedgerState,
        retries_all: bool,
    ) -> Result<Self, BulkError> {
        file.rewind().map_err(BulkError::file(path, "read"))?;
        let mut resume = Self {
            started: state.started,
            digest: state.digest,
            undone: state.undone,
            retrying: state.retrying,
            retries_all,
            ..Self::default()
        };
        let mut lines = LineReader::new(BufReader::with_capacity(1 << 16, file));
        while let Some(line) = lines.next().map_err(BulkError::file(path, "read"))? {
            if !line.is_whole {
                break;
            }
            let wrong = |why: &str| damaged_line("output", path, line.number, why);
            let parsed = ParsedLine::parse(&line.bytes).filter(|_| !line.is_too_long);
            let parsed = parsed.ok_or_else(|| wrong("is not a line of an output"))?;
            if !fingerprint.is_unordered() && parsed.row != resume.done.first_missing() {
                let wanted = resume.done.first_missing();
                let why = format!("is about row {}, but row {wanted} comes next", parsed.row);
                return Err(wrong(&why).into());
            }
            if !resume.done.insert(parsed.row) {
                return Err(wrong(&format!("is the second about row {}", parsed.row)).into());
            }
            if !resume.add_line(&parsed) {
                return Err(wrong("has an unknown kind of error").into());
            }
            resume.length += line.bytes.len() as u64 + 1;
        }
        let (lines, bytes) = state.saved;
        if resume.done.count() < lines || resume.length < bytes {
            let (path, found) = (path.display(), resume.done.count());
            let message = format!("`{path}` has {found} lines, but once had {lines}");
            return Err(Error::invalid("output", message)
                .with_hint(
                    "put the file back as the run left it, or start again with another output",
                )
                .into());
        }
        Ok(resume)
    }

    /// Adds a finished row whose line is held in its own file.
    pub(crate) fn add_held(&mut self, row: u64, line: &LineBytes) {
        self.done.insert(row);
        if let Some(parsed) = ParsedLine::parse(line.trim_ascii_end()) {
            self.add_line(&parsed);
        }
    }

    /// Counts a finished row, and marks it if this run sends it again. Returns `false` if its error is
    /// of an unknown kind.
    fn add_line(&mut self, line: &ParsedLine) -> bool {
        let Some(error) = &line.error else {
            self.counts.links += 1;
            return true;
        };
        let Some(failure) = Failure::of_line(error) else {
            return false;
        };
        self.counts.add_failure(failure);
        let is_retried = match failure.repetition {
            Repetition::Resume => true,
            Repetition::RetryFailed => self.retries_all,
            Repetition::Never => false,
        };
        if is_retried || self.retrying.contains(&line.row) {
            self.retries.insert(line.row, failure);
        }
        true
    }

    /// Returns how many rows were in flight when the last run ended.
    pub(crate) fn in_flight(&self) -> u64 {
        let undone = self.undone.iter().filter(|row| !self.done.contains(**row));
        let retrying = self.retrying.difference(&self.undone);
        let retrying = retrying.filter(|row| self.done.contains(**row));
        self.done.missing_up_to(self.started) - undone.count() as u64 + retrying.count() as u64
    }
}
