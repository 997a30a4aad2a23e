use tokio::sync::{Semaphore, SemaphorePermit};

/// How many connections and calls the sandbox takes at a time.
///
/// Half of the connections may have a provider call in progress, and another quarter a waiting one. The rest stays free
/// for the control API and the pages.
#[derive(Debug)]
pub(crate) struct Limits {
    pub(super) connections: usize,
    /// The calls in progress and those that wait.
    accepted: Semaphore,
    in_progress: Semaphore,
}

/// The permits of a provider call, released on drop.
pub(super) struct CallPermit<'a> {
    _accepted: SemaphorePermit<'a>,
    _in_progress: SemaphorePermit<'a>,
}

/// The maximum number of connections: more are not useful on one machine.
const MAX_CONNECTIONS: usize = 4096;

impl Limits {
    /// Allows this number of connections, at least 4.
    pub(crate) fn new(connections: usize) -> Self {
        let connections = connections.max(4);
        Self {
            connections,
            accepted: Semaphore::new(connections / 4 * 3),
            in_progress: Semaphore::new(connections / 2),
        }
    }

    /// Waits until a provider call may be read; `None` if too many wait already.
    pub(super) async fn admit(&self) -> Option<CallPermit<'_>> {
        let accepted = self.accepted.try_acquire().ok()?;
        let in_progress = self.in_progress.acquire().await;
        Some(CallPermit {
            _accepted: accepted,
            _in_progress: in_progress.expect("the semaphore is never closed"),
        })
    }
}

impl Default for Limits {
    /// Stays below the process's limit of open files, 1,024 on many machines.
    fn default() -> Self {
        Self::new(open_files().map_or(MAX_CONNECTIONS, |files| {
            files.saturating_sub(64).min(MAX_CONNECTIONS)
        }))
    }
}

/// Returns how many files this process may have open; `None` without a limit.
fn open_files() -> Option<usize> {
    #[cfg(unix)]
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile).current;
    #[cfg(not(unix))]
    let limit: Option<u64> = None;
    limit.and_then(|limit| usize::try_from(limit).ok())
}
