use std::collections::VecDeque;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::providers::info::ProviderInfo;

/// A limit on a provider's calls within any second of the sandbox's time.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct RateLimiter {
    provider: &'static ProviderInfo,
    per_second: u64,
    /// Whether a refusal has a `Retry-After`. Kwik documents neither a refusal nor the header.
    retry_after: bool,
    /// How many calls were refused so far.
    refused: u64,
    /// The arrival times of the calls that were admitted in the last second.
    #[serde(skip)]
    admitted: VecDeque<Timestamp>,
}

const WINDOW: SignedDuration = SignedDuration::from_secs(1);

impl RateLimiter {
    /// Creates a limit of `per_second` calls, at least one.
    pub(crate) fn new(provider: &'static ProviderInfo, per_second: u64, retry_after: bool) -> Self {
        Self {
            provider,
            per_second,
            retry_after,
            refused: 0,
            admitted: VecDeque::new(),
        }
    }

    pub(super) fn provider(&self) -> &'static ProviderInfo {
        self.provider
    }

    /// Admits a call or refuses it; a refused call does not count.
    pub(super) fn admit(&mut self, moment: Timestamp) -> bool {
        // Calls can overtake one another, and the clock can go back: compare by absolute distance.
        self.admitted
            .retain(|other| moment.duration_since(*other).abs() < WINDOW);
        let room = (self.admitted.len() as u64) < self.per_second;
        if room {
            self.admitted.push_back(moment);
        } else {
            self.refused += 1;
        }
        room
    }

    /// Returns the value of `Retry-After`: the window is one second, and the header takes whole seconds only.
    pub(super) fn retry_after_seconds(&self) -> Option<u64> {
        self.retry_after.then_some(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::kwik::info::KWIK;

    fn at(milliseconds: i64) -> Timestamp {
        Timestamp::from_millisecond(milliseconds).unwrap()
    }

    #[test]
    fn calls_that_overtake_one_another_all_count() {
        let mut limit = RateLimiter::new(&KWIK, 2, false);
        assert!(limit.admit(at(5_010)) && limit.admit(at(5_000)));
        assert!(!limit.admit(at(5_005)) && !limit.admit(at(5_999)));
        assert_eq!(limit.refused, 2);
        assert!(limit.admit(at(6_000)));
        // The clock went back.
        assert!(limit.admit(at(0)));
    }
}
