use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Read};
use std::path::Path;
use std::time::Duration;

use zeroize::Zeroizing;

use crate::bounded_wait::BoundedWait;

/// The content of a file, which is overwritten in memory when it is dropped.
pub(crate) type Content = Zeroizing<Vec<u8>>;

/// Reads a file of at most `max_bytes`, and waits for the data of a pipe no longer than `limit`.
///
/// # Errors
/// Those of the file system; [`TimedOut`](io::ErrorKind::TimedOut) when the time is up;
/// [`FileTooLarge`](io::ErrorKind::FileTooLarge) for a longer file.
pub fn read_file(
    path: impl AsRef<Path>,
    max_bytes: usize,
    limit: Duration,
) -> io::Result<Zeroizing<Vec<u8>>> {
    let wait = BoundedWait::uncancelled(limit);
    BoundedFile::open(path.as_ref())?.read(max_bytes, wait)
}

/// A file that is read within a maximum size and time.
pub(crate) struct BoundedFile {
    file: File,
    pub(crate) metadata: Metadata,
}

impl BoundedFile {
    /// Opens a file, without waiting for the writer of a pipe.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        options.read(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, unix::NONBLOCKING);
        let file = options.open(path)?;
        let metadata = file.metadata()?;
        Ok(Self { file, metadata })
    }

    /// Reads the file to its end.
    pub(crate) fn read(self, max_bytes: usize, wait: BoundedWait<'_>) -> io::Result<Content> {
        let Self { file, metadata } = self;
        // A regular file's data never has to be waited for.
        #[cfg(unix)]
        if !metadata.is_file() && !metadata.is_dir() {
            return read_to_end(unix::Waiting { file, wait }, max_bytes);
        }
        let _not_needed = (metadata, wait);
        read_to_end(file, max_bytes)
    }
}

/// Reads a source of at most `max_bytes` to its end, such as stdin.
///
/// # Errors
/// Those of the source; [`FileTooLarge`](io::ErrorKind::FileTooLarge) for more bytes.
pub fn read_to_end(source: impl Read, max_bytes: usize) -> io::Result<Zeroizing<Vec<u8>>> {
    // Allocated at once, since the file may be a secret, and a growing buffer would leave copies behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(max_bytes.min(MAX_SECRET) + 1));
    let limit = u64::try_from(max_bytes)
        .unwrap_or(u64::MAX)
        .saturating_add(1);
    source.take(limit).read_to_end(&mut bytes)?;
    match bytes.len() > max_bytes {
        true => {
            let why = format!("it is longer than {} KiB", max_bytes / 1024);
            Err(io::Error::new(io::ErrorKind::FileTooLarge, why))
        }
        false => Ok(bytes),
    }
}

/// The maximum size of a secret's file and of a configuration file.
pub(crate) const MAX_SECRET: usize = 64 * 1024;

#[cfg(unix)]
mod unix {
    use std::fs::File;
    use std::io::{self, Read};

    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    use rustix::fs::OFlags;

    use crate::bounded_wait::BoundedWait;

    /// Opens a pipe without waiting for its writer, and a terminal without making it our own.
    #[expect(
        clippy::cast_possible_wrap,
        reason = "the type differs, the bits do not"
    )]
    pub(super) const NONBLOCKING: i32 = OFlags::NONBLOCK.union(OFlags::NOCTTY).bits() as i32;

    /// A pipe or a device. Its data is waited for, since without a writer yet it reads as empty.
    pub(super) struct Waiting<'a> {
        pub(super) file: File,
        pub(super) wait: BoundedWait<'a>,
    }

    impl Read for Waiting<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            loop {
                let time = self.wait.next().map_err(|why| {
                    io::Error::new(io::ErrorKind::TimedOut, format!("its writer {why}"))
                })?;
                let time = Timespec::try_from(time).map_err(io::Error::other)?;
                let mut events = [PollFd::new(&self.file, PollFlags::IN)];
                match poll(&mut events, Some(&time)) {
                    Ok(0) | Err(rustix::io::Errno::INTR) => continue,
                    Ok(_) => {}
                    Err(error) => return Err(error.into()),
                }
                match self.file.read(buffer) {
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                    outcome => return outcome,
                }
            }
        }
    }
}
