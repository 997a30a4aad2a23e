use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use portal_core::RetryBudget;

/// How many slices make up the ten seconds over which retries are counted.
const SLICES: u64 = 20;

/// How long one slice is.
const SLICE: Duration = Duration::from_millis(500);

/// Keeps the retries of all calls of an account within the budget.
pub(crate) struct Budget {
    limits: Option<RetryBudget>,
    counts: Mutex<AttemptCounts>,
}

impl Budget {
    pub(crate) fn new(limits: Option<RetryBudget>) -> Self {
        Self {
            limits,
            counts: Mutex::default(),
        }
    }

    /// Counts a call's first attempt.
    pub(crate) fn record_first_attempt(&self, now: Duration) {
        if self.limits.is_some() {
            self.with(|counts| counts.record_first_attempt(now));
        }
    }

    /// Returns whether a retry is allowed, and counts it.
    pub(crate) fn spend(&self, now: Duration) -> bool {
        self.limits
            .is_none_or(|limits| self.with(|counts| counts.spend(now, limits)))
    }

    fn with<T>(&self, work: impl FnOnce(&mut AttemptCounts) -> T) -> T {
        work(&mut self.counts.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// First attempts and retries of the last ten seconds, counted by slices of time.
///
/// First attempts count in slices that lie wholly within the ten seconds, retries also in the one
/// that overlaps their start. So the bound holds at every moment; a retry may be refused half a
/// second early.
#[derive(Debug, Default)]
struct AttemptCounts {
    slices: [Slice; SLICES as usize + 1],
    /// The number of the latest slice; threads may read the clock out of order.
    latest: u64,
}

#[derive(Clone, Copy, Debug, Default)]
struct Slice {
    number: u64,
    first_attempts: u64,
    retried: u64,
}

impl AttemptCounts {
    fn record_first_attempt(&mut self, now: Duration) {
        self.slice(now).first_attempts += 1;
    }

    fn spend(&mut self, now: Duration, limits: RetryBudget) -> bool {
        self.slice(now);
        let (mut first_attempts, mut retried) = (0, 0);
        for slice in &self.slices {
            if slice.number + SLICES > self.latest {
                first_attempts += slice.first_attempts;
            }
            if slice.number + SLICES >= self.latest {
                retried += slice.retried;
            }
        }
        let allowed = retried < limits.allowed(first_attempts);
        if allowed {
            self.slice(now).retried += 1;
        }
        allowed
    }

    /// Returns the slice of this moment, emptied if it is new.
    fn slice(&mut self, now: Duration) -> &mut Slice {
        let number = (now.as_nanos() / SLICE.as_nanos()) as u64;
        self.latest = self.latest.max(number);
        let index = (self.latest % self.slices.len() as u64) as usize;
        let slice = &mut self.slices[index];
        if slice.number != self.latest {
            *slice = Slice {
                number: self.latest,
                ..Slice::default()
            };
        }
        slice
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const WINDOW: Duration = Duration::from_secs(10);
    const LIMITS: RetryBudget = RetryBudget {
        percent: 20,
        floor: 3,
    };

    #[test]
    fn a_single_call_has_the_floor_again_after_ten_seconds() {
        let mut counts = AttemptCounts::default();
        let mut spend = |ms| counts.spend(Duration::from_millis(ms), LIMITS);
        assert_eq!([0, 1, 2, 3].map(&mut spend), [true, true, true, false]);
        assert!(!spend(9_999));
        assert_eq!([10_500; 4].map(&mut spend), [true, true, true, false]);
    }

    #[test]
    fn many_calls_get_a_fifth_of_their_number_as_retries() {
        let mut counts = AttemptCounts::default();
        for _ in 0..1_000 {
            counts.record_first_attempt(Duration::ZERO);
        }
        let granted = |at| (0..1_000).filter(|_| counts.spend(at, LIMITS)).count();
        assert_eq!([Duration::ZERO, WINDOW].map(granted), [200, 0]);
    }

    #[test]
    fn without_a_budget_every_retry_is_allowed() {
        let budget = Budget::new(None);
        assert!((0..1_000).all(|_| budget.spend(Duration::ZERO)));
    }

    proptest! {
        #[test]
        fn retries_stay_within_the_budget_of_the_ten_seconds_before_each(
            events in proptest::collection::vec((0..1_500u64, 0..8u8), 1..600),
            percent in 0..150u32,
            floor in 0..20u32,
        ) {
            let limits = RetryBudget { percent, floor };
            let mut counts = AttemptCounts::default();
            let mut now = Duration::ZERO;
            let (mut first_attempts, mut retried) = (Vec::new(), Vec::new());
            for (step, kind) in events {
                // Mostly bursts, sometimes a pause.
                now += Duration::from_millis(if step < 1_200 { step / 100 } else { step });
                if kind < 5 {
                    counts.record_first_attempt(now);
                    first_attempts.push(now);
                } else if counts.spend(now, limits) {
                    retried.push(now);
                    let within = |times: &[Duration]| {
                        times.iter().filter(|at| **at + WINDOW > now).count() as u64
                    };
                    prop_assert!(within(&retried) <= limits.allowed(within(&first_attempts)));
                }
            }
        }
    }
}
