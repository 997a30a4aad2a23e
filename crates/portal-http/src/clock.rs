use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::LazyLock;
use std::task::Poll;
use std::time::{Duration, Instant, SystemTime};

/// A wait in progress.
pub type Sleep = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Where the engine gets its time from, so that tests can turn it.
pub trait Clock: fmt::Debug + Send + Sync + 'static {
    /// Returns the date, which HTTP dates in `Retry-After` are compared with.
    fn date(&self) -> SystemTime;

    /// Returns the time since some fixed moment; it never runs backwards.
    fn elapsed(&self) -> Duration;

    /// Waits before the next attempt: after a failure, or for the rate limit.
    fn pause(&self, wait: Duration) -> Sleep;

    /// Waits for an attempt's time to be up.
    fn alarm(&self, after: Duration) -> Sleep;
}

/// Waits for something; `None` if the time is up before it is there. If both are, it counts.
pub(crate) fn within<T>(
    clock: &dyn Clock,
    time: Duration,
    mut something: Pin<&mut impl Future<Output = T>>,
) -> impl Future<Output = Option<T>> {
    let mut alarm = clock.alarm(time);
    poll_fn(move |cx| match something.as_mut().poll(cx) {
        Poll::Ready(there) => Poll::Ready(Some(there)),
        Poll::Pending => alarm.as_mut().poll(cx).map(|()| None),
    })
}

/// The machine's own time, the same for the whole process.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock(());

/// Where the process's time begins: clients that share a limit must mean the same by it.
static START: LazyLock<Instant> = LazyLock::new(Instant::now);

impl Clock for SystemClock {
    fn date(&self) -> SystemTime {
        SystemTime::now()
    }

    fn elapsed(&self) -> Duration {
        START.elapsed()
    }

    fn pause(&self, wait: Duration) -> Sleep {
        // Made inside the future, since tokio's timers panic outside a runtime.
        Box::pin(async move { tokio::time::sleep(wait).await })
    }

    fn alarm(&self, after: Duration) -> Sleep {
        self.pause(after)
    }
}
