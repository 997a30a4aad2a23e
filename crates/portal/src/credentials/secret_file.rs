use std::fmt;
use std::fs::{self, Metadata};
use std::io;
use std::path::PathBuf;
use std::time::SystemTime;

use portal_core::Secret;

use crate::bounded_file::{BoundedFile, Content, MAX_SECRET};
use crate::bounded_wait::BoundedWait;
use crate::file_owner::foreign_owner;

/// A file that contains a secret, for example one that an orchestrator mounts and replaces.
#[derive(Clone)]
pub(crate) struct SecretFile {
    pub(crate) path: PathBuf,
    /// The environment variable that names the file.
    pub(crate) variable: Option<String>,
}

impl fmt::Debug for SecretFile {
    /// Omits the path, which may be the secret itself by mistake.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SecretFile")
            .field("variable", &self.variable)
            .finish_non_exhaustive()
    }
}

/// The state of a file, to detect changes without reading it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    modified: Option<SystemTime>,
    length: u64,
    identity: Identity,
}

impl SecretFile {
    /// Returns the state of the file, following links.
    pub(crate) fn stamp(&self) -> io::Result<Stamp> {
        let metadata = fs::metadata(&self.path)?;
        Ok(Stamp {
            modified: metadata.modified().ok(),
            length: metadata.len(),
            identity: identity(&metadata),
        })
    }

    /// Reads the secret, without a byte order mark and the line end.
    pub(crate) fn read(&self, wait: BoundedWait<'_>) -> Result<Secret, FileFault> {
        let file = BoundedFile::open(&self.path)?;
        if let Some(owner) = foreign_owner(&file.metadata) {
            return Err(FileFault {
                why: format!("belongs to another user ({owner}), who could replace the secret"),
                hint: "give the file to this program's user or to root (`chown`), or run the program as its owner",
            });
        }
        let text = read_text(|| file.read(MAX_SECRET, wait))?;
        Ok(Secret::from(text.expose().trim_end_matches(['\r', '\n'])))
    }

    /// Returns whether the file may be replaced by another one. A pipe is read once.
    pub(crate) fn is_replaceable(&self) -> bool {
        fs::metadata(&self.path).is_ok_and(|metadata| metadata.is_file())
    }
}

/// The reason why a secret's file is not used.
pub(crate) struct FileFault {
    /// What is wrong, to follow the file's name in a message.
    pub(crate) why: String,
    pub(crate) hint: &'static str,
}

impl From<String> for FileFault {
    fn from(why: String) -> Self {
        Self {
            why: format!("cannot be read: {why}"),
            hint: "check the path and its permissions",
        }
    }
}

impl From<io::Error> for FileFault {
    fn from(error: io::Error) -> Self {
        error.to_string().into()
    }
}

/// Reads a secret text; the error is the reason.
pub(crate) fn read_text(read: impl FnOnce() -> io::Result<Content>) -> Result<Secret, String> {
    let bytes = read().map_err(|error| error.to_string())?;
    match std::str::from_utf8(&bytes) {
        // Editors on Windows write a byte order mark.
        Ok(text) => Ok(text.strip_prefix('\u{feff}').unwrap_or(text).into()),
        Err(_) => Err("it is not UTF-8 text".into()),
    }
}

/// The file's inode and when it last changed.
#[cfg(unix)]
type Identity = (u64, u64, i64, i64);

#[cfg(unix)]
fn identity(metadata: &Metadata) -> Identity {
    use std::os::unix::fs::MetadataExt as _;
    (
        metadata.dev(),
        metadata.ino(),
        metadata.ctime(),
        metadata.ctime_nsec(),
    )
}

#[cfg(not(unix))]
type Identity = Option<SystemTime>;

#[cfg(not(unix))]
fn identity(metadata: &Metadata) -> Identity {
    metadata.created().ok()
}
