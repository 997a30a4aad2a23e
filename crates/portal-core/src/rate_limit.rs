use std::fmt;
use std::num::NonZeroU32;
use std::time::Duration;

/// How many requests may be sent in any period of a length.
///
/// ```
/// use std::num::NonZeroU32;
/// use std::time::Duration;
/// use portal_core::RateLimit;
///
/// let requests = NonZeroU32::new(300).unwrap();
/// let limit = RateLimit::new(requests, Duration::from_secs(60));
/// assert_eq!(limit.to_string(), "300 in 60 s");
/// assert_eq!(RateLimit::per_second(requests).to_string(), "300 a second");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimit {
    requests: NonZeroU32,
    period: Duration,
}

impl RateLimit {
    /// Allows `requests` in any `period`.
    ///
    /// # Panics
    /// If the period is zero.
    #[must_use]
    pub const fn new(requests: NonZeroU32, period: Duration) -> Self {
        assert!(!period.is_zero(), "a rate limit's period is not zero");
        Self { requests, period }
    }

    /// Allows `requests` in any second.
    #[must_use]
    pub const fn per_second(requests: NonZeroU32) -> Self {
        Self::new(requests, Duration::from_secs(1))
    }

    /// Returns how many requests may be sent in a period.
    #[must_use]
    pub const fn requests(self) -> NonZeroU32 {
        self.requests
    }

    /// Returns the length of the period.
    #[must_use]
    pub const fn period(self) -> Duration {
        self.period
    }

    /// Returns the requests per second, if the period is a second.
    #[must_use]
    pub fn as_per_second(self) -> Option<NonZeroU32> {
        (self.period == Duration::from_secs(1)).then_some(self.requests)
    }

    /// Returns whether this limit allows fewer requests per time than another.
    #[must_use]
    pub fn is_lower_than(self, other: Self) -> bool {
        let weight = |limit: Self, period: Duration| {
            u128::from(limit.requests.get()).saturating_mul(period.as_nanos())
        };
        weight(self, other.period) < weight(other, self.period)
    }
}

impl fmt::Display for RateLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.period.as_secs_f64() {
            1.0 => write!(f, "{} a second", self.requests),
            seconds => write!(f, "{} in {seconds} s", self.requests),
        }
    }
}
