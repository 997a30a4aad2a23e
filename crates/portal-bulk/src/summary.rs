use std::fmt;
use std::io;
use std::sync::Arc;

use portal_core::{Error, Kind};

use crate::Row;
use crate::failure::{Failure, Repetition};

/// The numbers of rows with a link, and of failed rows by kind of error.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// How many rows have a link.
    pub links: u64,
    /// How many rows have none because nothing was sent: they were invalid or timed out.
    pub unsent: u64,
    /// How many failed rows may have a link that is unknown; they are never sent again.
    pub may_be_done: u64,
    failed: [u64; Kind::ALL.len()],
    retryable: [u64; Kind::ALL.len()],
}

impl Counts {
    /// Returns how many rows have a line in the output.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.links + self.failed.iter().sum::<u64>()
    }

    /// Returns the kinds of error that rows have, with their counts.
    pub fn failed(&self) -> impl Iterator<Item = (Kind, u64)> {
        let kinds = Kind::ALL.iter().copied().zip(self.failed);
        kinds.filter(|(_, count)| *count > 0)
    }

    /// Returns the kinds of error of failed rows that any later run sends again, with their counts.
    pub fn retryable(&self) -> impl Iterator<Item = (Kind, u64)> {
        let kinds = Kind::ALL.iter().copied().zip(self.retryable);
        kinds.filter(|(_, count)| *count > 0)
    }

    /// Counts a row that was only checked; a valid one counts as a link.
    pub fn add_checked(&mut self, row: &Row) {
        match &row.request {
            Ok(_) => self.links += 1,
            Err(error) => self.add_error(&error.error),
        }
    }

    pub(crate) fn add_error(&mut self, error: &Error) {
        self.add_failure(Failure::of_error(error));
    }

    pub(crate) fn add_failure(&mut self, failure: Failure) {
        self.change_failure(failure, |count| *count += 1);
    }

    /// Takes back a failed row that has a new line.
    pub(crate) fn remove_failure(&mut self, failure: Failure) {
        self.change_failure(failure, |count| *count -= 1);
    }

    fn change_failure(&mut self, failure: Failure, change: impl Fn(&mut u64)) {
        let index = Kind::ALL.iter().position(|one| *one == failure.kind);
        let index = index.expect("all kinds are listed");
        change(&mut self.failed[index]);
        if !failure.is_sent {
            change(&mut self.unsent);
        }
        match failure.repetition {
            Repetition::Resume => change(&mut self.retryable[index]),
            Repetition::RetryFailed => {}
            Repetition::Never => change(&mut self.may_be_done),
        }
    }
}

/// Why a run ended before its input did.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum StopReason {
    /// The caller asked for it.
    Interrupted,
    /// A row failed, and `fail_fast` is set.
    FailFast(Error),
    /// The provider refuses the credential or the configuration, so every row would fail.
    Refused(Error),
    /// The provider served no row for too long.
    GaveUp(Error),
    /// The rest of the input is invalid.
    Input(Error),
    /// The rest of the input cannot be read.
    ReadFailed(Arc<io::Error>),
    /// The stream that the run writes to is closed, or cannot be written.
    WriteFailed(Arc<io::Error>),
}

impl StopReason {
    pub(crate) fn write_failed(error: io::Error) -> Self {
        Self::WriteFailed(Arc::new(error))
    }

    /// Returns the reason's name, such as `fail_fast`.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Interrupted => "interrupted",
            Self::FailFast(_) => "fail_fast",
            Self::Refused(_) => "refused",
            Self::GaveUp(_) => "gave_up",
            Self::Input(_) | Self::ReadFailed(_) => "input",
            Self::WriteFailed(_) => "output",
        }
    }

    /// Returns the error that stopped the run; none if it was interrupted, or if a file or
    /// a stream failed.
    #[must_use]
    pub fn error(&self) -> Option<&Error> {
        match self {
            Self::Interrupted | Self::ReadFailed(_) | Self::WriteFailed(_) => None,
            Self::FailFast(error)
            | Self::Refused(error)
            | Self::GaveUp(error)
            | Self::Input(error) => Some(error),
        }
    }
}

impl fmt::Display for StopReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Interrupted => "interrupted",
            Self::FailFast(_) => "a row failed",
            Self::Refused(_) => "every row would fail with this error",
            Self::GaveUp(_) => "the provider served no row for too long",
            Self::Input(_) | Self::ReadFailed(_) => "the rest of the input cannot be read",
            Self::WriteFailed(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                "the reader of the output has ended"
            }
            Self::WriteFailed(_) => "the output cannot be written",
        })
    }
}

/// How a run ended.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Summary {
    /// The counts of all finished rows, including those of earlier runs.
    pub counts: Counts,
    /// How many rows were finished when this run started.
    pub resumed: u64,
    /// How often a row that was in flight when a run ended was sent again, so perhaps twice; counts all
    /// interruptions since the first run.
    pub repeated: u64,
    /// How many rows this run started and abandoned; their outcome is unknown.
    pub in_flight: u64,
    /// How many rows ended without a result, because the provider refused the credential or served no
    /// row. A later run sends them again.
    pub undone: u64,
    /// How many finished rows wait for an earlier one, in a file beside the output.
    pub held_lines: u64,
    /// How many finished rows have no line, because the stream was closed or could not be written.
    pub unwritten: u64,
    /// How many of these rows have a link, which is lost.
    pub unwritten_links: u64,
    /// Why the run ended early.
    pub stopped: Option<StopReason>,
}

impl Summary {
    /// Creates the summary of a run that finished every row, without an earlier run.
    #[must_use]
    pub fn new(counts: Counts) -> Self {
        Self {
            counts,
            resumed: 0,
            repeated: 0,
            in_flight: 0,
            undone: 0,
            held_lines: 0,
            unwritten: 0,
            unwritten_links: 0,
            stopped: None,
        }
    }
}
