use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;

/// Creates a file of a run that must not exist yet.
pub(crate) fn create_new(path: &Path) -> io::Result<File> {
    options().create_new(true).open(path)
}

/// Opens a file of a run, and creates it if it is missing.
pub(crate) fn open_or_create(path: &Path) -> io::Result<File> {
    make_private(options().create(true).open(path)?)
}

/// Opens a file of an earlier run.
pub(crate) fn open_existing(path: &Path) -> io::Result<File> {
    make_private(options().open(path)?)
}

/// Returns how every file of a run is opened: readable by its owner alone, written at its end.
fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Takes every access to an open file away from all but the owner, who must be this user.
#[cfg(unix)]
fn make_private(file: File) -> io::Result<File> {
    use std::fs::Permissions;
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};

    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(io::Error::other("it is not a regular file"));
    }
    // Its owner could take the access back, and root could not tell.
    if metadata.uid() != rustix::process::geteuid().as_raw() {
        return Err(io::Error::other("it belongs to another user"));
    }
    if metadata.mode() & 0o077 != 0 {
        file.set_permissions(Permissions::from_mode(0o600))?;
    }
    Ok(file)
}

#[cfg(not(unix))]
fn make_private(file: File) -> io::Result<File> {
    Ok(file)
}
