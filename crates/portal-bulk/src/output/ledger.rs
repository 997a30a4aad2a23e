use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, BufRead, Write};
use std::path::Path;

use portal_core::{AccountFingerprint, Error, path_segment};

use crate::BulkError;
use crate::error::damaged_line;
use crate::input::Format;
use crate::line_reader::LineReader;
use crate::running_hash::{Digest, RunningHash};

const NAME: &str = "portal-ledger";
const VERSION: &str = "2";

/// The number of words in the first record that must match.
const WORDS: usize = 6;

const PROFILE: &str = "profile=";

/// The identity of a run. A later run can resume a ledger only with the same fingerprint; the name of
/// the profile may differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunFingerprint {
    provider: String,
    format: Format,
    unordered: bool,
    best_effort: bool,
    target: Digest,
    account: Option<AccountFingerprint>,
    profile: Option<String>,
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
            account: None,
            profile: None,
        }
    }

    /// Adds the account, and the name of the profile that configures it, for the error that refuses
    /// another account.
    #[must_use]
    pub fn with_account(mut self, account: AccountFingerprint, profile: Option<&str>) -> Self {
        self.account = Some(account);
        // Encoded, since a record separates its words by spaces.
        self.profile = profile.map(path_segment);
        self
    }

    pub(crate) fn is_unordered(&self) -> bool {
        self.unordered
    }

    /// Returns the words of the first record: those that must match, then the profile.
    fn words(&self) -> [String; WORDS + 1] {
        let yes = |yes: bool| if yes { "yes" } else { "no" };
        [
            format!("provider={}", self.provider),
            format!("format={}", self.format.as_str()),
            format!("unordered={}", yes(self.unordered)),
            format!("best-effort={}", yes(self.best_effort)),
            format!("target={}", self.target),
            match &self.account {
                Some(account) => format!("account={account}"),
                None => "account=".to_owned(),
            },
            format!("{PROFILE}{}", self.profile.as_deref().unwrap_or_default()),
        ]
    }
}

/// The ledger of a run: it records each row before the row is sent.
///
/// The ledger is text, one record a line, without links, e-mail addresses or ids. Each line ends with
/// a checksum over itself and all earlier lines, so every change but a cut at the end is detected:
///
/// * `portal-ledger 2 provider=… …`: the run's fingerprint;
/// * `b ROW DIGEST`: the row starts; the digest covers the input up to this row;
/// * `u ROW`: the row ended without a result and has to be sent again;
/// * `a ROW`: the row, which failed, starts again; its line in the output is replaced by a new one;
/// * `m START LENGTH LINES`: the output, which has this many lines, gets a new end of this length;
/// * `d ROW`: the new line of a row that started again is in the output;
/// * `s LINES BYTES`: this much of the output is on disk, safe from a power failure, with its new end.
#[derive(Debug)]
pub(crate) struct Ledger {
    file: File,
    hash: RunningHash,
    /// All rows up to this one were started.
    started: u64,
    /// Rows that ended without a result.
    undone: BTreeSet<u64>,
    /// Failed rows that started again and have no new line in the output.
    retrying: BTreeSet<u64>,
    repeated: u64,
}

/// The end of an output that takes the place of its old end.
#[derive(Clone, Debug)]
pub(crate) struct Replacement {
    /// Where the end starts, in bytes.
    pub(crate) start: u64,
    pub(crate) length: u64,
    /// How many lines the output has, before and after.
    pub(crate) lines: u64,
}

impl Replacement {
    /// Returns the output's new length, in bytes.
    pub(crate) fn end(&self) -> u64 {
        self.start + self.length
    }
}

