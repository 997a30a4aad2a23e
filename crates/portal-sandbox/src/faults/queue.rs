use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

use super::fault::{Fault, QueuedFault};
use super::rate_limit::RateLimiter;
use crate::providers::info::ProviderInfo;

/// The queued faults, in the order in which they were added, and the rate limit.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    state: Mutex<FaultState>,
}

#[derive(Debug, Default)]
struct FaultState {
    queued: VecDeque<QueuedFault>,
    rate_limit: Option<RateLimiter>,
}

/// Whether a call is answered, gets a fault or is refused.
pub(crate) enum FaultDecision {
    /// The provider answers the call.
    Answer,
    Inject(Fault),
    /// The call exceeds the rate limit.
    Refuse {
        retry_after: Option<u64>,
    },
}

/// The maximum number of queued faults, so that a loop that only adds faults does not fill the memory.
pub(crate) const MAX_QUEUED: usize = 1000;

impl Faults {
    /// Queues a fault; `false` if the queue is full.
    pub(crate) fn push(&self, queued: QueuedFault) -> bool {
        let mut state = self.state();
        let room = state.queued.len() < MAX_QUEUED;
        if room {
            state.queued.push_back(queued);
        }
        room
    }

    pub(crate) fn queued(&self) -> Vec<QueuedFault> {
        self.state().queued.iter().cloned().collect()
    }

    pub(crate) fn rate_limit(&self) -> Option<RateLimiter> {
        self.state().rate_limit.clone()
    }

    pub(crate) fn set_rate_limit(&self, limit: Option<RateLimiter>) {
        self.state().rate_limit = limit;
    }

    pub(crate) fn clear_queue(&self) {
        self.state().queued.clear();
    }

    /// Removes all faults and the rate limit.
    pub(crate) fn clear(&self) {
        *self.state() = FaultState::default();
    }

    /// Decides what happens to a call at `moment`, and counts it. A call beyond the rate limit takes no fault off the queue.
    pub(crate) fn decide(
        &self,
        provider: &'static ProviderInfo,
        moment: Timestamp,
    ) -> FaultDecision {
        let mut state = self.state();
        if let Some(limit) = &mut state.rate_limit
            && limit.provider() == provider
            && !limit.admit(moment)
        {
            return FaultDecision::Refuse {
                retry_after: limit.retry_after_seconds(),
            };
        }
        let index = state
            .queued
            .iter()
            .position(|queued| queued.provider == provider);
        let Some(queued) = index.and_then(|index| state.queued.get_mut(index)) else {
            return FaultDecision::Answer;
        };
        let fault = queued.fault.clone();
        queued.times -= 1;
        if queued.times == 0
            && let Some(index) = index
        {
            state.queued.remove(index);
        }
        FaultDecision::Inject(fault)
    }

    fn state(&self) -> MutexGuard<'_, FaultState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
