use std::collections::VecDeque;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::control::fields::{Fields, Wrong};
use crate::provider::Provider;

/// The most calls that a provider takes within any second of the sandbox's time.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct RateLimit {
    provider: Provider,
    per_second: u64,
    /// Whether a refusal says when to come back. Kwik's documentation shows neither.
    retry_after: bool,
    /// How many calls were refused so far.
    refused: u64,
    /// When the calls of the last second were let in, oldest first.
    #[serde(skip)]
    admitted: VecDeque<Timestamp>,
}

const MOST_PER_SECOND: u64 = 10_000;
/// What Kwik documents.
const DOCUMENTED: u64 = 100;
const WINDOW: SignedDuration = SignedDuration::from_secs(1);

impl RateLimit {
    /// Reads `{"provider": "kwik", "per_second": 100, "retry_after": false}`, where the last two may be left out;
    /// `"per_second": 0` is no limit.
    pub(crate) fn read(body: &[u8]) -> Result<Option<Self>, Wrong> {
        let mut fields = Fields::read(body)?;
        let provider = fields.provider()?;
        if provider != Provider::Kwik {
            return Err(Wrong::field(
                "provider",
                "must be `kwik`: OnlineApp documents no rate limit",
            ));
        }
        let per_second = fields.whole("per_second", 0..=MOST_PER_SECOND)?;
        let per_second = per_second.unwrap_or(DOCUMENTED);
        let retry_after = fields.flag("retry_after")?.unwrap_or(false);
        fields.end("a rate limit")?;
        Ok((per_second > 0).then(|| Self {
            provider,
            per_second,
            retry_after,
            refused: 0,
            admitted: VecDeque::new(),
        }))
    }

    pub(super) fn provider(&self) -> Provider {
        self.provider
    }

    /// Lets a call in, or does not; a call that is refused does not count.
    pub(super) fn admit(&mut self, moment: Timestamp) -> bool {
        // One that arrived later may have come first here; a time that went back leaves no call far ahead of it.
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

    /// What `Retry-After` says: the window is a second, and the header knows whole seconds only.
    pub(super) fn wait(&self) -> Option<u64> {
        self.retry_after.then_some(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(milliseconds: i64) -> Timestamp {
        Timestamp::from_millisecond(milliseconds).unwrap()
    }

    #[test]
    fn calls_that_overtake_one_another_count_all_the_same() {
        let mut limit = RateLimit::read(br#"{"provider":"kwik","per_second":2}"#);
        let limit = limit.as_mut().unwrap().as_mut().unwrap();
        assert!(limit.admit(at(5_010)) && limit.admit(at(5_000)));
        assert!(!limit.admit(at(5_005)) && !limit.admit(at(5_999)));
        assert_eq!(limit.refused, 2);
        assert!(limit.admit(at(6_000)));
        // Nothing is ahead of a time that went back.
        assert!(limit.admit(at(0)));
    }
}
