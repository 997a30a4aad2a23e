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

/// What a run is about, which a later one has to share to go on with its ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunFingerprint {
    provider: String,
    format: Format,
    unordered: bool,
    best_effort: bool,
    target: Digest,
}

impl RunFingerprint {
    /// Says what a run is about; of `target`, which names the account or its address, a ledger holds
    /// a hash only.
    #[must_use]
    pub fn new(
        provider: &str,
        format: Format,
        unordered: bool,
        best_effort: bool,
        target: &str,
    ) -> Self {
        let mut chain = RunningHash::default();
        chain.add([target.as_bytes()]);
        Self {
            provider: provider.to_owned(),
            format,
            unordered,
            best_effort,
            target: chain.digest(),
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

/// The ledger of a run: what was begun, before it is sent.
///
/// It is text, a line for each fact, with no link, e-mail address or id in it. Each line ends with
/// a checksum over itself and all lines before it, so that only a cut at the end goes unseen:
///
/// * `portal-ledger 1 provider=… …`, what the run is about;
/// * `b ROW MARK`, the row begins, and rows up to it come to that mark;
/// * `u ROW`, the row came back without a result, to be made again;
/// * `s LINES BYTES`, so much of the output is safe from a loss of power.
#[derive(Debug)]
pub(crate) struct Ledger {
    file: File,
    seal: RunningHash,
    /// All rows up to this one were begun.
    begun: u64,
}

/// What an earlier run's ledger tells.
#[derive(Clone, Debug, Default)]
pub struct LedgerState {
    /// All rows up to this one were begun.
    pub(crate) begun: u64,
    pub(crate) digest: Option<Digest>,
    /// Rows that came back without a result, and were not in flight any more.
    pub(crate) undone: BTreeSet<u64>,
    /// How many lines and bytes of the output were safe.
    pub(crate) safe: (u64, u64),
    /// How much of the ledger is whole, in bytes.
    pub(crate) length: u64,
    seal: RunningHash,
    /// Whether not even the first line is there, since nothing was begun.
    pub(crate) is_empty: bool,
}

impl Ledger {
    /// Begins a ledger in an empty file.
    pub(crate) fn begin(file: File, fingerprint: &RunFingerprint) -> io::Result<Self> {
        let seal = RunningHash::default();
        let mut ledger = Self {
            file,
            seal,
            begun: 0,
        };
        ledger.write(
            &[&[NAME.into(), VERSION.into()], &fingerprint.words()[..]]
                .concat()
                .join(" "),
        )?;
        Ok(ledger)
    }

    /// Goes on with a ledger that was read.
    pub(crate) fn resume(file: File, told: &LedgerState) -> io::Result<Self> {
        // What was half written is not there.
        file.set_len(told.length)?;
        Ok(Self {
            file,
            seal: told.seal.clone(),
            begun: told.begun,
        })
    }

    /// Notes that a row begins; it may be sent once this is written.
    pub(crate) fn row_begins(&mut self, row: u64, digest: Digest) -> io::Result<()> {
        self.begun = self.begun.max(row);
        self.write(&format!("b {row} {digest}"))
    }

    /// Notes that a row came back without a result.
    pub(crate) fn row_is_undone(&mut self, row: u64) -> io::Result<()> {
        self.write(&format!("u {row}"))
    }

    /// Notes that so much of the output is safe from a loss of power.
    pub(crate) fn output_is_safe(&mut self, lines: u64, bytes: u64) -> io::Result<()> {
        self.write(&format!("s {lines} {bytes}"))
    }

    pub(crate) fn sync(&self) -> io::Result<()> {
        self.file.sync_data()
    }

    fn write(&mut self, text: &str) -> io::Result<()> {
        self.seal.add([text.as_bytes()]);
        let mut line = String::with_capacity(text.len() + 10);
        // Writing to a string does not fail.
        let _ = writeln!(line, "{text} {}", check(&self.seal));
        self.file.write_all(line.as_bytes())
    }
}

/// Half of a mark is enough to tell a damaged line.
fn check(seal: &RunningHash) -> String {
    let mut text = seal.digest().to_string();
    text.truncate(8);
    text
}

impl LedgerState {
    /// A ledger in which nothing stands yet.
    pub(crate) fn nothing() -> Self {
        Self {
            is_empty: true,
            ..Self::default()
        }
    }

    /// Reads what an earlier run's ledger tells, and checks that it is about the same.
    ///
    /// A half written last line is left out.
    ///
    /// # Errors
    /// `Invalid` with the field `ledger`, and the line where there is one: the file is no ledger, of
    /// another version, damaged, or of another run.
    pub fn read(
        reader: impl BufRead,
        path: &Path,
        fingerprint: &RunFingerprint,
    ) -> Result<Self, BulkError> {
        let mut lines = LineReader::new(reader);
        let mut told = Self::nothing();
        while let Some(line) = lines.next().map_err(BulkError::file(path, "read"))? {
            if !line.is_whole {
                break;
            }
            let wrong = |why: &str| damaged_line("ledger", path, line.number, why);
            let text = std::str::from_utf8(&line.bytes).map_err(|_| wrong("is damaged"))?;
            let (fact, checked) = text.rsplit_once(' ').ok_or_else(|| wrong("is damaged"))?;
            if line.number == 1 {
                is_ledger(text, path)?;
            }
            told.seal.add([fact.as_bytes()]);
            if check(&told.seal) != checked {
                return Err(wrong("is damaged, or does not follow the line before it").into());
            }
            match line.number {
                1 => same(fact, path, fingerprint)?,
                _ => told
                    .learn(fact)
                    .ok_or_else(|| wrong("says nothing that can be"))?,
            }
            told.length += line.bytes.len() as u64 + 1;
            told.is_empty = false;
        }
        Ok(told)
    }

    fn learn(&mut self, fact: &str) -> Option<()> {
        let mut words = fact.split(' ');
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
                if first == self.begun + 1 {
                    (self.begun, self.digest) = (first, Some(digest));
                } else if first == 0 || first > self.begun {
                    return None;
                }
                self.undone.remove(&first);
            }
            "u" if first > 0 && first <= self.begun => {
                self.undone.insert(first);
            }
            "s" => self.safe = (first, number(words.next())?),
            _ => return None,
        }
        words.next().is_none().then_some(())
    }
}

/// Refuses a first line of something else, or of another version.
fn is_ledger(line: &str, path: &Path) -> Result<(), Error> {
    let mut words = line.split(' ');
    let shown = path.display();
    if words.next() != Some(NAME) {
        return Err(
            Error::invalid("ledger", format!("`{shown}` is no ledger")).with_hint(
                "a run keeps one beside its output; name another output, or move this file away",
            ),
        );
    }
    match words.next() {
        Some(VERSION) => Ok(()),
        version => {
            let known = version.filter(|word| word.len() < 10 && word.parse::<u32>().is_ok());
            let version = known.unwrap_or("?");
            let message = format!(
                "`{shown}` is a ledger of version {version}, and this program reads version {VERSION}"
            );
            Err(Error::invalid("ledger", message)
                .with_hint("resume it with the version of `portal` that began it"))
        }
    }
}

/// Refuses the ledger of a run about something else.
fn same(fact: &str, path: &Path, fingerprint: &RunFingerprint) -> Result<(), Error> {
    let found: Vec<_> = fact.split(' ').skip(2).collect();
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
            format!("`{shown}` was begun with another account or base URL")
        }
        (Some(found), Some(wanted)) if name(found) == name(wanted) => {
            format!("`{shown}` was begun with `{found}`, and this run has `{wanted}`")
        }
        _ => format!("`{shown}` was begun by a run of another kind"),
    };
    Err(Error::invalid("ledger", message).with_hint(
        "give the flags and the configuration that it was begun with, or another output",
    ))
}
