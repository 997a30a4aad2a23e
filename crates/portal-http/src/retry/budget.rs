use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use portal_core::RetryBudget;

/// How many slices make the ten seconds over which retries are counted.
const SLICES: u64 = 20;

/// How long one slice is.
const SLICE: Duration = Duration::from_millis(500);

/// Keeps the retries of all calls of an account within their budget.
pub(crate) struct Budget {
    limits: Option<RetryBudget>,
    ledger: Mutex<Ledger>,
}

impl Budget {
    pub(crate) fn new(limits: Option<RetryBudget>) -> Self {
        Self {
            limits,
            ledger: Mutex::default(),
        }
    }

    /// Notes a call's first attempt.
    pub(crate) fn begin(&self, now: Duration) {
        if self.limits.is_some() {
            self.with(|ledger| ledger.begin(now));
        }
    }

    /// Says whether there may be a retry, and notes it.
    pub(crate) fn spend(&self, now: Duration) -> bool {
        self.limits
            .is_none_or(|limits| self.with(|ledger| ledger.spend(now, limits)))
    }

    fn with<T>(&self, work: impl FnOnce(&mut Ledger) -> T) -> T {
        work(&mut self.ledger.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// What happened of late, counted by slices of time.
///
/// Slices that lie wholly within the ten seconds up to a moment give the first attempts, and those
/// that touch them the retries: so the bound is exact from every moment, at the cost of a retry
/// that is now and then refused half a second early.
#[derive(Debug, Default)]
struct Ledger {
    slices: [Slice; SLICES as usize + 1],
    /// The number of the latest slice: threads may tell the time out of order.
    latest: u64,
}

#[derive(Clone, Copy, Debug, Default)]
struct Slice {
    number: u64,
    begun: u64,
    retried: u64,
}

impl Ledger {
    fn begin(&mut self, now: Duration) {
        self.slice(now).begun += 1;
    }

    fn spend(&mut self, now: Duration, limits: RetryBudget) -> bool {
        self.slice(now);
        let (mut begun, mut retried) = (0, 0);
        for slice in &self.slices {
            if slice.number + SLICES > self.latest {
                begun += slice.begun;
            }
            if slice.number + SLICES >= self.latest {
                retried += slice.retried;
            }
        }
        let allowed = retried < limits.allowed(begun);
        if allowed {
            self.slice(now).retried += 1;
        }
        allowed
    }

    /// Returns the slice of this moment, empty where it begins with it.
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
    fn a_call_that_is_alone_has_the_floor_again_after_ten_seconds() {
        let mut ledger = Ledger::default();
        let mut spend = |ms| ledger.spend(Duration::from_millis(ms), LIMITS);
        assert_eq!([0, 1, 2, 3].map(&mut spend), [true, true, true, false]);
        assert!(!spend(9_999));
        assert_eq!([10_500; 4].map(&mut spend), [true, true, true, false]);
    }

    #[test]
    fn many_calls_have_a_fifth_of_their_number_and_no_more() {
        let mut ledger = Ledger::default();
        for _ in 0..1_000 {
            ledger.begin(Duration::ZERO);
        }
        let granted = |at| (0..1_000).filter(|_| ledger.spend(at, LIMITS)).count();
        assert_eq!([Duration::ZERO, WINDOW].map(granted), [200, 0]);
    }

    #[test]
    fn without_a_budget_every_retry_is_allowed() {
        let budget = Budget::new(None);
        assert!((0..1_000).all(|_| budget.spend(Duration::ZERO)));
    }

    proptest! {
        #[test]
        fn retries_keep_to_the_budget_in_the_ten_seconds_before_each(
            events in proptest::collection::vec((0..1_500u64, 0..8u8), 1..600),
            percent in 0..150u32,
            floor in 0..20u32,
        ) {
            let limits = RetryBudget { percent, floor };
            let mut ledger = Ledger::default();
            let mut now = Duration::ZERO;
            let (mut begun, mut retried) = (Vec::new(), Vec::new());
            for (step, kind) in events {
                // Mostly bursts, now and then a pause.
                now += Duration::from_millis(if step < 1_200 { step / 100 } else { step });
                if kind < 5 {
                    ledger.begin(now);
                    begun.push(now);
                } else if ledger.spend(now, limits) {
                    retried.push(now);
                    let within = |times: &[Duration]| {
                        times.iter().filter(|at| **at + WINDOW > now).count() as u64
                    };
                    prop_assert!(within(&retried) <= limits.allowed(within(&begun)));
                }
            }
        }
    }
}
