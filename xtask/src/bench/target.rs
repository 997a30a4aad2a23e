use std::fmt;

use super::figures::Metric;
use super::group::Measured;

/// Where we want to stand.
#[derive(Debug, Clone, Copy)]
pub(super) struct Target {
    metric: Metric,
    /// Ours is a multiple of this peer's; without one it stands for itself.
    against: Option<&'static str>,
    bound: Bound,
}

#[derive(Debug, Clone, Copy)]
enum Bound {
    AtLeast(f64),
    AtMost(f64),
}

impl Target {
    /// Ours is at least so many times the peer's.
    pub(super) const fn at_least(times: f64, against: &'static str, metric: Metric) -> Self {
        Self {
            metric,
            against: Some(against),
            bound: Bound::AtLeast(times),
        }
    }

    /// Ours is at most so many times the peer's.
    pub(super) const fn at_most(times: f64, against: &'static str, metric: Metric) -> Self {
        Self {
            metric,
            against: Some(against),
            bound: Bound::AtMost(times),
        }
    }

    /// Ours is at most that: seconds, or KiB.
    pub(super) const fn limit(most: f64, metric: Metric) -> Self {
        Self {
            metric,
            against: None,
            bound: Bound::AtMost(most),
        }
    }

    /// Returns what was reached; `None` where the peer was not measured.
    pub(super) fn reached(&self, measured: &Measured) -> Option<f64> {
        match self.against {
            Some(peer) => measured.ratio(peer, self.metric),
            None => measured.ours(self.metric),
        }
    }

    pub(super) fn verdict(&self, measured: &Measured) -> &'static str {
        match (self.reached(measured), self.bound) {
            (None, _) => "not measured",
            (Some(reached), Bound::AtLeast(least)) if reached >= least => "met",
            (Some(reached), Bound::AtMost(most)) if reached <= most => "met",
            (Some(_), Bound::AtLeast(_) | Bound::AtMost(_)) => "NOT met",
        }
    }

    /// Shows a value of this target's: a multiple, milliseconds or MB.
    pub(super) fn show(&self, value: f64) -> String {
        match (self.against, self.metric) {
            (Some(_), _) if value < 1.0 => format!("{value:.3} ×"),
            (Some(_), _) => format!("{value:.2} ×"),
            (None, Metric::Peak) => format!("{:.1} MB", value * 1024.0 / 1e6),
            (None, _) => format!("{:.3} ms", value * 1e3),
        }
    }

    /// The bound, as words.
    pub(super) fn bound(&self) -> String {
        match self.bound {
            Bound::AtLeast(least) => format!("≥ {}", self.show(least)),
            Bound::AtMost(most) => format!("≤ {}", self.show(most)),
        }
    }
}

/// What is compared with whose.
impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.against {
            Some(peer) => write!(f, "{} against {peer}", self.metric),
            None => write!(f, "{} of ours", self.metric),
        }
    }
}
