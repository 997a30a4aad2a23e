use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, BufRead, Write};
use std::path::Path;

use portal_core::Error;

use crate::BulkError;
use crate::error::damaged_line;
use crate::input::Format;
use crate::line_reader::LineReader;
use crate::running_hash::{Digest, RunningHash};

const NAME: &str = "portal-ledger";
const VERSION: &str = "1";

/// What identifies a run. A later run can resume a ledger only with the same fingerprint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunFingerprint {
    provider: String,
    format: Format,
    unordered: bool,
    best_effort: bool,
    target: Digest,
}

impl RunFingerprint {
    /// Creates a fingerprint. Of `target`, which names the account or its URL, the ledger holds only a
    /// hash.
    #[must_use]
    pub fn new(
        provider: &str,
        format: Format,
        unordered: bool,
        best_effort: bool,
        target: &str,
    ) -> Self {
        let mut hash = RunningHash::default();
        hash.add([target.as_bytes()]);
        Self {
            provider: provider.to_owned(),
            format,
            unordered,
            best_effort,
            target: hash.digest(),
        }
    }

    pub(crate) fn is_unordered(&self) -> bool {
        self.unordered
    }

    fn words(&self) -> [String; 5] {
        let yes = |yes: bool| if yes { "yes" } else { "no" };
        [
            format!("provider={}", self.provider),
            format!("format={}", self.format.as_str()),
            format!("unordered={}", yes(self.unordered)),
            format!("best-effort={}", yes(self.best_effort)),
            format!("target={}", self.target),
        ]
    }
}

/// The ledger of a run: it records each row before the row is sent.
///
/// The ledger is text, one record a line, without links, e-mail addresses or ids. Each line ends with
/// a checksum over itself and all earlier lines, so every change but a cut at the end is detected:
///
/// * `portal-ledger 1 provider=… …`: the run's fingerprint;
/// * `b ROW DIGEST`: the row starts; the digest covers the input up to this row;
/// * `u ROW`: the row ended without a result and has to be sent again;
/// * `s LINES BYTES`: this much of the output is on disk, safe from a power failure.
#[derive(Debug)]
pub(crate) struct Ledger {
    file: File,
    hash: RunningHash,
    /// All rows up to this one were started.
    started: u64,
}

/// The contents of an earlier run's ledger.
#[derive(Clone, Debug, Default)]
pub struct LedgerState {
    /// All rows up to this one were started.
    pub(crate) started: u64,
    pub(crate) digest: Option<Digest>,
    /// Rows that ended without a result.
    pub(crate) undone: BTreeSet<u64>,
    /// How many lines and bytes of the output were on disk.
    pub(crate) saved: (u64, u64),
    /// The length of the ledger's whole lines, in bytes.
    pub(crate) length: u64,
    hash: RunningHash,
    /// Whether even the first line is missing, because no row was started.
    pub(crate) is_empty: bool,
}

impl Ledger {
    /// Starts a ledger in an empty file.
    pub(crate) fn begin(file: File, fingerprint: &RunFingerprint) -> io::Result<Self> {
        let mut ledger = Self {
            file,
            hash: RunningHash::default(),
            started: 0,
        };
        ledger.write(
            &[&[NAME.into(), VERSION.into()], &fingerprint.words()[..]]
                .concat()
                .join(" "),
        )?;
        Ok(ledger)
    }

    /// Continues a ledger that was read.
    pub(crate) fn resume(file: File, state: &LedgerState) -> io::Result<Self> {
        // Cuts off a line that was half written.
        file.set_len(state.length)?;
        Ok(Self {
            file,
            hash: state.hash.clone(),
            started: state.started,
        })
    }

    /// Records that a row starts; it may be sent once this is written.
    pub(crate) fn record_start(&mut self, row: u64, digest: Digest) -> io::Result<()> {
        self.started = self.started.max(row);
        self.write(&format!("b {row} {digest}"))
    }

    /// Records that a row ended without a result.
    pub(crate) fn record_undone(&mut self, row: u64) -> io::Result<()> {
        self.write(&format!("u {row}"))
    }

    /// Records how much of the output is on disk, safe from a power failure.
    pub(crate) fn record_saved(&mut self, lines: u64, bytes: u64) -> io::Result<()> {
        self.write(&format!("s {lines} {bytes}"))
    }

    pub(crate) fn sync(&self) -> io::Result<()> {
        self.file.sync_data()
    }

    fn write(&mut self, text: &str) -> io::Result<()> {
        self.hash.add([text.as_bytes()]);
        let mut line = String::with_capacity(text.len() + 10);
        // Writing to a string does not fail.
        let _ = writeln!(line, "{text} {}", checksum(&self.hash));
        self.file.write_all(line.as_bytes())
    }
}

