use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, SystemTime};

use portal_http::{Clock, Sleep, SleepReason};
use tokio::sync::Notify;

/// A clock that moves only when a test or a step of a [`Server`](crate::Server)'s script advances
/// it, or when the engine waits for a retry or the rate limit.
///
/// It starts at the Unix epoch. Clones share one time.
#[derive(Clone, Debug, Default)]
pub struct TestClock(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    advanced: Notify,
    /// Notified when a timeout ended or was dropped.
    settled: Notify,
}

#[derive(Debug, Default)]
struct State {
    elapsed: Duration,
    waits: Vec<Duration>,
    /// When each running timeout is due.
    timeouts: BTreeMap<u64, Duration>,
    next_id: u64,
}

impl TestClock {
    /// Advances the time. Timeouts that are due end as soon as their tasks run.
    pub fn advance(&self, by: Duration) {
        self.state().elapsed += by;
        self.0.advanced.notify_waiters();
    }

    /// Returns the waits for retries and for the rate limit, in order.
    #[must_use]
    pub fn waits(&self) -> Vec<Duration> {
        self.state().waits.clone()
    }

    /// Waits until every timeout that is due has ended or was dropped; returns whether one was due.
    ///
    /// Without this wait, code after [`advance`](TestClock::advance) may run before the timeout ends.
    pub async fn settle(&self) -> bool {
        let mut was_due = false;
        loop {
            let settled = self.0.settled.notified();
            let is_quiet = {
                let state = self.state();
                state.timeouts.values().all(|due| *due > state.elapsed)
            };
            if is_quiet {
                return was_due;
            }
            was_due = true;
            settled.await;
        }
    }

    /// Sleeps until the clock has been advanced by `duration`.
    #[must_use]
    pub fn timeout(&self, duration: Duration) -> Sleep {
        let timeout = Timeout::start(self, duration);
        Box::pin(async move { timeout.clock.wait_until(timeout.due).await })
    }

    async fn wait_until(&self, due: Duration) {
        loop {
            let advanced = self.0.advanced.notified();
            if self.elapsed() >= due {
                return;
            }
            advanced.await;
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().expect("no thread panics with the lock")
    }
}

impl Clock for TestClock {
    fn date(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + self.elapsed()
    }

    fn elapsed(&self) -> Duration {
        self.state().elapsed
    }

    fn sleep(&self, duration: Duration, reason: SleepReason) -> Sleep {
        match reason {
            SleepReason::Timeout => return self.timeout(duration),
            // Not a timeout that `settle` waits for.
            SleepReason::IdleConnections => {
                let (clock, due) = (self.clone(), self.elapsed().saturating_add(duration));
                return Box::pin(async move { clock.wait_until(due).await });
            }
            _ => {}
        }
        self.state().waits.push(duration);
        self.advance(duration);
        Box::pin(async {})
    }
}

/// A running timeout, until it is dropped.
struct Timeout {
    clock: TestClock,
    id: u64,
    due: Duration,
}

impl Timeout {
    fn start(clock: &TestClock, after: Duration) -> Self {
        let mut state = clock.state();
        let (id, due) = (state.next_id, state.elapsed.saturating_add(after));
        state.next_id += 1;
        state.timeouts.insert(id, due);
        Self {
            clock: clock.clone(),
            id,
            due,
        }
    }
}

impl Drop for Timeout {
    fn drop(&mut self) {
        self.clock.state().timeouts.remove(&self.id);
        self.clock.0.settled.notify_waiters();
    }
}
