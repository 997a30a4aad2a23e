use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

/// How often a wait is checked.
const POLL_INTERVAL: Duration = Duration::from_millis(5);

static NOT_CANCELLED: AtomicBool = AtomicBool::new(false);

/// A wait for files and commands, with a time limit and cancellation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BoundedWait<'a> {
    start: Instant,
    limit: Duration,
    cancelled: &'a AtomicBool,
}

impl<'a> BoundedWait<'a> {
    /// Starts a wait that setting `cancelled` ends.
    pub(crate) fn start(limit: Duration, cancelled: &'a AtomicBool) -> Self {
        Self {
            start: Instant::now(),
            limit,
            cancelled,
        }
    }

    /// Returns how long to wait until the next check; the error is the reason to stop.
    pub(crate) fn next(&self) -> Result<Duration, String> {
        if self.cancelled.load(Ordering::Relaxed) {
            return Err("was cancelled".into());
        }
        match self.limit.checked_sub(self.start.elapsed()) {
            Some(left) if !left.is_zero() => Ok(left.min(POLL_INTERVAL)),
            _ => Err(format!("did not end within {} s", self.limit.as_secs_f32())),
        }
    }
}

impl BoundedWait<'static> {
    /// Starts a wait that ends after `limit`.
    pub(crate) fn uncancelled(limit: Duration) -> Self {
        Self::start(limit, &NOT_CANCELLED)
    }
}

/// Runs blocking work on its own thread, so that it does not block an async runtime.
///
/// Dropping the future cancels the work and waits until it has stopped.
pub(crate) async fn run_on_thread<T: Send + 'static>(
    name: &str,
    work: impl FnOnce(&AtomicBool) -> T + Send + 'static,
) -> io::Result<T> {
    let (sender, receiver) = oneshot::channel();
    let cancelled = Arc::new(AtomicBool::new(false));
    let flag = cancelled.clone();
    let run = move || {
        // The receiver may have been dropped.
        let _sent = sender.send(work(&flag));
    };
    let thread = Some(thread::Builder::new().name(name.into()).spawn(run)?);
    let _stop = StopOnDrop { cancelled, thread };
    receiver
        .await
        .map_err(|_| io::Error::other("it ended without a result"))
}

/// Cancels the work of a thread on drop, and waits for its end.
struct StopOnDrop {
    cancelled: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.cancelled.store(true, Ordering::Relaxed);
        // An error is a panic, which the thread has reported.
        let _ended = self.thread.take().map(JoinHandle::join);
    }
}