/// The contents of an earlier run's ledger.
#[derive(Clone, Debug, Default)]
pub struct LedgerState {
    /// All rows up to this one were started.
    pub(crate) started: u64,
    pub(crate) digest: Option<Digest>,
    /// Rows that ended without a result.
    pub(crate) undone: BTreeSet<u64>,
    /// Failed rows that started again and have no new line in the output.
    pub(crate) retrying: BTreeSet<u64>,
    /// How often a row started again although it may have been sent before.
    repeated: u64,
    /// The output's new end, if a crash interrupted its replacement.
    pub(crate) replacement: Option<Replacement>,
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
            undone: BTreeSet::new(),
            retrying: BTreeSet::new(),
            repeated: 0,
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
            undone: state.undone.clone(),
            retrying: state.retrying.clone(),
            repeated: state.repeated,
        })
    }

    /// Records that a row starts; it may be sent once this is written.
    pub(crate) fn record_start(&mut self, row: u64, digest: Digest) -> io::Result<()> {
        let is_known = row <= self.started;
        self.started = self.started.max(row);
        self.repeated += u64::from(!self.undone.remove(&row) && is_known);
        self.write(&format!("b {row} {digest}"))
    }

    /// Records that a failed row starts again.
    pub(crate) fn record_retry(&mut self, row: u64) -> io::Result<()> {
        self.undone.remove(&row);
        self.retrying.insert(row);
        self.write(&format!("a {row}"))
    }

    /// Returns whether a failed row started again and has no new line yet.
    pub(crate) fn is_retried(&self, row: u64) -> bool {
        self.retrying.contains(&row)
    }

    /// Records that the output gets a new end.
    pub(crate) fn record_replacement(&mut self, replacement: &Replacement) -> io::Result<()> {
        let Replacement {
            start,
            length,
            lines,
        } = replacement;
        self.write(&format!("m {start} {length} {lines}"))
    }

    /// Records that the new line of a failed row is in the output.
    pub(crate) fn record_merged(&mut self, row: u64) -> io::Result<()> {
        // The ledger may have lost the record of the row's start.
        match self.retrying.remove(&row) {
            true => self.write(&format!("d {row}")),
            false => Ok(()),
        }
    }

    /// Records that a row ended without a result.
    pub(crate) fn record_undone(&mut self, row: u64) -> io::Result<()> {
        self.undone.insert(row);
        self.write(&format!("u {row}"))
    }

    /// Records how much of the output is on disk, safe from a power failure.
    pub(crate) fn record_saved(&mut self, lines: u64, bytes: u64) -> io::Result<()> {
        self.write(&format!("s {lines} {bytes}"))
    }

    /// Returns how many rows ended without a result.
    pub(crate) fn undone(&self) -> u64 {
        self.undone.len() as u64
    }

    /// Returns how often a row started although it may have been sent before.
    pub(crate) fn repeated(&self) -> u64 {
        self.repeated
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
        let mut other_account = None;
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
                1 => other_account = check_fingerprint(record, path, fingerprint)?,
                _ => state
                    .add_record(record)
                    .ok_or_else(|| wrong("is not a valid record"))?,
            }
            state.length += line.bytes.len() as u64 + 1;
            state.is_empty = false;
        }
        match other_account {
            Some(error) if state.has_results() => Err(error.into()),
            // A wrong key was corrected before any row was accepted: the ledger starts again.
            Some(_) => Ok(Self::empty()),
            None => Ok(state),
        }
    }

    /// Returns whether any row was sent and did not end without a result.
    fn has_results(&self) -> bool {
        self.started > self.undone.len() as u64 || self.saved != (0, 0)
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
                let is_undone = self.undone.remove(&first);
                if first == self.started + 1 {
                    (self.started, self.digest) = (first, Some(digest));
                } else if first == 0 || first > self.started {
                    return None;
                } else {
                    self.repeated += u64::from(!is_undone);
                }
            }
            "a" if first > 0 && first <= self.started && self.retrying.insert(first) => {
                self.undone.remove(&first);
            }
            "d" if self.retrying.remove(&first) => {}
            "m" => {
                self.replacement = Some(Replacement {
                    start: first,
                    length: number(words.next())?,
                    lines: number(words.next())?,
                });
            }
            "u" if first > 0 && first <= self.started => {
                self.undone.insert(first);
            }
            "s" => {
                self.saved = (first, number(words.next())?);
                self.replacement = None;
            }
            _ => return None,
        }
        words.next().is_none().then_some(())
    }
}

/// Refuses a first line that is not a ledger's, or has another version.
fn check_version(line: &str, path: &Path) -> Result<(), Error> {
    let mut words = line.split(' ');
    let path = path.display();
    if words.next() != Some(NAME) {
        return Err(
            Error::invalid("ledger", format!("`{path}` is not a ledger")).with_hint(
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
                "`{path}` is a ledger of version {version}, but this program reads version {VERSION}"
            );
            Err(Error::invalid("ledger", message)
                .with_hint("resume it with the version of `portal` that started it"))
        }
    }
}

/// Refuses the ledger of a run with another fingerprint.
///
/// Returns the error for another account, which a ledger without results is free to ignore.
fn check_fingerprint(
    record: &str,
    path: &Path,
    fingerprint: &RunFingerprint,
) -> Result<Option<Error>, Error> {
    let found: Vec<_> = record.split(' ').skip(2).collect();
    let (found_profile, found) = match found.split_last() {
        Some((last, found)) if last.starts_with(PROFILE) => (*last, found),
        _ => (PROFILE, &found[..]),
    };
    let words = fingerprint.words();
    let (profile, wanted) = (&words[WORDS], &words[..WORDS]);
    let differs = (0..found.len().max(wanted.len()))
        .find(|at| found.get(*at).copied() != wanted.get(*at).map(String::as_str));
    let Some(at) = differs else {
        return Ok(None);
    };
    let path = path.display();
    let name = |word: &str| word.split('=').next().unwrap_or_default().to_owned();
    let message = match (found.get(at), wanted.get(at)) {
        (_, Some(wanted)) if ["target", "account"].contains(&&*name(wanted)) => {
            let (found, own) = (profile_of(found_profile), profile_of(profile));
            format!(
                "`{path}` was started with another account or base URL: it has {found}, and this run has {own}"
            )
        }
        (Some(found), Some(wanted)) if name(found) == name(wanted) => {
            format!("`{path}` was started with `{found}`, but this run has `{wanted}`")
        }
        _ => format!("`{path}` was started by another kind of run"),
    };
    let error = Error::invalid("ledger", message);
    match wanted.get(at) {
        Some(wanted) if name(wanted) == "account" => Ok(Some(error.with_hint(
            "use the key that it was started with, because a new key of the same account looks like another \
             account; or write the rows without a link to another output",
        ))),
        _ => Err(error.with_hint(
            "use the flags and the configuration that it was started with, or another output",
        )),
    }
}

/// Names the profile of a fingerprint's last word.
fn profile_of(word: &str) -> String {
    match word.strip_prefix(PROFILE).unwrap_or_default() {
        "" => "no profile".to_owned(),
        name => format!("profile `{name}`"),
    }
}
