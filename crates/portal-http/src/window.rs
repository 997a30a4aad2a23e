use std::collections::VecDeque;
use std::num::NonZeroU32;
use std::time::Duration;

/// The second that a rate is about, and 20 ms for the way to the provider, which is not the same
/// for each request. It costs 2 % of the rate.
const SPAN: Duration = Duration::from_millis(1_020);

/// The times of the latest requests: of no more than the rate within any second.
#[derive(Debug)]
pub(crate) struct Window {
    rate: usize,
    /// In order, and no more than `rate` of them.
    granted: VecDeque<Duration>,
}

impl Window {
    pub(crate) fn new(rate: NonZeroU32) -> Self {
        Self {
            rate: rate.get() as usize,
            granted: VecDeque::new(),
        }
    }

    pub(crate) fn rate(&self) -> usize {
        self.rate
    }

    /// Keeps to another rate as well, if it is lower.
    pub(crate) fn lower(&mut self, rate: NonZeroU32) {
        self.rate = self.rate.min(rate.get() as usize);
        self.forget();
    }

    /// Lets a request go now, or says how long it has to wait.
    pub(crate) fn grant(&mut self, now: Duration) -> Result<(), Duration> {
        let wait = self.wait(now, 0);
        if !wait.is_zero() {
            return Err(wait);
        }
        // Threads may tell the time out of order.
        let latest = self.granted.back().copied().unwrap_or_default();
        self.granted.push_back(now.max(latest));
        self.forget();
        Ok(())
    }

    /// Returns how long a request has to wait if that many go before it, as soon as they may.
    pub(crate) fn wait(&self, now: Duration, ahead: usize) -> Duration {
        let (rounds, place) = (ahead / self.rate, ahead % self.rate);
        let free = self.rate - self.granted.len();
        let first = match place.checked_sub(free) {
            None => Duration::ZERO,
            Some(oldest) => (self.granted[oldest] + SPAN).saturating_sub(now),
        };
        first + SPAN * u32::try_from(rounds).unwrap_or(u32::MAX)
    }

    /// Drops the times that no longer count.
    fn forget(&mut self) {
        let extra = self.granted.len().saturating_sub(self.rate);
        self.granted.drain(..extra);
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn window(rate: u32) -> Window {
        Window::new(NonZeroU32::new(rate).unwrap())
    }

    /// Has requests arrive at these times, and returns when each is let go, first come first served.
    fn let_go(window: &mut Window, arrivals: &[Duration]) -> Vec<Duration> {
        let mut now = Duration::ZERO;
        let go = |arrival: &Duration| {
            now = now.max(*arrival);
            while let Err(wait) = window.grant(now) {
                now += wait;
            }
            now
        };
        arrivals.iter().map(go).collect()
    }

    /// Returns the most that went within any one second.
    fn busiest(times: &[Duration]) -> usize {
        let until = |from: Duration| times.partition_point(|at| *at <= from + SECOND);
        let within = |(n, from): (usize, &Duration)| until(*from) - n;
        times.iter().enumerate().map(within).max().unwrap_or(0)
    }

    #[test]
    fn a_burst_goes_at_once_and_the_next_when_the_first_is_over() {
        let times = let_go(&mut window(3), &[Duration::ZERO; 7]);
        let expected = [0, 0, 0, 1_020, 1_020, 1_020, 2_040].map(Duration::from_millis);
        assert_eq!(times, expected);
    }

    #[test]
    fn a_lower_rate_holds_at_once() {
        let mut window = window(5);
        let_go(&mut window, &[Duration::ZERO; 5]);
        window.lower(NonZeroU32::new(2).unwrap());
        window.lower(NonZeroU32::new(4).unwrap());
        let times = let_go(&mut window, &[SPAN; 3]);
        assert_eq!(times, [SPAN, SPAN, SPAN * 2]);
    }

    proptest! {
        #[test]
        fn no_second_has_more_than_the_rate_and_estimates_are_right(
            rate in 1..20u32,
            steps in vec(prop_oneof![4 => 0..20u64, 1 => 0..3_000u64], 1..200),
        ) {
            let mut now = Duration::ZERO;
            let arrivals: Vec<_> = steps
                .iter()
                .map(|step| {
                    now += Duration::from_millis(*step);
                    now
                })
                .collect();
            let times = let_go(&mut window(rate), &arrivals);
            prop_assert!(busiest(&times) <= rate as usize);
            prop_assert!(times.is_sorted() && times.iter().zip(&arrivals).all(|(go, at)| go >= at));

            // Nobody waits longer than was said with those before in sight.
            let mut fresh = window(rate);
            for (n, arrival) in arrivals.iter().enumerate() {
                let gone = times[..n].partition_point(|at| at <= arrival);
                let mut seen = window(rate);
                let_go(&mut seen, &times[..gone]);
                prop_assert_eq!(*arrival + seen.wait(*arrival, n - gone), times[n]);
            }
            prop_assert_eq!(let_go(&mut fresh, &times), times);
        }

        #[test]
        fn under_load_at_least_97_percent_of_the_rate_goes(
            rate in 1..200u32,
            late in 0..10u64,
            seconds in 3..20u32,
        ) {
            // Timers wake a little late; that is not caught up with, but neither does it add up.
            let mut window = window(rate);
            let (mut now, mut gone) = (Duration::ZERO, 0);
            while now < SECOND * seconds {
                match window.grant(now) {
                    Ok(()) => gone += 1,
                    Err(wait) => now += wait + Duration::from_millis(late),
                }
            }
            prop_assert!(f64::from(gone) >= 0.97 * f64::from(rate * seconds));
        }
    }
}
