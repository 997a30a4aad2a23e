use std::fmt;

use super::fact::Bound;
use super::figures::Metric;

/// Where a group's first, ours, should stand.
#[derive(Debug, Clone, Copy)]
pub(super) struct Target {
    pub(super) metric: Metric,
    /// Ours is a multiple of this peer's; without one it stands for itself.
    pub(super) against: Option<&'static str>,
    /// Whose figures are taken from everyone's first: a bare interpreter's, or the wire's.
    pub(super) beyond: Option<&'static str>,
    pub(super) bound: Option<Bound>,
}

impl Target {
    /// Ours is at least so many times the peer's.
    pub(super) const fn at_least(times: f64, against: &'static str, metric: Metric) -> Self {
        Self {
            metric,
            against: Some(against),
            beyond: None,
            bound: Some(Bound::AtLeast(times)),
        }
    }

    /// Ours is at most so many times the peer's.
    pub(super) const fn at_most(times: f64, against: &'static str, metric: Metric) -> Self {
        Self {
            metric,
            against: Some(against),
            beyond: None,
            bound: Some(Bound::AtMost(times)),
        }
    }

    /// Ours is at most that: seconds, or KiB.
    pub(super) const fn limit(most: f64, metric: Metric) -> Self {
        Self {
            metric,
            against: None,
            beyond: None,
            bound: Some(Bound::AtMost(most)),
        }
    }

    /// The same of what is left without `base`, one of the group.
    pub(super) const fn beyond(mut self, base: &'static str) -> Self {
        self.beyond = Some(base);
        self
    }
}

/// What is compared with whose.
impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.against {
            Some(peer) => write!(f, "{} against {peer}", self.metric)?,
            None => write!(f, "{} of ours", self.metric)?,
        }
        match self.beyond {
            Some(base) => write!(f, ", beyond `{base}`"),
            None => Ok(()),
        }
    }
}
