mod document;
mod entry;
mod layer;
mod permissions;
mod place;
mod reading;

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use portal_core::{Error, Result, redact};
use toml::de::DeTable;

use self::document::Document;
use self::entry::entries;
pub(crate) use self::layer::Layer;
use self::permissions::Sensitive;
pub(crate) use self::place::{Place, variable};
use crate::origin::Origin;
use crate::secret_file::read_text;
use crate::suggestion::suggestion;

/// A configuration file: what holds for all providers, for each of them, and in which profile.
///
/// ```toml
/// provider = "kwik"               # where none is named
/// timeout = 10                    # seconds for a whole call
///
/// [kwik]
/// api_key_file = "kwik.key"       # beside this file; or `api_key`, or:
/// api_secret_command = "pass show kwik/secret"
///
/// [profiles.test]                 # the same again: what is said here wins
/// kwik.base_url = "http://127.0.0.1:8787/2.0/"
/// ```
///
/// The keys above the tables are `provider`, `timeout`, `max_retries`, `rate` (a number a second,
/// `"documented"` or `"off"`), `ca` and `return_origins`; those of a provider's table are its
/// settings. Each secret may also come from a file (`_file`) or from what a command prints
/// (`_command`): a list of words, or a text that is split as a POSIX shell splits words, by spaces,
/// quotes and backslashes; nothing else of a shell is known. Paths are relative to the file's own
/// folder, or begin with `~/`. Whatever is not known is an error, with its line and column.
#[derive(Clone, Debug)]
pub struct ConfigFile {
    path: PathBuf,
    outer: Layer,
    profiles: BTreeMap<String, Layer>,
}

impl ConfigFile {
    /// Reads a file, at most 64 KiB of UTF-8 text.
    ///
    /// # Errors
    /// [`Kind::Configuration`](portal_core::Kind::Configuration) where it cannot be read, where it
    /// does not say what may be said, and on Unix where it holds a secret itself while others may
    /// read it, or names a command while others may write it. No error repeats a value.
    pub fn read(path: impl Into<PathBuf>) -> Result<Self> {
        let path = path.into();
        File::open(&path)
            .map_err(|error| unreadable(&path, &error.to_string()))
            .and_then(|file| Self::of(&path, file))
    }

    /// Reads a file that may be missing.
    pub(crate) fn read_usual(path: &Path) -> Result<Option<Self>> {
        match File::open(path) {
            Ok(file) => Self::of(path, file).map(Some),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(unreadable(path, &error.to_string())),
        }
    }

    /// Reads the text of the file at `path`, which is not looked at.
    ///
    /// # Errors
    /// [`Kind::Configuration`](portal_core::Kind::Configuration), as [`read`](Self::read).
    pub fn parse(path: impl Into<PathBuf>, text: &str) -> Result<Self> {
        let path = path.into();
        let document = Document { path: &path, text };
        let table = DeTable::parse(text).map_err(|error| {
            let at = error.span().unwrap_or_default();
            // Its message is of fixed words, and never of the file's.
            let why = format!("this is not TOML: {}", error.message());
            let told = document.refuse(&at, "config", &why);
            told.with_hint("texts stand in quotes, tables in brackets: https://toml.io shows how")
        })?;
        let entries = entries(document, table.get_ref());
        let outer = reading::outer(&entries)?;
        let mut profiles = BTreeMap::new();
        for entry in entries
            .iter()
            .filter(|entry| entry.name == reading::PROFILES)
        {
            for profile in entry.table()? {
                let layer = reading::profile(&profile.table()?)?;
                profiles.insert(profile.name.to_owned(), layer);
            }
        }
        Ok(Self {
            path,
            outer,
            profiles,
        })
    }

    /// Returns where the file is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Lists the profiles by name.
    pub fn profiles(&self) -> impl Iterator<Item = &str> {
        self.profiles.keys().map(String::as_str)
    }

    /// Returns what is said outside of the profiles.
    pub(crate) fn outer(&self) -> &Layer {
        &self.outer
    }

    /// Returns a profile.
    pub(crate) fn profile(&self, name: &str) -> Option<&Layer> {
        self.profiles.get(name)
    }

    /// Makes the error for a profile that is not there.
    pub(crate) fn no_profile(&self, name: &str) -> Error {
        let known: Vec<_> = self.profiles().map(|known| format!("`{known}`")).collect();
        let hint = match (suggestion(name, self.profiles()), known.is_empty()) {
            (_, true) => format!(
                "write a table `[profiles.NAME]` in `{}`",
                self.path.display()
            ),
            (Some(meant), _) => format!("did you mean `{meant}`? known are {}", known.join(", ")),
            (None, _) => format!("use one of {}", known.join(", ")),
        };
        let name = redact(name, &[]);
        let message = format!("`{}` has no profile `{name}`", self.path.display());
        Error::configuration("profile", message).with_hint(hint)
    }

    fn of(path: &Path, file: File) -> Result<Self> {
        let named = |why: &str| unreadable(path, why);
        // Of the open file: the one at its path may be another by now.
        let metadata = file.metadata().map_err(|error| named(&error.to_string()))?;
        let text = read_text(file).map_err(|why| named(&why))?;
        let read = Self::parse(path, text.expose())?;
        permissions::check(path, &metadata, read.sensitive())?;
        Ok(read)
    }

    fn sensitive(&self) -> Sensitive {
        let mut holds = Sensitive::default();
        let layers = self.profiles.values().chain([&self.outer]);
        for origin in layers.flat_map(Layer::secrets) {
            match origin {
                Origin::Given(_) => holds.secret = true,
                Origin::Command(_) => holds.command = true,
                Origin::File(_) => {}
            }
        }
        holds
    }
}

fn unreadable(path: &Path, why: &str) -> Error {
    let message = format!(
        "the configuration file `{}` cannot be read: {why}",
        path.display()
    );
    Error::configuration("config", message)
        .with_hint("check the path (`--config FILE`, `PORTAL_CONFIG`) and its permissions")
}
