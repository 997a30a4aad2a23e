use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, SystemTime};

use portal_http::{Clock, Sleep};
use tokio::sync::Notify;

/// Time that passes only when a test, a step of a [`Server`](crate::Server)'s script, or a pause
/// between attempts makes it.
///
/// It begins at the Unix epoch. Clones are one clock.
#[derive(Clone, Debug, Default)]
pub struct TestClock(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    turned: Notify,
    /// Told when an alarm rang or was called off.
    settled: Notify,
}

#[derive(Debug, Default)]
struct State {
    elapsed: Duration,
    pauses: Vec<Duration>,
    /// When each alarm that is set is due.
    alarms: BTreeMap<u64, Duration>,
    next: u64,
}

impl TestClock {
    /// Lets time pass: alarms that are due ring as soon as their tasks run.
    pub fn advance(&self, by: Duration) {
        self.state().elapsed += by;
        self.0.turned.notify_waiters();
    }

    /// Returns the waits between attempts, in order.
    #[must_use]
    pub fn pauses(&self) -> Vec<Duration> {
        self.state().pauses.clone()
    }

    /// Waits until every alarm that is due was heard, or called off.
    ///
    /// What somebody does after [`advance`](TestClock::advance) may else come before the alarm.
    pub async fn settled(&self) {
        loop {
            let settled = self.0.settled.notified();
            let is_quiet = {
                let state = self.state();
                state.alarms.values().all(|due| *due > state.elapsed)
            };
            if is_quiet {
                return;
            }
            settled.await;
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().expect("nobody panics with the lock")
    }
}

impl Clock for TestClock {
    fn date(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + self.elapsed()
    }

    fn elapsed(&self) -> Duration {
        self.state().elapsed
    }

    fn pause(&self, wait: Duration) -> Sleep {
        self.state().pauses.push(wait);
        self.advance(wait);
        Box::pin(async {})
    }

    fn alarm(&self, after: Duration) -> Sleep {
        let alarm = Alarm::set(self, after);
        Box::pin(async move {
            loop {
                let turned = alarm.clock.0.turned.notified();
                if alarm.clock.elapsed() >= alarm.due {
                    return;
                }
                turned.await;
            }
        })
    }
}

/// An alarm that is set, until it is dropped.
struct Alarm {
    clock: TestClock,
    id: u64,
    due: Duration,
}

impl Alarm {
    fn set(clock: &TestClock, after: Duration) -> Self {
        let mut state = clock.state();
        let (id, due) = (state.next, state.elapsed.saturating_add(after));
        state.next += 1;
        state.alarms.insert(id, due);
        Self {
            clock: clock.clone(),
            id,
            due,
        }
    }
}

impl Drop for Alarm {
    fn drop(&mut self) {
        self.clock.state().alarms.remove(&self.id);
        self.clock.0.settled.notify_waiters();
    }
}