/// Returns a line's checksum: half a digest is enough to detect damage.
fn checksum(hash: &RunningHash) -> String {
    let mut text = hash.digest().to_string();
    text.truncate(8);
    text
}

impl LedgerState {
    /// Returns the state of an empty ledger.
    pub(crate) fn empty() -> Self {
        Self {
            is_empty: true,
            ..Self::default()
        }
    }

    /// Reads an earlier run's ledger and checks that it has this fingerprint.
    ///
    /// A half-written last line is ignored.
    ///
    /// # Errors
    /// `Invalid` with the field `ledger`, and the line if there is one: the file is not a ledger, has
    /// another version, is damaged, or belongs to another run.
    pub fn read(
        reader: impl BufRead,
        path: &Path,
        fingerprint: &RunFingerprint,
    ) -> Result<Self, BulkError> {
        let mut lines = LineReader::new(reader);
        let mut state = Self::empty();
        while let Some(line) = lines.next().map_err(BulkError::file(path, "read"))? {
            if !line.is_whole {
                break;
            }
            let wrong = |why: &str| damaged_line("ledger", path, line.number, why);
            let text = std::str::from_utf8(&line.bytes).map_err(|_| wrong("is damaged"))?;
            let (record, found) = text.rsplit_once(' ').ok_or_else(|| wrong("is damaged"))?;
            if line.number == 1 {
                check_version(text, path)?;
            }
            state.hash.add([record.as_bytes()]);
            if checksum(&state.hash) != found {
                return Err(wrong("is damaged, or does not follow the line before it").into());
            }
            match line.number {
                1 => check_fingerprint(record, path, fingerprint)?,
                _ => state
                    .add_record(record)
                    .ok_or_else(|| wrong("is not a valid record"))?,
            }
            state.length += line.bytes.len() as u64 + 1;
            state.is_empty = false;
        }
        Ok(state)
    }

    fn add_record(&mut self, record: &str) -> Option<()> {
        let mut words = record.split(' ');
        let kind = words.next()?;
        let number = |word: Option<&str>| -> Option<u64> {
            word.filter(|word| word.bytes().all(|b| b.is_ascii_digit()))?
                .parse()
                .ok()
        };
        let first = number(words.next())?;
        match kind {
            "b" => {
                let digest = Digest::parse(words.next()?)?;
                if first == self.started + 1 {
                    (self.started, self.digest) = (first, Some(digest));
                } else if first == 0 || first > self.started {
                    return None;
                }
                self.undone.remove(&first);
            }
            "u" if first > 0 && first <= self.started => {
                self.undone.insert(first);
            }
            "s" => self.saved = (first, number(words.next())?),
            _ => return None,
        }
        words.next().is_none().then_some(())
    }
}

/// Refuses a first line that is not a ledger's, or has another version.
fn check_version(line: &str, path: &Path) -> Result<(), Error> {
    let mut words = line.split(' ');
    let shown = path.display();
    if words.next() != Some(NAME) {
        return Err(
            Error::invalid("ledger", format!("`{shown}` is not a ledger")).with_hint(
                "a run writes its ledger to this path; name another output, or move this file away",
            ),
        );
    }
    match words.next() {
        Some(VERSION) => Ok(()),
        version => {
            let known = version.filter(|word| word.len() < 10 && word.parse::<u32>().is_ok());
            let version = known.unwrap_or("?");
            let message = format!(
                "`{shown}` is a ledger of version {version}, but this program reads version {VERSION}"
            );
            Err(Error::invalid("ledger", message)
                .with_hint("resume it with the version of `portal` that started it"))
        }
    }
}

/// Refuses the ledger of a run with another fingerprint.
fn check_fingerprint(record: &str, path: &Path, fingerprint: &RunFingerprint) -> Result<(), Error> {
    let found: Vec<_> = record.split(' ').skip(2).collect();
    let wanted = fingerprint.words();
    let differs = (0..found.len().max(wanted.len()))
        .find(|at| found.get(*at).copied() != wanted.get(*at).map(String::as_str));
    let Some(at) = differs else {
        return Ok(());
    };
    let shown = path.display();
    let name = |word: &str| word.split('=').next().unwrap_or_default().to_owned();
    let message = match (found.get(at), wanted.get(at)) {
        (_, Some(wanted)) if name(wanted) == "target" => {
            format!("`{shown}` was started with another account or base URL")
        }
        (Some(found), Some(wanted)) if name(found) == name(wanted) => {
            format!("`{shown}` was started with `{found}`, but this run has `{wanted}`")
        }
        _ => format!("`{shown}` was started by another kind of run"),
    };
    Err(Error::invalid("ledger", message).with_hint(
        "use the flags and the configuration that it was started with, or another output",
    ))
}
