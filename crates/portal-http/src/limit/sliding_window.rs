use std::collections::VecDeque;
use std::time::Duration;

use portal_core::RateLimit;

use crate::limit::spread::{EvenSchedule, Spread};

/// Added to the limit's period, because requests take different times to reach the provider.
///
/// It costs 2 % of a rate per second. On loopback on a busy machine the times differ by up to 7 ms;
/// 10 ms was enough there, but networks vary more.
const MARGIN: Duration = Duration::from_millis(20);

/// Grants permits so that no period has more written requests than the limit.
///
/// The window has as many slots as the limit has requests. A permit takes a slot when it is
/// granted. The slot is free again one window length (period and margin) after the request was
/// written, because the provider counts requests by when they arrive. A permit may be pending for
/// long: its request may wait for a connection.
///
/// Times are durations since the start of the client's clock.
#[derive(Debug)]
pub(crate) struct SlidingWindow {
    limit: RateLimit,
    /// How many permits are granted and not settled: their requests may be written at any moment.
    pending: usize,
    /// When the settled requests were written, oldest first. An expired one stays until a new permit
    /// needs its slot.
    written: VecDeque<Duration>,
    /// Used only by requests that are spread evenly.
    even_schedule: EvenSchedule,
}

impl SlidingWindow {
    pub(crate) fn new(limit: RateLimit) -> Self {
        Self {
            limit,
            pending: 0,
            written: VecDeque::new(),
            even_schedule: EvenSchedule::default(),
        }
    }

    pub(crate) fn limit(&self) -> RateLimit {
        self.limit
    }

    /// Applies another limit as well, if it is lower.
    pub(crate) fn lower(&mut self, limit: RateLimit) {
        if limit.is_lower_than(self.limit) {
            self.limit = limit;
        }
    }

    /// Grants a permit now, or returns the minimum wait for one.
    pub(crate) fn grant(&mut self, now: Duration, spread: Spread) -> Result<(), Duration> {
        let wait = self.wait(now, 0, spread);
        if !wait.is_zero() {
            return Err(wait);
        }
        // Without a wait, these slots are expired. After a lower limit there may be several.
        let surplus = (self.taken() + 1).saturating_sub(self.slots());
        self.written.drain(..surplus);
        self.pending += 1;
        if spread == Spread::Evenly {
            self.even_schedule.advance(now, self.interval());
        }
        Ok(())
    }

    /// Records that the request of a pending permit is written now.
    pub(crate) fn settle(&mut self, now: Duration) {
        self.pending -= 1;
        // Threads may read the clock out of order.
        let latest = self.written.back().copied().unwrap_or_default();
        self.written.push_back(now.max(latest));
    }

    /// Returns the minimum wait of a request with `ahead` others before it in the queue.
    ///
    /// The wait is exact if pending requests are written now and those ahead as soon as they may.
    pub(crate) fn wait(&self, now: Duration, ahead: usize, spread: Spread) -> Duration {
        let wait = self.wait_for_slot(now, ahead);
        match spread {
            Spread::AtOnce => wait,
            Spread::Evenly => wait.max(self.even_schedule.wait(now, ahead, self.interval())),
        }
    }

    /// Returns the minimum wait until a slot is free for a request behind `ahead` others.
    fn wait_for_slot(&self, now: Duration, ahead: usize) -> Duration {
        // Each group of as many requests as there are slots takes one window length.
        let (full_windows, ahead) = (ahead / self.slots(), ahead % self.slots());
        let wait = match (self.taken() + ahead).checked_sub(self.slots()) {
            None => Duration::ZERO,
            // All slots are taken: the request waits until this one is free. Written requests come
            // first, pending ones after them.
            Some(index) => {
                let written = self.written.get(index).copied().unwrap_or(now);
                (written + self.length()).saturating_sub(now)
            }
        };
        wait + self.length() * u32::try_from(full_windows).unwrap_or(u32::MAX)
    }

