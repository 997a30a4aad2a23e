use std::time::Duration;

/// How far evenly spread requests may fall behind their schedule and still catch up.
///
/// If they could not catch up, each short delay on a busy machine would lower the rate. With 10 ms
/// a bulk run under load reached 90 to 98 % of its rate, with 200 ms 96 to 98 %.
const CATCH_UP: Duration = Duration::from_millis(200);

/// When requests within the limit are sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Spread {
    /// As soon as the limit allows: up to a whole period's requests at one moment.
    #[default]
    AtOnce,
    /// At equal distances over the period, for bulk work: the end of a burst could arrive together
    /// with the next period's first requests.
    Evenly,
}

/// The times at which evenly spread requests are due, one interval apart.
#[derive(Debug, Default)]
pub(crate) struct EvenSchedule {
    next_due: Duration,
}

impl EvenSchedule {
    /// Returns how long a request waits until it is due, if `ahead` others are due before it.
    pub(crate) fn wait(&self, now: Duration, ahead: usize, interval: Duration) -> Duration {
        let ahead = u32::try_from(ahead).unwrap_or(u32::MAX);
        let due = self.next_due + interval.saturating_mul(ahead);
        due.saturating_sub(now)
    }

    /// Schedules the next request one interval after the request that is sent now.
    pub(crate) fn advance(&mut self, now: Duration, interval: Duration) {
        self.next_due = self.next_due.max(now.saturating_sub(CATCH_UP)) + interval;
    }
}
