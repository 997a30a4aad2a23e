use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use tokio::sync::{Notify, mpsc, oneshot};

use crate::store::{Result, StoreError};

/// The handle to the one task that advances the clock, ends periods and delivers webhooks.
pub(crate) struct Scheduler {
    commands: mpsc::Sender<Advance>,
    wake: Arc<Notify>,
}

/// The task's receiver for a [`Scheduler`].
pub(crate) struct SchedulerCommands {
    pub(super) advances: mpsc::Receiver<Advance>,
    pub(super) wake: Arc<Notify>,
}

/// A request to advance the clock.
pub(super) struct Advance {
    pub(super) seconds: i64,
    pub(super) done: oneshot::Sender<Result<Timestamp>>,
}

impl Scheduler {
    pub(crate) fn new() -> (Self, SchedulerCommands) {
        let (commands, advances) = mpsc::channel(16);
        let wake = Arc::new(Notify::new());
        let receiver = SchedulerCommands {
            advances,
            wake: Arc::clone(&wake),
        };
        (Self { commands, wake }, receiver)
    }

    /// Advances the clock and returns the new time, once everything due by then is done.
    pub(crate) async fn advance(&self, seconds: i64) -> Result<Timestamp> {
        let (done, answer) = oneshot::channel();
        self.commands
            .send(Advance { seconds, done })
            .await
            .map_err(|_| StoreError::Stopped)?;
        answer.await.unwrap_or(Err(StoreError::Stopped))
    }

    /// Makes the task check for due events at once.
    pub(crate) fn wake(&self) {
        self.wake.notify_one();
    }
}

impl fmt::Debug for Scheduler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Scheduler")
    }
}
