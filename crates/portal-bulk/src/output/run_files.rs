use std::fs::{File, TryLockError};
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};

use portal_core::Error;

use crate::BulkError;
use crate::output::ledger::{Ledger, LedgerState, RunFingerprint};
use crate::output::output_file::OutputFile;
use crate::output::private_file::private_file_options;
use crate::output::reorder_buffer::ReorderBuffer;
use crate::output::resume_state::ResumeState;

/// The endings of a run's other files.
const LEDGER: &str = "ledger";
const HELD: &str = "held";

/// The files of a run: its output, its ledger, and the finished lines that wait for an earlier row.
///
/// The output is locked, so that no other run writes to it.
#[derive(Debug)]
pub struct RunFiles {
    pub(crate) path: PathBuf,
    pub(crate) output: OutputFile,
    pub(crate) ledger: Ledger,
    pub(crate) resume: ResumeState,
}

impl RunFiles {
    /// Creates a new output at `path`, and its ledger at `path` with `.ledger` appended.
    ///
    /// Only their owner can read the files (mode 0600 on Unix).
    ///
    /// # Errors
    /// `Invalid` with the field `output` if one of the files already exists or cannot be created.
    pub fn begin(path: &Path, fingerprint: &RunFingerprint) -> Result<Self, BulkError> {
        let mut created = Vec::new();
        let mut create = |path: PathBuf| match private_file_options().create_new(true).open(&path) {
            Ok(file) => {
                created.push(path);
                Ok(file)
            }
            Err(cause) => Err(create_error(&path, &cause)),
        };
        let files = create(path.to_owned()).and_then(|output| {
            Ok((
                output,
                create(beside(path, LEDGER))?,
                create(beside(path, HELD))?,
            ))
        });
        let (output, ledger, _held) = files.inspect_err(|_| {
            // These files are new and empty.
            created
                .iter()
                .for_each(|path| drop(std::fs::remove_file(path)));
        })?;
        lock(&output, path)?;
        let ledger =
            Ledger::begin(ledger, fingerprint).map_err(BulkError::file(path, "written"))?;
        Self::assemble(path, output, ledger, fingerprint, ResumeState::default())
    }

    /// Resumes where an earlier run ended, even by a crash; creates new files if there are none.
    ///
    /// # Errors
    /// `Invalid` with the field `output` or `ledger`, and the line if there is one: another run is
    /// writing, or the files are damaged, of another version or of another run.
    pub fn resume(path: &Path, fingerprint: &RunFingerprint) -> Result<Self, BulkError> {
        let ledger_path = beside(path, LEDGER);
        let (file, ledger) = match (existing(path)?, existing(&ledger_path)?) {
            (None, None) => return Self::begin(path, fingerprint),
            (None, Some(_)) => return Err(missing_file(path, &ledger_path).into()),
            (Some(file), ledger) => (file, ledger),
        };
        lock(&file, path)?;
        let length = file
            .metadata()
            .map_err(BulkError::file(path, "read"))?
            .len();
        let state = match &ledger {
            Some(ledger) => LedgerState::read(BufReader::new(ledger), &ledger_path, fingerprint)?,
            None => LedgerState::empty(),
        };
        // The output is created first, so without a ledger no row was started.
        let held = std::fs::metadata(beside(path, HELD)).map_or(0, |held| held.len());
        if state.is_empty && length + held > 0 {
            return Err(missing_file(&ledger_path, path).into());
        }
        let ledger = match ledger {
            Some(ledger) => ledger,
            None => private_file_options()
                .create_new(true)
                .open(&ledger_path)
                .map_err(BulkError::file(&ledger_path, "created"))?,
        };
        let ledger = match state.is_empty {
            true => ledger
                .set_len(0)
                .and_then(|()| Ledger::begin(ledger, fingerprint)),
            false => Ledger::resume(ledger, &state),
        };
        let ledger = ledger.map_err(BulkError::file(&ledger_path, "written"))?;
        let resume = ResumeState::read(&file, path, fingerprint, state)?;
        file.set_len(resume.length)
            .map_err(BulkError::file(path, "written"))?;
        Self::assemble(path, file, ledger, fingerprint, resume)
    }

    fn assemble(
        path: &Path,
        file: File,
        ledger: Ledger,
        fingerprint: &RunFingerprint,
        mut resume: ResumeState,
    ) -> Result<Self, BulkError> {
        let mut output = OutputFile {
            file,
            lines: resume.done.count(),
            bytes: resume.length,
            reorder: None,
        };
        if !fingerprint.is_unordered() {
            let next_row = resume.done.first_missing();
            let reorder = ReorderBuffer::open(&beside(path, HELD), next_row)?;
            for (row, line) in reorder.lines() {
                resume.add_held(*row, line);
            }
            output.reorder = Some(reorder);
            output
                .write_held_lines()
                .map_err(BulkError::file(path, "written"))?;
        }
        Ok(Self {
            path: path.to_owned(),
            output,
            ledger,
            resume,
        })
    }

    /// Returns how many rows earlier runs finished.
    #[must_use]
    pub fn done(&self) -> u64 {
        self.resume.done.count()
    }

    /// Returns how many rows were in flight when the last run ended.
    #[must_use]
    pub fn in_flight(&self) -> u64 {
        self.resume.in_flight()
    }

    /// Removes the file of held lines if it is empty.
    pub(crate) fn close(self) -> Result<(), BulkError> {
        let path = beside(&self.path, HELD);
        match self.output.reorder {
            Some(reorder) if reorder.held_lines() == 0 => {
                std::fs::remove_file(&path).map_err(BulkError::file(&path, "removed"))
            }
            _ => Ok(()),
        }
    }
}

/// Appends a dot and a word to a path.
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

/// Locks the output against other runs; the system unlocks it when the process ends, even by a crash.
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

fn create_error(path: &Path, cause: &io::Error) -> Error {
    let shown = path.display();
    match cause.kind() {
        io::ErrorKind::AlreadyExists => {
            Error::invalid("output", format!("`{shown}` already exists")).with_hint(
                "continue it with `--resume`, name another output, or delete the earlier run's files: it, `.ledger` and `.held`",
            )
        }
        _ => Error::invalid("output", format!("`{shown}` cannot be created: {cause}"))
            .with_hint("name a file in an existing directory that you may write to"),
    }
}

fn missing_file(missing: &Path, existing: &Path) -> Error {
    let (missing, existing) = (missing.display(), existing.display());
    let message = format!("`{existing}` exists, but `{missing}` is missing or empty");
    Error::invalid("output", message).with_hint(
        "put the file back, or start again with another output: without it a run cannot be resumed",
    )
}