    fn slots(&self) -> usize {
        self.limit.requests().get() as usize
    }

    /// Returns how many slots are taken, those of expired requests included.
    fn taken(&self) -> usize {
        self.pending + self.written.len()
    }

    /// Returns how long a written request keeps its slot.
    fn length(&self) -> Duration {
        self.limit.period() + MARGIN
    }

    /// Returns the distance between two evenly spread requests.
    fn interval(&self) -> Duration {
        self.length() / self.limit.requests().get()
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);
    /// A window's length for a limit per second.
    const LENGTH: Duration = Duration::from_millis(1_020);

    fn limit(rate: u32) -> RateLimit {
        RateLimit::per_second(NonZeroU32::new(rate).unwrap())
    }

    fn window(rate: u32) -> SlidingWindow {
        SlidingWindow::new(limit(rate))
    }

    /// Returns when requests that arrive at these times are granted, first come first served.
    fn grant_all(window: &mut SlidingWindow, arrivals: &[Duration]) -> Vec<Duration> {
        let mut now = Duration::ZERO;
        let grant = |arrival: &Duration| {
            now = now.max(*arrival);
            while let Err(wait) = window.grant(now, Spread::AtOnce) {
                now += wait;
            }
            window.settle(now);
            now
        };
        arrivals.iter().map(grant).collect()
    }

    /// Returns the largest number of requests in any second.
    fn max_in_a_second(times: &[Duration]) -> usize {
        let end = |start: Duration| times.partition_point(|at| *at <= start + SECOND);
        let count = |(index, start): (usize, &Duration)| end(*start) - index;
        times.iter().enumerate().map(count).max().unwrap_or(0)
    }

    #[test]
    fn a_burst_is_sent_at_once_and_the_next_one_a_period_later() {
        let times = grant_all(&mut window(3), &[Duration::ZERO; 7]);
        let expected = [0, 0, 0, 1_020, 1_020, 1_020, 2_040].map(Duration::from_millis);
        assert_eq!(times, expected);
    }

    #[test]
    fn a_request_counts_from_when_it_is_written() {
        let mut window = window(2);
        assert_eq!(window.grant(Duration::ZERO, Spread::AtOnce), Ok(()));
        assert_eq!(window.grant(Duration::ZERO, Spread::AtOnce), Ok(()));
        // A pending request may be written at any moment, however old its permit is.
        assert_eq!(window.grant(LENGTH * 9, Spread::AtOnce), Err(LENGTH));
        window.settle(LENGTH * 9);
        assert_eq!(
            window.grant(LENGTH * 9 + SECOND, Spread::AtOnce),
            Err(LENGTH - SECOND)
        );
        assert_eq!(window.grant(LENGTH * 10, Spread::AtOnce), Ok(()));
        assert_eq!(window.wait(LENGTH * 10, 3, Spread::AtOnce), LENGTH * 2);
    }

    #[test]
    fn a_lower_limit_applies_at_once() {
        let mut window = window(5);
        grant_all(&mut window, &[Duration::ZERO; 5]);
        window.lower(limit(2));
        window.lower(limit(4));
        let times = grant_all(&mut window, &[LENGTH; 3]);
        assert_eq!(times, [LENGTH, LENGTH, LENGTH * 2]);

        // Also to pending requests.
        for _ in 0..2 {
            window.grant(LENGTH * 3, Spread::AtOnce).unwrap();
        }
        window.lower(limit(1));
        window.settle(LENGTH * 3);
        window.settle(LENGTH * 4);
        assert_eq!(
            grant_all(&mut window, &[LENGTH * 4; 2]),
            [LENGTH * 5, LENGTH * 6]
        );
    }

