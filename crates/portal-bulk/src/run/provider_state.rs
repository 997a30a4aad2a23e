use std::time::Duration;

use portal_core::{Error, Kind, PortalLink};

/// The first wait for a provider that asks for none; each later wait is longer by half.
const FIRST_WAIT: Duration = Duration::from_millis(100);

/// The longest such wait.
const MAX_WAIT: Duration = Duration::from_secs(15);

/// A run pauses after this many connection failures in a row: one alone is no outage.
const CONNECTION_FAILURES: u32 = 2;

/// The information about the provider in a call's outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Signal {
    /// It answered the request.
    Up,
    /// It serves no request now, and perhaps asks for a wait.
    Busy(Option<Duration>),
    /// It was not reached, or did not answer.
    Unreachable,
}

impl Signal {
    /// Returns the signal of an outcome; `None` if nothing was sent.
    pub(super) fn of(outcome: &Result<PortalLink, Error>) -> Option<Self> {
        let Err(error) = outcome else {
            return Some(Self::Up);
        };
        let status = error.status().map(|status| status.as_u16());
        match (error.kind(), status) {
            _ if error.attempts() == 0 => None,
            (Kind::RateLimited, _) | (Kind::Unavailable, Some(502..=504)) => {
                Some(Self::Busy(error.retry_after()))
            }
            (Kind::Unavailable | Kind::Timeout, None) => Some(Self::Unreachable),
            _ => Some(Self::Up),
        }
    }
}

/// What changes for the run after a signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// Nothing.
    None,
    /// No row starts for this long.
    Pause(Duration),
    /// The provider has served no row for too long: the run stops.
    GiveUp,
}

/// Decides whether rows may start, from the outcomes of earlier calls.
///
/// Every method takes the time since the run's start, so that tests set it.
#[derive(Debug)]
pub(super) struct ProviderState {
    phase: Phase,
    /// The length of the next wait if the provider asks for none.
    next_wait: Duration,
    /// The number of connection failures in a row.
    connection_failures: u32,
    /// When the provider first failed after it last served a row.
    failing_since: Option<Duration>,
    give_up_after: Duration,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Rows start freely.
    Open,
    /// No row starts before this time.
    Paused(Duration),
    /// One row may start, to probe whether the provider is back.
    Ready,
    /// That row is in flight.
    Probing,
}

impl ProviderState {
    pub(super) fn new(give_up_after: Duration) -> Self {
        Self {
            phase: Phase::Open,
            next_wait: FIRST_WAIT,
            connection_failures: 0,
            failing_since: None,
            give_up_after,
        }
    }

    pub(super) fn may_start(&self) -> bool {
        matches!(self.phase, Phase::Open | Phase::Ready)
    }

    /// Returns whether the next row probes the provider.
    pub(super) fn is_ready(&self) -> bool {
        self.phase == Phase::Ready
    }

    /// Returns when the pause ends.
    pub(super) fn paused_until(&self) -> Option<Duration> {
        match self.phase {
            Phase::Paused(until) => Some(until),
            Phase::Open | Phase::Ready | Phase::Probing => None,
        }
    }

    pub(super) fn end_pause(&mut self) {
        if self.paused_until().is_some() {
            self.phase = Phase::Ready;
        }
    }

    pub(super) fn record_start(&mut self) {
        if self.phase == Phase::Ready {
            self.phase = Phase::Probing;
        }
    }

    /// Records the outcome of a call.
    pub(super) fn record(&mut self, signal: Option<Signal>, now: Duration) -> Change {
        match signal {
            None => {
                if self.phase == Phase::Probing {
                    self.phase = Phase::Ready;
                }
                Change::None
            }
            Some(Signal::Up) => {
                self.record_up(now);
                Change::None
            }
            Some(Signal::Busy(retry_after)) => {
                self.connection_failures = 0;
                self.record_failure(retry_after.filter(|wait| !wait.is_zero()), now)
            }
            Some(Signal::Unreachable) => {
                self.connection_failures += 1;
                let is_first = self.connection_failures < CONNECTION_FAILURES;
                if is_first && self.phase == Phase::Open {
                    self.failing_since.get_or_insert(now);
                    return Change::None;
                }
                self.record_failure(None, now)
            }
        }
    }

