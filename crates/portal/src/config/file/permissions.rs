use std::fs::Metadata;
use std::path::Path;

use portal_core::{Error, Result};

use crate::file_owner::foreign_owner;

/// Which sensitive content a file has.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sensitive {
    /// A secret, not only its location.
    pub(super) secret: bool,
    /// A command: a user who can write the file can replace it.
    pub(super) command: bool,
}

/// Checks that the file belongs to this process's user or to root, as ssh does.
///
/// # Errors
/// [`Kind::Configuration`](portal_core::Kind::Configuration) with the field `config`.
pub(super) fn check_owner(path: &Path, metadata: &Metadata) -> Result<()> {
    let path = path.display();
    match foreign_owner(metadata) {
        None => Ok(()),
        Some(owner) => {
            let why = format!(
                "`{path}` belongs to another user ({owner}), who could send the keys elsewhere"
            );
            Err(Error::configuration("config", why).with_hint(
                "give the file to this program's user or to root (`chown`), or run the program as its owner",
            ))
        }
    }
}

/// Checks that no other user can read a secret or replace a command.
///
/// # Errors
/// [`Kind::Configuration`](portal_core::Kind::Configuration) with the field `config`.
#[cfg(unix)]
pub(super) fn check(path: &Path, metadata: &Metadata, content: Sensitive) -> Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let path = path.display();
    let mode = metadata.permissions().mode();
    let why = match content {
        Sensitive { secret: true, .. } if mode & 0o077 != 0 => {
            "holds a secret, and other users may read or write it"
        }
        Sensitive { command: true, .. } if mode & 0o022 != 0 => {
            "names a command, and other users may write it"
        }
        _ => return Ok(()),
    };
    Err(Error::configuration("config", format!("`{path}` {why}"))
        .with_hint(format!("run `chmod 600 {path}`")))
}

/// Windows protects a user's folder from other users by default.
#[cfg(not(unix))]
pub(super) fn check(_: &Path, _: &Metadata, _: Sensitive) -> Result<()> {
    Ok(())
}
