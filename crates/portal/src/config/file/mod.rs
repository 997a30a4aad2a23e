//! The configuration file: parsed, decoded and checked.

mod decoders;
mod document;
mod entry;
pub(crate) mod location;
mod permissions;
pub(crate) mod section;

use std::collections::BTreeMap;
use std::fs::Metadata;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use portal_core::{Error, Result, redact};
use portal_http::Options;
use toml::de::DeTable;

use crate::bounded_file::{BoundedFile, Content, MAX_SECRET};
use crate::bounded_wait::BoundedWait;
use crate::config::file::document::Document;
use crate::config::file::entry::entries;
use crate::config::file::permissions::Sensitive;
use crate::config::file::section::Section;
use crate::credentials::secret_file::read_text;
use crate::credentials::value_source::ValueSource;
use crate::similar_name::similar_name;

/// A configuration file: options for all providers, settings for each of them, and profiles.
///
/// ```toml
/// provider = "kwik"               # the default
/// timeout = 10                    # seconds for a whole call
///
/// [kwik]
/// api_key_file = "kwik.key"       # next to this file; or `api_key`, or:
/// api_secret_command = "pass show kwik/secret"
///
/// [profiles.test]                 # the same keys; a profile wins
/// kwik.base_url = "http://127.0.0.1:8787/2.0/"
/// ```
///
/// The keys above the tables are `provider`, `timeout`, `max_retries`, `rate` (a number a second,
/// `"documented"` or `"off"`), `ca` and `return_origins`; those of a provider's table are its
/// settings. Each secret may also come from a file (`_file`) or from what a command prints
/// (`_command`): a list of words, or a text that is split like a POSIX shell does, by spaces,
/// quotes and backslashes, without any other shell syntax. Paths are relative to the file's
/// folder, or start with `~/`. An unknown key is an error with its line and column.
#[derive(Clone, Debug)]
pub struct ConfigFile {
    path: PathBuf,
    outer: Section,
    profiles: BTreeMap<String, Section>,
}

impl ConfigFile {
    /// Reads a file, at most 64 KiB of UTF-8 text.
    ///
    /// # Errors
    /// [`Kind::Configuration`](portal_core::Kind::Configuration) if it cannot be read or
    /// decoded, and on Unix if its owner is neither this process's user nor root, if it holds a secret
    /// that other users may read, or a command that other users may replace. No error repeats a value.
    pub fn read(path: impl Into<PathBuf>) -> Result<Self> {
        Self::read_within(&path.into(), Options::default().timeout)
    }

    /// Reads a file; a pipe may take as long as `time`.
    pub(crate) fn read_within(path: &Path, time: Duration) -> Result<Self> {
        match read_bytes(path, time) {
            Ok((metadata, bytes)) => Self::of(path, &metadata, bytes),
            Err(error) => Err(unreadable(path, &error.to_string())),
        }
    }

    /// Reads a file that may be missing. The inner error says why it cannot be read.
    pub(crate) fn read_default(path: &Path, time: Duration) -> Result<Option<Result<Self>>> {
        match read_bytes(path, time) {
            Ok((metadata, bytes)) => Self::of(path, &metadata, bytes).map(Ok).map(Some),
            Err(error) => match error.kind() {
                // `HOME=/dev/null` causes `NotADirectory`.
                io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Ok(None),
                _ => Ok(Some(Err(unreadable(path, &error.to_string())))),
            },
        }
    }

    /// Parses the text of the file at `path`, without reading the file.
    ///
    /// # Errors
    /// [`Kind::Configuration`](portal_core::Kind::Configuration), as [`read`](Self::read).
    pub fn parse(path: impl Into<PathBuf>, text: &str) -> Result<Self> {
        let path = path.into();
        let document = Document { path: &path, text };
        let table = DeTable::parse(text).map_err(|error| {
            let at = error.span().unwrap_or_default();
            // The parser's message never quotes the file.
            let why = format!("this is not TOML: {}", error.message());
            let error = document.error_at(&at, "config", &why);
            error.with_hint("put texts in quotes and tables in brackets, as on https://toml.io")
        })?;
        let entries = entries(document, table.get_ref());
        let outer = decoders::outer(&entries)?;
        let mut profiles = BTreeMap::new();
        for entry in entries
            .iter()
            .filter(|entry| entry.name == decoders::PROFILES)
        {
            for profile in entry.table()? {
                let section = decoders::profile(&profile.table()?)?;
                profiles.insert(profile.name.to_owned(), section);
            }
        }
        Ok(Self {
            path,
            outer,
            profiles,
        })
    }

    /// Returns the path of the file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Lists the profiles by name.
    pub fn profiles(&self) -> impl Iterator<Item = &str> {
        self.profiles.keys().map(String::as_str)
    }

    /// Returns the part outside of the profiles.
    pub(crate) fn outer(&self) -> &Section {
        &self.outer
    }

    /// Returns a profile.
    pub(crate) fn profile(&self, name: &str) -> Option<&Section> {
        self.profiles.get(name)
    }

    /// Creates the error for an unknown profile.
    pub(crate) fn no_profile(&self, name: &str) -> Error {
        let known: Vec<_> = self.profiles().map(|known| format!("`{known}`")).collect();
        let hint = match (similar_name(name, self.profiles()), known.is_empty()) {
            (_, true) => format!("add a table `[profiles.NAME]` to `{}`", self.path.display()),
            (Some(similar), _) => {
                format!("did you mean `{similar}`? known are {}", known.join(", "))
            }
            (None, _) => format!("use one of {}", known.join(", ")),
        };
        let name = redact(name, &[]);
        let message = format!("`{}` has no profile `{name}`", self.path.display());
        Error::configuration("profile", message).with_hint(hint)
    }

    fn of(path: &Path, metadata: &Metadata, bytes: Content) -> Result<Self> {
        permissions::check_owner(path, metadata)?;
        let text = read_text(|| Ok(bytes)).map_err(|why| unreadable(path, &why))?;
        let config = Self::parse(path, text.expose())?;
        permissions::check(path, metadata, config.sensitive())?;
        Ok(config)
    }

    fn sensitive(&self) -> Sensitive {
        let mut content = Sensitive::default();
        let sections = self.profiles.values().chain([&self.outer]);
        for source in sections.flat_map(Section::secrets) {
            match source {
                ValueSource::Literal(_) => content.secret = true,
                ValueSource::Command(_) => content.command = true,
                ValueSource::File(_) => {}
            }
        }
        content
    }
}

/// Reads a file and its metadata. Both are of the open file, since the path may be replaced meanwhile.
fn read_bytes(path: &Path, time: Duration) -> io::Result<(Metadata, Content)> {
    let file = BoundedFile::open(path)?;
    let metadata = file.metadata.clone();
    let wait = BoundedWait::uncancelled(time);
    Ok((metadata, file.read(MAX_SECRET, wait)?))
}

fn unreadable(path: &Path, why: &str) -> Error {
    let message = format!(
        "the configuration file `{}` cannot be read: {why}",
        path.display()
    );
    Error::configuration("config", message)
        .with_hint("check the path (`--config FILE`, `PORTAL_CONFIG`) and its permissions")
}
