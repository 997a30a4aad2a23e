use std::fmt;
use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::path::PathBuf;
use std::time::SystemTime;

use portal_core::Secret;
use zeroize::Zeroizing;

/// The largest accepted file: longer than any key, token or certificate.
const MAX_BYTES: usize = 64 * 1024;

/// A file that holds a secret, for example one that an orchestrator mounts and replaces.
#[derive(Clone)]
pub(crate) struct SecretFile {
    pub(crate) path: PathBuf,
    /// The environment variable that named it.
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

    /// Reads the secret, without the line end; the error is the reason.
    pub(crate) fn read(&self) -> Result<Secret, String> {
        let text = File::open(&self.path).map_err(|error| error.to_string());
        let text = text.and_then(read_text)?;
        Ok(Secret::from(text.expose().trim_end_matches(['\r', '\n'])))
    }
}

/// Reads a secret text through memory that is overwritten afterwards.
pub(crate) fn read_text(source: impl Read) -> Result<Secret, String> {
    // Allocated at once: a growing buffer would leave copies behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(MAX_BYTES + 1));
    let mut source = source.take(MAX_BYTES as u64 + 1);
    source
        .read_to_end(&mut bytes)
        .map_err(|error| error.to_string())?;
    if bytes.len() > MAX_BYTES {
        return Err("it is longer than 64 KiB".into());
    }
    match std::str::from_utf8(&bytes) {
        Ok(text) => Ok(text.into()),
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
