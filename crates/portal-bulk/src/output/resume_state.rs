use std::collections::BTreeSet;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use portal_core::Error;

use crate::BulkError;
use crate::error::damaged_line;
use crate::line_reader::LineReader;
use crate::output::ledger::{LedgerState, RunFingerprint};
use crate::output::output_line::{LineBytes, ParsedLine};
use crate::row_set::RowSet;
use crate::running_hash::Digest;
use crate::summary::Counts;

/// What earlier runs did: the output lists the finished rows, the ledger the started ones.
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
    undone: BTreeSet<u64>,
}

impl ResumeState {
    /// Reads an output; a half-written last line is ignored.
    pub(crate) fn read(
        file: &File,
        path: &Path,
        fingerprint: &RunFingerprint,
        state: LedgerState,
    ) -> Result<Self, BulkError> {
        let mut resume = Self {
            started: state.started,
            digest: state.digest,
            undone: state.undone,
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
            if !resume.counts.add_line(&parsed) {
                return Err(wrong("has an unknown kind of error").into());
            }
            resume.length += line.bytes.len() as u64 + 1;
        }
        let (lines, bytes) = state.saved;
        if resume.done.count() < lines || resume.length < bytes {
            let (shown, found) = (path.display(), resume.done.count());
            let message = format!("`{shown}` has {found} lines, but once had {lines}");
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
            self.counts.add_line(&parsed);
        }
    }

    /// Returns how many rows were in flight when the last run ended.
    pub(crate) fn in_flight(&self) -> u64 {
        let undone = self.undone.iter().filter(|row| !self.done.contains(**row));
        self.done.missing_up_to(self.started) - undone.count() as u64
    }

    /// Returns whether an earlier run may have sent this row without finishing it.
    pub(crate) fn was_in_flight(&self, row: u64) -> bool {
        row <= self.started && !self.undone.contains(&row) && !self.done.contains(row)
    }
}
