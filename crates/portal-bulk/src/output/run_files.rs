use std::fs::{File, TryLockError};
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};

use portal_core::Error;
use tokio::task::{JoinError, JoinHandle};

use crate::BulkError;
use crate::output::ledger::{Ledger, LedgerState, Replacement, RunFingerprint};
use crate::output::merge::{MergePaths, merge, replace_end};
use crate::output::output_file::OutputFile;
use crate::output::output_line::LineBytes;
use crate::output::output_totals::OutputTotals;
use crate::output::private_file::{create_new, open_existing};
use crate::output::reorder_buffer::ReorderBuffer;
use crate::output::resume_state::ResumeState;
use crate::output::retried_file::RetriedFile;

/// The endings of a run's other files.
const LEDGER: &str = "ledger";
const HELD: &str = "held";
const RETRIED: &str = "retried";
const MERGED: &str = "merged";

/// Files with lines of an earlier run.
const EARLIER_LINES: [&str; 3] = [HELD, RETRIED, MERGED];

/// How many lines and bytes of the output are on disk.
type OnDisk = io::Result<(u64, u64)>;
pub(crate) type Saving = JoinHandle<OnDisk>;
pub(crate) type Saved = Result<OnDisk, JoinError>;

/// The files of a run: its output, its ledger, the finished lines that wait for an earlier row, and the new
/// lines of rows that failed before.
///
/// The output is locked, so that no other run writes to it.
#[derive(Debug)]
pub struct RunFiles {
    pub(crate) path: PathBuf,
    pub(crate) output: OutputFile,
    pub(crate) ledger: Ledger,
    pub(crate) resume: ResumeState,
    /// `None` if no row is sent again.
    pub(crate) retried: Option<RetriedFile>,
}

impl RunFiles {
    /// Creates a new output at `path`, and its ledger at `path` with `.ledger` appended.
    ///
    /// The user who runs this program is the only one who can read them (mode 0600 on Unix).
    ///
    /// # Errors
    /// `Invalid` with the field `output` if one of the files already exists or cannot be created.
    pub fn begin(path: &Path, fingerprint: &RunFingerprint) -> Result<Self, BulkError> {
        let mut created = Vec::new();
        let files = Self::create(path, fingerprint, &mut created);
        files.inspect_err(|_| {
            // No run has written to these files yet.
            created
                .iter()
                .for_each(|path| drop(std::fs::remove_file(path)));
        })
    }

    fn create(
        path: &Path,
        fingerprint: &RunFingerprint,
        created: &mut Vec<PathBuf>,
    ) -> Result<Self, BulkError> {
        if let Some(other) = EARLIER_LINES
            .map(|word| beside(path, word))
            .into_iter()
            .find(|path| path.symlink_metadata().is_ok())
        {
            return Err(left_over(&other, path).into());
        }
        let create = |path: &Path, created: &mut Vec<PathBuf>| match create_new(path) {
            Ok(file) => {
                created.push(path.to_owned());
                Ok(file)
            }
            Err(cause) => Err(create_error(path, &cause)),
        };
        let ledger_path = beside(path, LEDGER);
        let output = create(path, created)?;
        if let Err(error) = lock(&output, path) {
            // Another run may have started with this file.
            created.clear();
            return Err(error);
        }
        let ledger = create(&ledger_path, created)?;
        let ledger =
            Ledger::begin(ledger, fingerprint).map_err(BulkError::file(&ledger_path, "written"))?;
        if !fingerprint.is_unordered() {
            created.push(beside(path, HELD));
        }
        Self::assemble(path, output, ledger, fingerprint, ResumeState::default())
    }

    /// Resumes where an earlier run ended, even by a crash; creates new files if there are none.
    ///
    /// Failed rows are sent again if a later attempt can help without a correction, and no link can exist.
    ///
    /// # Errors
    /// `Invalid` with the field `output` or `ledger`, and the line if there is one: another run is
    /// writing, or the files are damaged, of another version or of another run.
    pub fn resume(path: &Path, fingerprint: &RunFingerprint) -> Result<Self, BulkError> {
        Self::resume_with(path, fingerprint, false)
    }

    /// Resumes an earlier run, and sends all failed rows again except those that may have a link.
    ///
    /// # Errors
    /// As for [`resume`](Self::resume).
    pub fn retry_failed(path: &Path, fingerprint: &RunFingerprint) -> Result<Self, BulkError> {
        Self::resume_with(path, fingerprint, true)
    }

