use std::fs::{File, TryLockError};
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};

use portal_core::Error;

use crate::Failure;
use crate::held::{Held, private};
use crate::ledger::{Ledger, Meaning, Told};
use crate::output::{InOrder, Output};
use crate::past::Past;

/// What the names of a run's other files end with.
const LEDGER: &str = "ledger";
const HELD: &str = "held";

/// The files of a run: its output, its ledger, and the lines that wait for their turn.
///
/// While it lives, no other run can have the same output.
#[derive(Debug)]
pub struct Journal {
    pub(crate) path: PathBuf,
    pub(crate) output: Output,
    pub(crate) ledger: Ledger,
    pub(crate) past: Past,
}

impl Journal {
    /// Begins a new output at `path`, with its ledger at the same path and `.ledger`.
    ///
    /// Files are made for their owner alone (mode 0600 on Unix).
    ///
    /// # Errors
    /// `Invalid` with the field `output` where one of the files is there already, or cannot be made.
    pub fn begin(path: &Path, meaning: &Meaning) -> Result<Self, Failure> {
        let mut made = Vec::new();
        let mut make = |path: PathBuf| match private().create_new(true).open(&path) {
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
        let ledger = Ledger::begin(ledger, meaning).map_err(Failure::file(path, "written"))?;
        Self::assemble(path, output, ledger, meaning, Past::default())
    }

    /// Goes on where an earlier run ended, however it did; begins where there was none.
    ///
    /// # Errors
    /// `Invalid` with the field `output` or `ledger`, and a line where there is one, if another run
    /// is writing, or the files are damaged, of another version or of another run.
    pub fn resume(path: &Path, meaning: &Meaning) -> Result<Self, Failure> {
        let ledger_path = beside(path, LEDGER);
        let (file, ledger) = match (existing(path)?, existing(&ledger_path)?) {
            (None, None) => return Self::begin(path, meaning),
            (None, Some(_)) => return Err(gone(path, &ledger_path).into()),
            (Some(file), ledger) => (file, ledger),
        };
        lock(&file, path)?;
        let length = file.metadata().map_err(Failure::file(path, "read"))?.len();
        let told = match &ledger {
            Some(ledger) => Told::read(BufReader::new(ledger), &ledger_path, meaning)?,
            None => Told::nothing(),
        };
        // The output is made first, so without a ledger nothing was begun.
        let held = std::fs::metadata(beside(path, HELD)).map_or(0, |held| held.len());
        if told.is_empty && length + held > 0 {
            return Err(gone(&ledger_path, path).into());
        }
        let ledger = match ledger {
            Some(ledger) => ledger,
            None => private()
                .create_new(true)
                .open(&ledger_path)
                .map_err(Failure::file(&ledger_path, "made"))?,
        };
        let ledger = match told.is_empty {
            true => ledger
                .set_len(0)
                .and_then(|()| Ledger::begin(ledger, meaning)),
            false => Ledger::resume(ledger, &told),
        };
        let ledger = ledger.map_err(Failure::file(&ledger_path, "written"))?;
        let past = Past::read(&file, path, meaning, told)?;
        file.set_len(past.length)
            .map_err(Failure::file(path, "written"))?;
        Self::assemble(path, file, ledger, meaning, past)
    }

    fn assemble(
        path: &Path,
        file: File,
        ledger: Ledger,
        meaning: &Meaning,
        mut past: Past,
    ) -> Result<Self, Failure> {
        let mut output = Output {
            file,
            lines: past.done.count(),
            bytes: past.length,
            order: None,
        };
        if !meaning.is_unordered() {
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
            output.release().map_err(Failure::file(path, "written"))?;
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
    pub(crate) fn close(self) -> Result<(), Failure> {
        let path = beside(&self.path, HELD);
        match self.output.order {
            Some(order) if order.waiting.is_empty() => {
                std::fs::remove_file(&path).map_err(Failure::file(&path, "removed"))
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

fn existing(path: &Path) -> Result<Option<File>, Failure> {
    match private().open(path) {
        Ok(file) => Ok(Some(file)),
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(cause) => Err(Failure::file(path, "opened")(cause)),
    }
}

/// Keeps other runs away; the system lets go when the process ends, however it does.
fn lock(file: &File, path: &Path) -> Result<(), Failure> {
    match file.try_lock() {
        Ok(()) => Ok(()),
        Err(TryLockError::WouldBlock) => {
            let message = format!("another run is writing to `{}`", path.display());
            Err(Error::invalid("output", message)
                .with_hint("wait for it, or name another output")
                .into())
        }
        Err(TryLockError::Error(cause)) => Err(Failure::file(path, "locked")(cause)),
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

/// The error for a line of a file that no run has written like that.
pub(crate) fn damaged(field: &'static str, path: &Path, line: u64, why: &str) -> Error {
    let message = format!("`{}`, line {line}: the line {why}", path.display());
    Error::invalid(field, message)
        .with_hint("put back the file as the run left it, or begin with another output")
}
