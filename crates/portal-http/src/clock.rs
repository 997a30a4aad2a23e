use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::LazyLock;
use std::task::Poll;
use std::time::{Duration, Instant, SystemTime};

use tokio::task::coop::unconstrained;

/// A wait in progress.
pub type Sleep = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Why the engine sleeps. The system clock ignores the reason; a test clock may decide by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SleepReason {
    /// The delay before another attempt.
    RetryDelay,
    /// The rate limit has no room for the request yet.
    RateLimit,
    /// The time limit of another future.
    Timeout,
    /// The interval between checks of idle connections.
    IdleConnections,
}

/// The engine's source of time, which tests can replace.
pub trait Clock: fmt::Debug + Send + Sync + 'static {
    /// Returns the date, to compare with HTTP dates in `Retry-After`.
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

/// The start of the process's time. Clients that share a limit need the same one.
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
        // so that the timer also fires if the other future has used up the task's budget.
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