    #[test]
    fn evenly_spread_requests_are_sent_at_equal_distances_and_catch_up_a_little() {
        let mut window = window(10);
        let interval = LENGTH / 10;
        let grant = |window: &mut SlidingWindow, now| {
            let result = window.grant(now, Spread::Evenly);
            if result.is_ok() {
                window.settle(now);
            }
            result
        };
        let start = SECOND * 5;
        // The schedule is far behind, so the first two catch up.
        let at_once = (0..10)
            .take_while(|_| grant(&mut window, start).is_ok())
            .count();
        assert_eq!(at_once, 2);
        let wait = grant(&mut window, start).unwrap_err();
        assert!(wait > Duration::ZERO && wait < interval);
        assert_eq!(grant(&mut window, start + wait), Ok(()));
        assert_eq!(grant(&mut window, start + wait), Err(interval));
        assert_eq!(window.wait(start + wait, 3, Spread::Evenly), interval * 4);
        // A request that is not spread does not wait for the distance.
        assert_eq!(window.wait(start + wait, 0, Spread::AtOnce), Duration::ZERO);
    }

    #[test]
    fn a_limit_holds_for_its_own_period() {
        let minute = Duration::from_secs(60);
        let mut window = SlidingWindow::new(RateLimit::new(NonZeroU32::new(2).unwrap(), minute));
        let times = grant_all(&mut window, &[Duration::ZERO; 3]);
        assert_eq!(times, [Duration::ZERO, Duration::ZERO, minute + MARGIN]);
        // 2 a minute are fewer than 2 a second.
        window.lower(RateLimit::per_second(NonZeroU32::new(2).unwrap()));
        assert_eq!(window.limit().period(), minute);
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
            let times = grant_all(&mut window(rate), &arrivals);
            prop_assert!(max_in_a_second(&times) <= rate as usize);
            prop_assert!(times.is_sorted() && times.iter().zip(&arrivals).all(|(granted, at)| granted >= at));

            // The wait that was estimated on arrival is the wait that followed.
            for (n, arrival) in arrivals.iter().enumerate() {
                let sent = times[..n].partition_point(|at| at <= arrival);
                let mut window = window(rate);
                grant_all(&mut window, &times[..sent]);
                let wait = window.wait(*arrival, n - sent, Spread::AtOnce);
                prop_assert_eq!(*arrival + wait, times[n]);
            }
            // Requests that come when they may go do not wait.
            prop_assert_eq!(grant_all(&mut window(rate), &times), times);
        }

        #[test]
        fn no_second_has_more_than_the_rate_however_late_requests_are_written(
            rate in 1..20u32,
            delays in vec(prop_oneof![4 => 0..5u64, 2 => 0..400u64, 1 => 0..20_000u64], 1..300),
        ) {
            let mut window = window(rate);
            let mut now = Duration::ZERO;
            // When the requests of pending permits will be written, each after its own delay.
            let mut pending = Vec::new();
            let mut times = Vec::new();
            for delay in delays {
                loop {
                    pending.sort();
                    let due: Vec<_> = pending.extract_if(.., |at| *at <= now).collect();
                    for at in due {
                        window.settle(at);
                        times.push(at);
                    }
                    match window.grant(now, Spread::AtOnce) {
                        Ok(()) => break,
                        // The wait is not shortened when another request is written meanwhile.
                        Err(wait) => now += wait,
                    }
                }
                pending.push(now + Duration::from_millis(delay));
            }
            times.extend(pending);
            times.sort();
            prop_assert!(max_in_a_second(&times) <= rate as usize);
        }

        #[test]
        fn late_timers_cost_at_most_3_percent_of_the_rate(
            rate in 1..200u32,
            late in 0..10u64,
            seconds in 3..20u32,
        ) {
            // Timers wake a little late; the delays do not add up.
            let mut window = window(rate);
            let (mut now, mut sent) = (Duration::ZERO, 0);
            while now < SECOND * seconds {
                match window.grant(now, Spread::AtOnce) {
                    Ok(()) => {
                        window.settle(now);
                        sent += 1;
                    }
                    Err(wait) => now += wait + Duration::from_millis(late),
                }
            }
            prop_assert!(f64::from(sent) >= 0.97 * f64::from(rate * seconds));
        }
    }
}
