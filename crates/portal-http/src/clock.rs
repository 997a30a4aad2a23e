use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::time::{Duration, Instant, SystemTime};

/// A wait in progress.
pub type Sleep = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Where the engine gets its time from, so that tests can turn it.
pub trait Clock: fmt::Debug + Send + Sync + 'static {
    /// Returns the date, which HTTP dates in `Retry-After` are compared with.
    fn date(&self) -> SystemTime;

    /// Returns the time since some fixed moment; it never runs backwards.
    fn elapsed(&self) -> Duration;

    /// Waits before the next attempt.
    fn pause(&self, wait: Duration) -> Sleep;

    /// Waits for an attempt's time to be up.
    fn alarm(&self, after: Duration) -> Sleep;
}

/// The machine's own time.
#[derive(Clone, Copy, Debug)]
pub struct SystemClock {
    started: Instant,
}

impl Default for SystemClock {
    fn default() -> Self {
        Self {
            started: Instant::now(),
        }
    }
}

impl Clock for SystemClock {
    fn date(&self) -> SystemTime {
        SystemTime::now()
    }

    fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    fn pause(&self, wait: Duration) -> Sleep {
        // Made inside the future, since tokio's timers panic outside a runtime.
        Box::pin(async move { tokio::time::sleep(wait).await })
    }

    fn alarm(&self, after: Duration) -> Sleep {
        self.pause(after)
    }
}
