use std::time::Duration;

use crate::{Error, Idempotency};

/// How often a call is repeated, and after which waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RetryPolicy {
    /// How many attempts may follow the first; 0 is none.
    pub max_retries: u32,
    /// The maximum wait before the first retry; it doubles with each retry.
    pub base: Duration,
    /// The maximum wait before any retry, unless the provider asks for a longer one.
    pub cap: Duration,
    /// How much load the retries of all calls may add; `None` is no limit.
    pub budget: Option<RetryBudget>,
}

/// How many retries a client may make in any ten seconds, for all its calls together.
///
/// Retries help against short faults, but add load to a provider that is down. So there are at most
/// as many as the larger of two numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryBudget {
    /// Retries for each hundred first attempts within the same ten seconds.
    pub percent: u32,
    /// The number of retries that is always allowed, so that a single call can be repeated.
    pub floor: u32,
}

impl Default for RetryBudget {
    /// 20 % more load, or ten retries in ten seconds if that is more.
    fn default() -> Self {
        Self {
            percent: 20,
            floor: 10,
        }
    }
}

impl RetryBudget {
    /// Returns how many retries those first attempts allow.
    #[must_use]
    pub fn allowed(&self, first_attempts: u64) -> u64 {
        let share = first_attempts.saturating_mul(u64::from(self.percent)) / 100;
        share.max(u64::from(self.floor))
    }
}

impl Default for RetryPolicy {
    /// Two retries, waiting at most 200 ms and 400 ms, within the default budget.
    fn default() -> Self {
        Self {
            max_retries: 2,
            base: Duration::from_millis(200),
            cap: Duration::from_secs(5),
            budget: Some(RetryBudget::default()),
        }
    }
}

/// What to do after a failed attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RetryDecision {
    /// Return the error.
    Stop,
    /// Wait that long, then try again.
    Wait(Duration),
}

impl RetryPolicy {
    /// Decides whether a failed attempt is followed by another. It is a pure function.
    ///
    /// `attempts` counts those made so far, `remaining` is what is left of the deadline, and
    /// `jitter` is a random number from 0 up to 1. The wait is the provider's `Retry-After`, else a
    /// random share of a doubling bound ("full jitter"). A wait that would reach the deadline is not
    /// begun.
    #[must_use]
    pub fn decide(
        &self,
        error: &Error,
        idempotency: Idempotency,
        attempts: u32,
        remaining: Duration,
        jitter: f64,
    ) -> RetryDecision {
        if attempts > self.max_retries || !error.is_safe_to_repeat(idempotency) {
            return RetryDecision::Stop;
        }
        let wait = error.retry_after().unwrap_or_else(|| {
            let doubled = 2u32.saturating_pow(attempts.saturating_sub(1));
            let bound = self.base.saturating_mul(doubled).min(self.cap);
            // A product that is not a valid time, such as one that rounds up, becomes the bound.
            Duration::try_from_secs_f64(bound.as_secs_f64() * jitter.clamp(0.0, 1.0))
                .map_or(bound, |wait| wait.min(bound))
        });
        if wait < remaining {
            RetryDecision::Wait(wait)
        } else {
            RetryDecision::Stop
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::sample::select;

    use super::*;
    use crate::{Delivery, Kind};

    const POLICY: RetryPolicy = RetryPolicy {
        max_retries: 2,
        base: Duration::from_millis(200),
        cap: Duration::from_millis(300),
        budget: None,
    };
    const REPEATABLE: Idempotency = Idempotency::Idempotent("found, not created twice");
    const ONCE: Idempotency = Idempotency::NotIdempotent("no idempotency key");
    const LONG: Duration = Duration::from_secs(60);

    fn error(kind: Kind, delivery: Delivery) -> Error {
        Error::new(kind, delivery, "x")
    }

    #[test]
    fn a_call_is_repeated_only_if_that_can_help_and_is_safe() {
        for &kind in Kind::ALL {
            for &delivery in Delivery::ALL {
                for idempotency in [REPEATABLE, ONCE] {
                    let decision = POLICY.decide(&error(kind, delivery), idempotency, 1, LONG, 0.5);
                    let transient =
                        matches!(kind, Kind::RateLimited | Kind::Timeout | Kind::Unavailable);
                    let safe = match delivery {
                        Delivery::NotSent | Delivery::Refused => true,
                        Delivery::Unknown => idempotency == REPEATABLE,
                        Delivery::Answered => false,
                    };
                    assert_eq!(
                        decision != RetryDecision::Stop,
                        transient && safe,
                        "{kind:?} {delivery:?} {idempotency:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn the_wait_is_a_random_share_of_a_doubling_bound_under_the_cap() {
        let error = error(Kind::Unavailable, Delivery::NotSent);
        let wait = |attempts, jitter| POLICY.decide(&error, ONCE, attempts, LONG, jitter);
        assert_eq!(wait(1, 0.0), RetryDecision::Wait(Duration::ZERO));
        assert_eq!(
            wait(1, 0.5),
            RetryDecision::Wait(Duration::from_millis(100))
        );
        assert_eq!(
            wait(2, 1.0),
            RetryDecision::Wait(Duration::from_millis(300))
        );
        assert_eq!(wait(3, 0.5), RetryDecision::Stop);
    }

    #[test]
    fn retry_after_is_obeyed_unless_it_reaches_the_deadline() {
        let error =
            error(Kind::RateLimited, Delivery::Refused).with_retry_after(Duration::from_secs(7));
        let decide =
            |remaining| POLICY.decide(&error, ONCE, 1, Duration::from_secs(remaining), 0.5);
        assert_eq!(decide(8), RetryDecision::Wait(Duration::from_secs(7)));
        assert_eq!(decide(7), RetryDecision::Stop);
    }

    fn time() -> impl Strategy<Value = Duration> {
        prop_oneof![
            (0..100_000u64).prop_map(Duration::from_millis),
            any::<Duration>(),
        ]
    }

    proptest! {
        #[test]
        fn no_retry_is_unsafe_or_late_or_slower_than_the_cap(
            max_retries in 0..5u32,
            (base, cap, remaining) in (time(), time(), time()),
            kind in select(Kind::ALL),
            delivery in select(Delivery::ALL),
            retry_after in proptest::option::of(time()),
            idempotency in select(vec![REPEATABLE, ONCE]),
            attempts in prop_oneof![1..8u32, any::<u32>()],
            jitter in -1.0..2.0,
        ) {
            let policy = RetryPolicy { max_retries, base, cap, budget: None };
            let mut error = error(kind, delivery);
            if let Some(wait) = retry_after {
                error = error.with_retry_after(wait);
            }
            match policy.decide(&error, idempotency, attempts, remaining, jitter) {
                RetryDecision::Stop => {}
                RetryDecision::Wait(wait) => {
                    prop_assert!(attempts <= max_retries);
                    prop_assert!(wait < remaining);
                    prop_assert!(retry_after.map_or(wait <= cap, |asked| wait == asked));
                    prop_assert!(delivery != Delivery::Answered);
                    prop_assert!(delivery != Delivery::Unknown || idempotency.is_idempotent());
                    let transient = [Kind::RateLimited, Kind::Timeout, Kind::Unavailable];
                    prop_assert!(transient.contains(&kind));
                }
            }
        }
    }
}
