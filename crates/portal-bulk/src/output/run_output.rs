use std::io;

use crate::output::output_line::LineBytes;
use crate::output::output_totals::OutputTotals;
use crate::output::resume_state::ResumeState;
use crate::output::run_files::{Saved, Saving};
use crate::output::stream_output::StreamOutput;
use crate::running_hash::Digest;
use crate::{BulkError, Counts, RunFiles};

/// Where a run writes its lines.
#[derive(Debug)]
#[non_exhaustive]
pub enum RunOutput {
    /// Files, from which a later run can resume.
    Files(Box<RunFiles>),
    /// A stream, such as stdout.
    Stream(StreamOutput),
}

impl From<RunFiles> for RunOutput {
    fn from(files: RunFiles) -> Self {
        Self::Files(Box::new(files))
    }
}

impl From<StreamOutput> for RunOutput {
    fn from(stream: StreamOutput) -> Self {
        Self::Stream(stream)
    }
}

impl RunOutput {
    /// Returns whether a later run can resume from this output.
    pub(crate) fn is_resumable(&self) -> bool {
        matches!(self, Self::Files(_))
    }

    /// Takes out what earlier runs did.
    pub(crate) fn take_resume_state(&mut self) -> ResumeState {
        match self {
            Self::Files(files) => std::mem::take(&mut files.resume),
            Self::Stream(_) => ResumeState::default(),
        }
    }

    /// Records that a row starts; it may be sent once this is recorded.
    pub(crate) fn record_start(&mut self, row: u64, digest: Digest) -> Result<(), BulkError> {
        match self {
            Self::Files(files) => files.record(|ledger| ledger.record_start(row, digest)),
            Self::Stream(stream) => {
                stream.undone.remove(&row);
                Ok(())
            }
        }
    }

    /// Records that a row that failed in an earlier run starts again.
    pub(crate) fn record_retry(&mut self, row: u64, digest: Digest) -> Result<(), BulkError> {
        match self {
            // A row that an earlier run sent again without a result counts as repeated.
            Self::Files(files) if !files.ledger.is_retried(row) => {
                files.record(|ledger| ledger.record_retry(row))
            }
            _ => self.record_start(row, digest),
        }
    }

    /// Records that a row ended without a result.
    pub(crate) fn record_undone(&mut self, row: u64) -> Result<(), BulkError> {
        match self {
            Self::Files(files) => files.record(|ledger| ledger.record_undone(row)),
            Self::Stream(stream) => {
                stream.undone.insert(row);
                Ok(())
            }
        }
    }

    /// Writes a row's line: in the place of its earlier one if the row failed before.
    pub(crate) fn put(
        &mut self,
        row: u64,
        line: LineBytes,
        has_link: bool,
        is_retry: bool,
    ) -> Result<(), BulkError> {
        match self {
            Self::Files(files) => files.put(row, line, is_retry),
            Self::Stream(stream) => {
                stream.put(row, line, has_link);
                Ok(())
            }
        }
    }

    /// Returns whether another row may start; `is_idle` if none is in flight.
    pub(crate) fn has_room(&self, is_idle: bool) -> bool {
        match self {
            Self::Files(files) => is_idle || files.output.has_room(),
            Self::Stream(stream) => stream.has_room(is_idle),
        }
    }

    /// Waits until a stream has the next line, or cannot be written.
    pub(crate) async fn line_written(&mut self) -> io::Result<()> {
        match self {
            Self::Files(_) => std::future::pending().await,
            Self::Stream(stream) => stream.line_written().await,
        }
    }

    /// Returns how many bytes of files this run has written and earlier ones had.
    pub(crate) fn bytes(&self) -> u64 {
        match self {
            Self::Files(files) => files.bytes(),
            Self::Stream(_) => 0,
        }
    }

    /// Starts to write files to disk; a stream has none.
    pub(crate) fn start_saving(&self) -> Result<Option<Saving>, BulkError> {
        match self {
            Self::Files(files) => files.start_saving().map(Some),
            Self::Stream(_) => Ok(None),
        }
    }

    /// Records that files are on disk.
    pub(crate) fn record_saved(&mut self, saved: Saved) -> Result<(), BulkError> {
        match self {
            Self::Files(files) => files.record_saved(saved),
            Self::Stream(_) => Ok(()),
        }
    }

    /// Ends the output, and returns what it has of the finished rows, which `counts` counts. The rest of a
    /// stream is written unless `abandoned` returns before.
    pub(crate) async fn finish(
        self,
        counts: &Counts,
        abandoned: impl Future<Output = ()>,
    ) -> Result<OutputTotals, BulkError> {
        match self {
            Self::Files(files) => files.finish(),
            Self::Stream(mut stream) => {
                let write_error = stream.drain(abandoned).await;
                let (lines, links) = stream.written();
                Ok(OutputTotals {
                    undone: stream.undone.len() as u64,
                    unwritten: counts.rows() - lines,
                    unwritten_links: counts.links - links,
                    write_error,
                    ..OutputTotals::default()
                })
            }
        }
    }
}