    fn record_up(&mut self, now: Duration) {
        self.connection_failures = 0;
        match self.phase {
            // This answers a request from before the pause, so the pause stays.
            Phase::Paused(_) => self.failing_since = Some(now),
            Phase::Open | Phase::Ready | Phase::Probing => {
                self.phase = Phase::Open;
                self.next_wait = FIRST_WAIT;
                self.failing_since = None;
            }
        }
    }

    fn record_failure(&mut self, retry_after: Option<Duration>, now: Duration) -> Change {
        let since = *self.failing_since.get_or_insert(now);
        let left = since.saturating_add(self.give_up_after).saturating_sub(now);
        if left.is_zero() || retry_after.is_some_and(|wait| wait > left) {
            return Change::GiveUp;
        }
        // Calls that were in flight when the pause began may only extend it.
        let (earlier, own_wait) = match self.phase {
            Phase::Paused(until) => (until, Duration::ZERO),
            Phase::Open | Phase::Ready | Phase::Probing => {
                let wait = self.next_wait;
                self.next_wait = (wait * 3 / 2).min(MAX_WAIT);
                (Duration::ZERO, wait.min(left))
            }
        };
        let wait = retry_after.unwrap_or(own_wait);
        let until = now + wait;
        if until <= earlier {
            return Change::None;
        }
        self.phase = Phase::Paused(until);
        Change::Pause(wait)
    }
}

#[cfg(test)]
mod tests {
    use portal_core::Delivery;

    use super::*;

    const UP: Step = Step::Record(Some(Signal::Up));
    const BUSY: Step = Step::Record(Some(Signal::Busy(None)));
    const UNREACHABLE: Step = Step::Record(Some(Signal::Unreachable));
    const NOTHING: Step = Step::Record(None);

    #[derive(Clone, Copy, Debug)]
    enum Step {
        Record(Option<Signal>),
        /// The pause ends and the probing row starts.
        Probe,
    }

    const fn busy_for(seconds: u64) -> Step {
        Step::Record(Some(Signal::Busy(Some(Duration::from_secs(seconds)))))
    }

    /// Returns what changes at each step, with the time of the step in milliseconds.
    fn changes(give_up_after: u64, steps: &[(u64, Step)]) -> Vec<Change> {
        let mut state = ProviderState::new(Duration::from_secs(give_up_after));
        let changes = steps.iter().map(|(at, step)| match step {
            Step::Record(signal) => state.record(*signal, Duration::from_millis(*at)),
            Step::Probe => {
                assert!(!state.may_start(), "{steps:?}");
                state.end_pause();
                assert!(state.may_start());
                state.record_start();
                assert!(!state.may_start(), "one row probes");
                Change::None
            }
        });
        changes.collect()
    }

    fn pause(milliseconds: u64) -> Change {
        Change::Pause(Duration::from_millis(milliseconds))
    }

