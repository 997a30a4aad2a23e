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

/// What earlier runs did: the output says what is done, the ledger what was begun.
#[derive(Debug, Default)]
pub(crate) struct ResumeState {
    /// Rows that have their line.
    pub(crate) done: RowSet,
    pub(crate) counts: Counts,
    /// How much of the output is whole, in bytes.
    pub(crate) length: u64,
    /// All rows up to this one were begun, and come to that mark.
    pub(crate) begun: u64,
    pub(crate) digest: Option<Digest>,
    undone: BTreeSet<u64>,
}

impl ResumeState {
    /// Reads an output, whose half written last line is left out.
    pub(crate) fn read(
        file: &File,
        path: &Path,
        fingerprint: &RunFingerprint,
        told: LedgerState,
    ) -> Result<Self, BulkError> {
        let mut past = Self {
            begun: told.begun,
            digest: told.digest,
            undone: told.undone,
            ..Self::default()
        };
        let mut lines = LineReader::new(BufReader::with_capacity(1 << 16, file));
        while let Some(line) = lines.next().map_err(BulkError::file(path, "read"))? {
            if !line.is_whole {
                break;
            }
            let wrong = |why: &str| damaged_line("output", path, line.number, why);
            let written = ParsedLine::parse(&line.bytes).filter(|_| !line.is_too_long);
            let written = written.ok_or_else(|| wrong("is no line of an output"))?;
            if !fingerprint.is_unordered() && written.row != past.done.first_missing() {
                let wanted = past.done.first_missing();
                let why = format!("is about row {}, and row {wanted} was to come", written.row);
                return Err(wrong(&why).into());
            }
            if !past.done.insert(written.row) {
                return Err(wrong(&format!("is the second about row {}", written.row)).into());
            }
            if !past.counts.written(&written) {
                return Err(wrong("has a kind of error that is not known").into());
            }
            past.length += line.bytes.len() as u64 + 1;
        }
        let (lines, bytes) = told.safe;
        if past.done.count() < lines || past.length < bytes {
            let (shown, found) = (path.display(), past.done.count());
            let message = format!("`{shown}` has {found} lines, and had {lines} once");
            return Err(Error::invalid("output", message)
                .with_hint("put back the file as the run left it, or begin with another output")
                .into());
        }
        Ok(past)
    }

    /// Counts lines that wait in their own file.
    pub(crate) fn tally_held<'a>(&mut self, lines: impl Iterator<Item = &'a LineBytes>) {
        for line in lines {
            if let Some(written) = ParsedLine::parse(line.trim_ascii_end()) {
                self.counts.written(&written);
            }
        }
    }

    /// Returns how many rows were in flight when the last run ended.
    pub(crate) fn in_flight(&self) -> u64 {
        let undone = self.undone.iter().filter(|row| !self.done.contains(**row));
        self.done.missing_up_to(self.begun) - undone.count() as u64
    }

    /// Says whether a row that is begun anew may have been sent before.
    pub(crate) fn was_in_flight(&self, row: u64) -> bool {
        row <= self.begun && !self.undone.contains(&row) && !self.done.contains(row)
    }
}
