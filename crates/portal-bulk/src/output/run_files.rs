use std::fs::{File, TryLockError};
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};

use portal_core::Error;

use crate::BulkError;
use crate::output::ledger::{Ledger, LedgerState, RunFingerprint};
use crate::output::output_file::{InOrder, Output};
use crate::output::private_file::private_file_options;
use crate::output::reorder_buffer::Held;
use crate::output::resume_state::ResumeState;

/// What the names of a run's other files end with.
const LEDGER: &str = "ledger";
const HELD: &str = "held";

/// The files of a run: its output, its ledger, and the lines that wait for their turn.
///
/// While it lives, no other run can have the same output.
#[derive(Debug)]
pub struct RunFiles {
    pub(crate) path: PathBuf,
    pub(crate) output: Output,
    pub(crate) ledger: Ledger,
    pub(crate) past: ResumeState,
}

impl RunFiles {
    /// Begins a new output at `path`, with its ledger at the same path and `.ledger`.
    ///
    /// Files are made for their owner alone (mode 0600 on Unix).
    ///
    /// # Errors
    /// `Invalid` with the field `output` where one of the files is there already, or cannot be made.
    pub fn begin(path: &Path, fingerprint: &RunFingerprint) -> Result<Self, BulkError> {
        let mut made = Vec::new();
        let mut make = |path: PathBuf| match private_file_options().create_new(true).open(&path) {
            Ok(file) => {
                made.push(path);
                Ok(file)
            }
            Err(cause) => Err(not_made(&path, &cause)),
        };
        let files = make(path.to_owned()).and_then(|output| {
            Ok((
                output,
                make(beside(path, LEDGER))?,
                make(beside(path, HELD))?,
            ))
        });
        let (output, ledger, _held) = files.inspect_err(|_| {
            // Made just now, and empty.
            made.iter()
                .for_each(|path| drop(std::fs::remove_file(path)));
        })?;
        lock(&output, path)?;
        let ledger =
            Ledger::begin(ledger, fingerprint).map_err(BulkError::file(path, "written"))?;
        Self::assemble(path, output, ledger, fingerprint, ResumeState::default())
    }

    /// Goes on where an earlier run ended, however it did; begins where there was none.
    ///
    /// # Errors
    /// `Invalid` with the field `output` or `ledger`, and a line where there is one, if another run
    /// is writing, or the files are damaged, of another version or of another run.
    pub fn resume(path: &Path, fingerprint: &RunFingerprint) -> Result<Self, BulkError> {
        let ledger_path = beside(path, LEDGER);
        let (file, ledger) = match (existing(path)?, existing(&ledger_path)?) {
            (None, None) => return Self::begin(path, fingerprint),
            (None, Some(_)) => return Err(gone(path, &ledger_path).into()),
            (Some(file), ledger) => (file, ledger),
        };
        lock(&file, path)?;
        let length = file
            .metadata()
            .map_err(BulkError::file(path, "read"))?
            .len();
        let told = match &ledger {
            Some(ledger) => LedgerState::read(BufReader::new(ledger), &ledger_path, fingerprint)?,
            None => LedgerState::nothing(),
        };
        // The output is made first, so without a ledger nothing was begun.
        let held = std::fs::metadata(beside(path, HELD)).map_or(0, |held| held.len());
        if told.is_empty && length + held > 0 {
            return Err(gone(&ledger_path, path).into());
        }
        let ledger = match ledger {
            Some(ledger) => ledger,
            None => private_file_options()
                .create_new(true)
                .open(&ledger_path)
                .map_err(BulkError::file(&ledger_path, "made"))?,
        };
        let ledger = match told.is_empty {
            true => ledger
                .set_len(0)
                .and_then(|()| Ledger::begin(ledger, fingerprint)),
            false => Ledger::resume(ledger, &told),
        };
        let ledger = ledger.map_err(BulkError::file(&ledger_path, "written"))?;
        let past = ResumeState::read(&file, path, fingerprint, told)?;
        file.set_len(past.length)
            .map_err(BulkError::file(path, "written"))?;
        Self::assemble(path, file, ledger, fingerprint, past)
    }

    fn assemble(
        path: &Path,
        file: File,
        ledger: Ledger,
        fingerprint: &RunFingerprint,
        mut past: ResumeState,
    ) -> Result<Self, BulkError> {
        let mut output = Output {
            file,
            lines: past.done.count(),
            bytes: past.length,
            order: None,
        };
        if !fingerprint.is_unordered() {
            let (held, found) = Held::open(&beside(path, HELD))?;
            let next = past.done.first_missing();
            // What was written before the end is there twice.
            let waiting = found.into_iter().filter(|(row, _)| *row >= next).collect();
            output.order = Some(InOrder {
                next,
                waiting,
                held,
            });
            for row in output.order.iter().flat_map(|order| order.waiting.keys()) {
                past.done.insert(*row);
            }
            past.tally_held(output.order.iter().flat_map(|order| order.waiting.values()));
            output.release().map_err(BulkError::file(path, "written"))?;
        }
        Ok(Self {
            path: path.to_owned(),
            output,
            ledger,
            past,
        })
    }

    /// Returns how many rows are done already.
    #[must_use]
    pub fn done(&self) -> u64 {
        self.past.done.count()
    }

    /// Returns how many rows an earlier run had in flight when it ended.
    #[must_use]
    pub fn in_flight(&self) -> u64 {
        self.past.in_flight()
    }

    /// Removes the file of waiting lines where none waits.
    pub(crate) fn close(self) -> Result<(), BulkError> {
        let path = beside(&self.path, HELD);
        match self.output.order {
            Some(order) if order.waiting.is_empty() => {
                std::fs::remove_file(&path).map_err(BulkError::file(&path, "removed"))
            }
            _ => Ok(()),
        }
    }
}

/// The same path with a word more at its end.
fn beside(path: &Path, word: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(word);
    name.into()
}

fn existing(path: &Path) -> Result<Option<File>, BulkError> {
    match private_file_options().open(path) {
        Ok(file) => Ok(Some(file)),
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(cause) => Err(BulkError::file(path, "opened")(cause)),
    }
}

/// Keeps other runs away; the system lets go when the process ends, however it does.
fn lock(file: &File, path: &Path) -> Result<(), BulkError> {
    match file.try_lock() {
        Ok(()) => Ok(()),
        Err(TryLockError::WouldBlock) => {
            let message = format!("another run is writing to `{}`", path.display());
            Err(Error::invalid("output", message)
                .with_hint("wait for it, or name another output")
                .into())
        }
        Err(TryLockError::Error(cause)) => Err(BulkError::file(path, "locked")(cause)),
    }
}

fn not_made(path: &Path, cause: &io::Error) -> Error {
    let shown = path.display();
    match cause.kind() {
        io::ErrorKind::AlreadyExists => {
            Error::invalid("output", format!("`{shown}` is there already")).with_hint(
                "go on with it by `--resume`, name another output, or delete what the run before left: it, `.ledger` and `.held`",
            )
        }
        _ => Error::invalid("output", format!("`{shown}` cannot be made: {cause}"))
            .with_hint("name a file in a directory that is there and that you may write to"),
    }
}

fn gone(missing: &Path, there: &Path) -> Error {
    let (missing, there) = (missing.display(), there.display());
    let message = format!("`{there}` is there, and `{missing}` is not or is empty");
    Error::invalid("output", message).with_hint(
        "put it back; without it nobody knows what was done, so begin with another output",
    )
}