    fn resume_with(
        path: &Path,
        fingerprint: &RunFingerprint,
        retries_all: bool,
    ) -> Result<Self, BulkError> {
        let mut files = Self::open(path, fingerprint, retries_all)?;
        let retried_path = beside(path, RETRIED);
        if length_of(&retried_path) > 0 {
            // A crash kept these lines out of the output.
            files.retried = Some(RetriedFile::open(&retried_path)?);
            files.merge_retried()?;
            drop(files);
            files = Self::open(path, fingerprint, retries_all)?;
        }
        // A killed run may have left the file empty: it is removed at the end of this run.
        if !files.resume.retries.is_empty() || retried_path.exists() {
            files.retried = Some(RetriedFile::open(&retried_path)?);
        }
        Ok(files)
    }

    fn open(
        path: &Path,
        fingerprint: &RunFingerprint,
        retries_all: bool,
    ) -> Result<Self, BulkError> {
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
        let mut state = match &ledger {
            Some(ledger) => LedgerState::read(BufReader::new(ledger), &ledger_path, fingerprint)?,
            None => LedgerState::empty(),
        };
        // The output is created first, so without a ledger no row was started.
        let others = EARLIER_LINES.map(|word| length_of(&beside(path, word)));
        if state.is_empty && length + others.iter().sum::<u64>() > 0 {
            return Err(missing_file(&ledger_path, path).into());
        }
        let ledger = match ledger {
            Some(ledger) => ledger,
            None => create_new(&ledger_path).map_err(BulkError::file(&ledger_path, "created"))?,
        };
        let ledger = match state.is_empty {
            true => ledger
                .set_len(0)
                .and_then(|()| Ledger::begin(ledger, fingerprint)),
            false => Ledger::resume(ledger, &state),
        };
        let mut ledger = ledger.map_err(BulkError::file(&ledger_path, "written"))?;
        if let Some(replacement) = state.replacement.take() {
            let paths = MergePaths {
                output: path,
                ledger: &ledger_path,
                merged: &beside(path, MERGED),
            };
            state.saved = finish_replacement(&file, &replacement, &mut ledger, &paths)?;
        }
        let resume = ResumeState::read(&file, path, fingerprint, state, retries_all)?;
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
            retried: None,
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

    /// Returns how many failed rows this run sends again.
    #[must_use]
    pub fn retries(&self) -> u64 {
        self.resume.retries.len() as u64
    }

    /// Returns how many bytes this run has written and earlier ones had.
    pub(crate) fn bytes(&self) -> u64 {
        self.output.bytes + self.retried.as_ref().map_or(0, RetriedFile::bytes)
    }

    fn ledger_path(&self) -> PathBuf {
        beside(&self.path, LEDGER)
    }

    /// Writes to the ledger; an error names the ledger.
    pub(crate) fn record(
        &mut self,
        write: impl FnOnce(&mut Ledger) -> io::Result<()>,
    ) -> Result<(), BulkError> {
        write(&mut self.ledger)
            .map_err(|cause| BulkError::file(&self.ledger_path(), "written")(cause))
    }

    /// Starts to write the lines to disk.
    pub(crate) fn start_saving(&self) -> Result<Saving, BulkError> {
        let retried = self.retried.as_ref().map(RetriedFile::file);
        let files = std::iter::once(&self.output.file).chain(retried);
        let files: io::Result<Vec<_>> = files.map(File::try_clone).collect();
        let files = files.map_err(BulkError::file(&self.path, "written"))?;
        let (lines, bytes) = (self.output.lines, self.output.bytes);
        Ok(tokio::task::spawn_blocking(move || {
            files.iter().try_for_each(File::sync_data)?;
            Ok((lines, bytes))
        }))
    }

    /// Records how much of the output is on disk.
    pub(crate) fn record_saved(&mut self, saved: Saved) -> Result<(), BulkError> {
        let (lines, bytes) = saved
            .map_err(io::Error::other)
            .flatten()
            .map_err(BulkError::file(&self.path, "written"))?;
        self.record(|ledger| ledger.record_saved(lines, bytes))
    }

    /// Writes a row's line: in the place of its earlier one if the row failed before.
    pub(crate) fn put(
        &mut self,
        row: u64,
        line: LineBytes,
        is_retry: bool,
    ) -> Result<(), BulkError> {
        match &mut self.retried {
            Some(retried) if is_retry => retried
                .put(row, &line)
                .map_err(|cause| BulkError::file(&beside(&self.path, RETRIED), "written")(cause)),
            _ => self
                .output
                .put(row, line)
                .map_err(BulkError::file(&self.path, "written")),
        }
    }

    /// Puts the new lines of rows that failed before into the output.
    fn merge_retried(&mut self) -> Result<(), BulkError> {
        let Some(retried) = self.retried.take() else {
            return Ok(());
        };
        let path = beside(&self.path, RETRIED);
        if retried.bytes() > 0 {
            let paths = MergePaths {
                output: &self.path,
                ledger: &self.ledger_path(),
                merged: &beside(&self.path, MERGED),
            };
            merge(&mut self.output, &mut self.ledger, &retried, &paths)?;
        }
        std::fs::remove_file(&path).map_err(BulkError::file(&path, "removed"))
    }

    /// Ends the run: every line is in the output and on disk.
    pub(crate) fn finish(mut self) -> Result<OutputTotals, BulkError> {
        self.merge_retried()?;
        let totals = OutputTotals {
            repeated: self.ledger.repeated(),
            undone: self.ledger.undone(),
            held_lines: self.output.held_lines(),
            ..OutputTotals::default()
        };
        let (lines, bytes) = (self.output.lines, self.output.bytes);
        let synced = self.output.file.sync_data();
        synced.map_err(BulkError::file(&self.path, "written"))?;
        self.record(|ledger| {
            ledger.record_saved(lines, bytes)?;
            ledger.sync()
        })?;
        self.close()?;
        Ok(totals)
    }

    /// Removes the file of held lines if it is empty.
    fn close(self) -> Result<(), BulkError> {
        let path = beside(&self.path, HELD);
        match self.output.reorder {
            Some(reorder) if reorder.held_lines() == 0 => {
                std::fs::remove_file(&path).map_err(BulkError::file(&path, "removed"))
            }
            _ => Ok(()),
        }
    }
}

/// Replaces the output's end as the ledger says, and returns the output's lines and bytes.
fn finish_replacement(
    output: &File,
    replacement: &Replacement,
    ledger: &mut Ledger,
    paths: &MergePaths<'_>,
) -> Result<(u64, u64), BulkError> {
    let Some(merged) = existing(paths.merged)? else {
        return Err(missing_file(paths.merged, paths.ledger).into());
    };
    let length = |file: &File, path: &Path| {
        let metadata = file.metadata().map_err(BulkError::file(path, "read"))?;
        Ok::<_, BulkError>(metadata.len())
    };
    if length(&merged, paths.merged)? != replacement.length
        || length(output, paths.output)? < replacement.start
    {
        let message = format!(
            "`{}` or `{}` is shorter than the ledger says",
            paths.output.display(),
            paths.merged.display()
        );
        return Err(Error::invalid("output", message)
            .with_hint(
                "put the files back as the run left them, or start again with another output",
            )
            .into());
    }
    replace_end(output, &merged, replacement, ledger, paths)?;
    std::fs::remove_file(paths.merged).map_err(BulkError::file(paths.merged, "removed"))?;
    Ok((replacement.lines, replacement.end()))
}

fn length_of(path: &Path) -> u64 {
    std::fs::metadata(path).map_or(0, |file| file.len())
}

/// Appends a dot and a word to a path.
fn beside(path: &Path, word: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(word);
    name.into()
}

fn existing(path: &Path) -> Result<Option<File>, BulkError> {
    match open_existing(path) {
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
    let path = path.display();
    match cause.kind() {
        io::ErrorKind::AlreadyExists => {
            Error::invalid("output", format!("`{path}` already exists")).with_hint(
                "continue it with `--resume`, name another output, or delete the earlier run's files: it and `.ledger`",
            )
        }
        _ => Error::invalid("output", format!("`{path}` cannot be created: {cause}"))
            .with_hint("name a file in an existing directory that you may write to"),
    }
}

/// Returns the error for lines of an earlier run whose output may be gone.
fn left_over(path: &Path, output: &Path) -> Error {
    let path = path.display();
    let error = Error::invalid("output", format!("`{path}` already exists"));
    match output.symlink_metadata() {
        Ok(_) => error.with_hint(
            "continue the earlier run with `--resume`, or name another output",
        ),
        Err(_) => error.with_hint(format!(
            "it has lines of an earlier run: put `{}` and its `.ledger` back, name another output, or delete `{path}`",
            output.display()
        )),
    }
}

fn missing_file(missing: &Path, existing: &Path) -> Error {
    let (missing, existing) = (missing.display(), existing.display());
    let message = format!("`{existing}` exists, but `{missing}` is missing or empty");
    Error::invalid("output", message).with_hint(
        "put the file back, or start again with another output: without it a run cannot be resumed",
    )
}
