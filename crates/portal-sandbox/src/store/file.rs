use std::ffi::OsString;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use crate::Error;

/// How long to wait for the lock of a sandbox that is stopping, or that was dropped in a transaction.
const LOCK_TIMEOUT: Duration = Duration::from_secs(2);
const PAUSE: Duration = Duration::from_millis(20);

/// The database's file, locked against a second sandbox until this is dropped.
pub(super) struct DatabaseFile {
    /// The file itself, where the requested path was a link.
    path: PathBuf,
    _lock: File,
}

impl DatabaseFile {
    /// Creates the file if it is missing, and locks it.
    pub(super) fn lock(requested: &Path) -> Result<Self, Error> {
        let failed = |error| Error::database(requested, error);
        let path = match fs::canonicalize(requested) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                owner_only()
                    .create_new(true)
                    .open(requested)
                    .map_err(failed)?;
                fs::canonicalize(requested)
            }
            found => found,
        }
        .map_err(failed)?;
        // A separate file: closing a descriptor of the database would release SQLite's own locks in this process.
        let lock_path = beside(&path, "-lock");
        let lock = owner_only().create(true).open(&lock_path).map_err(failed)?;
        make_private(&lock_path).map_err(failed)?;
        let give_up = Instant::now() + LOCK_TIMEOUT;
        loop {
            match lock.try_lock() {
                Ok(()) => return Ok(Self { path, _lock: lock }),
                Err(TryLockError::Error(error)) => return Err(failed(error)),
                Err(TryLockError::WouldBlock) if Instant::now() < give_up => {
                    thread::sleep(PAUSE);
                }
                Err(TryLockError::WouldBlock) => {
                    return Err(Error::DatabaseInUse {
                        path: requested.to_owned(),
                    });
                }
            }
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Restricts access to the database and its logs to the owner, who must be this user.
    pub(super) fn make_private(&self) -> io::Result<()> {
        make_private(&self.path)?;
        ["-wal", "-shm", "-journal"].iter().try_for_each(|ending| {
            match make_private(&beside(&self.path, ending)) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
                done => done,
            }
        })
    }
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(ending);
    name.into()
}

/// Opens files for writing, and creates them with access for their owner only; SQLite's logs inherit the mode.
fn owner_only() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

#[cfg(unix)]
fn make_private(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};

    let metadata = fs::metadata(path)?;
    // Another owner could restore the access later.
    if metadata.uid() != rustix::process::geteuid().as_raw() {
        return Err(io::Error::other(format!(
            "`{}` belongs to another user",
            path.display()
        )));
    }
    if metadata.mode() & 0o077 == 0 {
        return Ok(());
    }
    fs::set_permissions(path, fs::Permissions::from_mode(0o600))
}

#[cfg(not(unix))]
fn make_private(path: &Path) -> io::Result<()> {
    fs::metadata(path).map(drop)
}
