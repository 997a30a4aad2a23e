use std::fs::Metadata;
use std::path::Path;

#[cfg(unix)]
use portal_core::Error;
use portal_core::Result;

/// What a file holds that others must have no hand in.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sensitive {
    /// A secret itself, not only where one is.
    pub(super) secret: bool,
    /// A command, which whoever may write the file chooses.
    pub(super) command: bool,
}

/// Sees to it that nobody else reads a secret or chooses a command.
///
/// # Errors
/// [`Kind::Configuration`](portal_core::Kind::Configuration) with the field `config`.
#[cfg(unix)]
pub(super) fn check(path: &Path, metadata: &Metadata, holds: Sensitive) -> Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let path = path.display();
    let mode = metadata.permissions().mode();
    let why = match holds {
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

/// Windows keeps a user's folder from other users by itself.
#[cfg(not(unix))]
pub(super) fn check(_: &Path, _: &Metadata, _: Sensitive) -> Result<()> {
    Ok(())
}