    #[test]
    fn the_run_pauses_as_the_provider_asks_and_with_growing_waits_otherwise() {
        use Change::{GiveUp, None};
        use Step::Probe;
        for (why, steps, expected) in [
            (
                "as long as it asks",
                vec![(0, busy_for(7)), (7_000, Probe), (7_001, UP), (7_002, BUSY)],
                vec![pause(7_000), None, None, pause(100)],
            ),
            (
                "a wait of zero says nothing",
                vec![(0, busy_for(0))],
                vec![pause(100)],
            ),
            (
                "calls in flight extend a pause, but do not count as another",
                vec![
                    (0, BUSY),
                    (1, BUSY),
                    (2, UNREACHABLE),
                    (3, busy_for(2)),
                    (4, busy_for(1)),
                ],
                vec![pause(100), None, None, pause(2_000), None],
            ),
            (
                "waits grow by half",
                [0, 1_000, 2_000, 3_000]
                    .into_iter()
                    .flat_map(|at| [(at, BUSY), (at, Probe)])
                    .collect(),
                [100_000, 150_000, 225_000, 337_500]
                    .into_iter()
                    .flat_map(|wait| [Change::Pause(Duration::from_micros(wait)), None])
                    .collect(),
            ),
            (
                "one lost connection is no outage, two in a row are",
                vec![
                    (0, UNREACHABLE),
                    (1, UP),
                    (2, UNREACHABLE),
                    (3, UNREACHABLE),
                ],
                vec![None, None, None, pause(100)],
            ),
            (
                "a lost probe is enough",
                vec![(0, BUSY), (500, Probe), (600, UNREACHABLE)],
                vec![pause(100), None, pause(150)],
            ),
            (
                "an answer to an earlier request does not end a pause",
                vec![(0, busy_for(2)), (1, UP), (2, busy_for(1)), (2_000, Probe)],
                vec![pause(2_000), None, None, None],
            ),
            (
                "a probe that was not sent is followed by another",
                vec![
                    (0, busy_for(2)),
                    (2_000, Probe),
                    (2_001, NOTHING),
                    (2_002, BUSY),
                ],
                vec![pause(2_000), None, None, pause(150)],
            ),
            (
                "the last probe comes when the time is up",
                vec![
                    (0, BUSY),
                    (500, Probe),
                    (500, BUSY),
                    (1_500, Probe),
                    (299_900, BUSY),
                    (300_000, Probe),
                    (300_000, BUSY),
                ],
                vec![pause(100), None, pause(150), None, pause(100), None, GiveUp],
            ),
            (
                "a served row starts the time again",
                vec![(0, BUSY), (299_000, Probe), (299_000, UP), (301_000, BUSY)],
                vec![pause(100), None, None, pause(100)],
            ),
            (
                "a wait beyond the time is not begun",
                vec![(0, busy_for(301))],
                vec![GiveUp],
            ),
            (
                "a wait within it is",
                vec![(0, busy_for(300))],
                vec![pause(300_000)],
            ),
            (
                "an endless wait does not overflow",
                vec![(0, busy_for(u64::MAX))],
                vec![GiveUp],
            ),
        ] {
            assert_eq!(changes(300, &steps), expected, "{why}");
        }
    }

    #[test]
    fn waits_do_not_grow_beyond_a_quarter_of_a_minute() {
        let probes = (0..20).flat_map(|at| [(at, BUSY), (at, Step::Probe)]);
        let steps: Vec<_> = probes.chain([(20, BUSY)]).collect();
        assert_eq!(changes(300, &steps).last(), Some(&pause(15_000)));
    }

    #[test]
    fn only_limits_outages_and_connection_failures_are_about_the_provider() {
        let error = |kind, delivery| Error::new(kind, delivery, "x").with_attempts(1);
        let status = |kind, status: u16| {
            error(kind, Delivery::Unknown).with_status(status.try_into().unwrap())
        };
        let wait = Duration::from_secs(3);
        for (error, signal) in [
            (status(Kind::RateLimited, 429), Some(Signal::Busy(None))),
            (
                status(Kind::Unavailable, 503).with_retry_after(wait),
                Some(Signal::Busy(Some(wait))),
            ),
            (status(Kind::Unavailable, 502), Some(Signal::Busy(None))),
            (status(Kind::Unavailable, 500), Some(Signal::Up)),
            (status(Kind::NotFound, 404), Some(Signal::Up)),
            (
                error(Kind::Unavailable, Delivery::NotSent),
                Some(Signal::Unreachable),
            ),
            (
                error(Kind::Unavailable, Delivery::Unknown),
                Some(Signal::Unreachable),
            ),
            (
                error(Kind::Timeout, Delivery::Unknown),
                Some(Signal::Unreachable),
            ),
            (Error::invalid("email", "x"), None),
        ] {
            assert_eq!(Signal::of(&Err(error.clone())), signal, "{error:?}");
        }
    }
}
