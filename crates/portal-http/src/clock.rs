use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::LazyLock;
use std::task::Poll;
use std::time::{Duration, Instant, SystemTime};

use tokio::task::coop::unconstrained;

/// A wait in progress.
pub type Sleep = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Why the engine sleeps. A system clock ignores it; a test's clock lets time pass by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SleepReason {
    /// The delay before another attempt.
    RetryDelay,
    /// The rate limit has no room for the request yet.
    RateLimit,
    /// Another future must be ready before this time is up.
    Timeout,
    /// Idle connections are looked at again after this time.
    IdleConnections,
}

/// Where the engine gets the time from, so that tests can set it.
pub trait Clock: fmt::Debug + Send + Sync + 'static {
    /// Returns the date, which HTTP dates in `Retry-After` are compared with.
    fn date(&self) -> SystemTime;

    /// Returns the time since a fixed moment; it never runs backwards.
    fn elapsed(&self) -> Duration;

    /// Waits for a duration.
    fn sleep(&self, duration: Duration, reason: SleepReason) -> Sleep;
}

/// Waits for a future; `None` if the time is up first. If both are ready, the future wins.
pub(crate) fn timeout<T>(
    clock: &dyn Clock,
    duration: Duration,
    mut future: Pin<&mut impl Future<Output = T>>,
) -> impl Future<Output = Option<T>> {
    let mut sleep = clock.sleep(duration, SleepReason::Timeout);
    poll_fn(move |cx| match future.as_mut().poll(cx) {
        Poll::Ready(value) => Poll::Ready(Some(value)),
        Poll::Pending => sleep.as_mut().poll(cx).map(|()| None),
    })
}

/// The machine's clock, the same for the whole process.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock(());

/// Where the process's time starts: clients that share a limit must agree on it.
static START: LazyLock<Instant> = LazyLock::new(Instant::now);

impl Clock for SystemClock {
    fn date(&self) -> SystemTime {
        SystemTime::now()
    }

    fn elapsed(&self) -> Duration {
        START.elapsed()
    }

    fn sleep(&self, duration: Duration, _: SleepReason) -> Sleep {
        // Created inside the future, since tokio's timers panic outside a runtime. Unconstrained,
        // so that a future that uses up its task's budget cannot hide that its time is up.
        Box::pin(async move { unconstrained(tokio::time::sleep(duration)).await })
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;

    use super::*;

    #[tokio::test]
    async fn a_future_that_is_always_busy_cannot_outlast_its_timeout() {
        let busy = pin!(async {
            loop {
                tokio::task::coop::consume_budget().await;
            }
        });
        let clock = SystemClock::default();
        assert_eq!(
            timeout(&clock, Duration::from_millis(1), busy).await,
            None::<()>
        );
    }
}
