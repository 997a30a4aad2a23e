//! Faults: the answers that a provider gives on a bad day, on demand.
//!
//! They are kept in memory, like the journal: they are about what a developer is trying right now.

mod answer;
mod pending;
mod rate_limit;

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

pub(crate) use self::answer::{HangUp, broken_off, in_place, too_many};
pub(crate) use self::pending::{Fault, Pending};
pub(crate) use self::rate_limit::RateLimit;
use crate::provider::Provider;

/// What goes wrong next, per provider in the order in which it was asked for.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    pending: VecDeque<Pending>,
    rate_limit: Option<RateLimit>,
}

/// What a call shall meet.
pub(crate) enum Met {
    Nothing,
    Fault(Fault),
    TooMany {
        provider: Provider,
        retry_after: Option<u64>,
    },
}

/// The most faults that may wait, so that a loop that never calls the provider fills no memory.
pub(crate) const MOST_PENDING: usize = 1000;

impl Faults {
    /// Queues a fault; `false` when too many wait already.
    pub(crate) fn push(&self, pending: Pending) -> bool {
        let mut state = self.state();
        let room = state.pending.len() < MOST_PENDING;
        if room {
            state.pending.push_back(pending);
        }
        room
    }

    pub(crate) fn pending(&self) -> Vec<Pending> {
        self.state().pending.iter().cloned().collect()
    }

    pub(crate) fn rate_limit(&self) -> Option<RateLimit> {
        self.state().rate_limit.clone()
    }

    pub(crate) fn set_rate_limit(&self, limit: Option<RateLimit>) {
        self.state().rate_limit = limit;
    }

    pub(crate) fn clear_pending(&self) {
        self.state().pending.clear();
    }

    /// Forgets all faults and the rate limit.
    pub(crate) fn clear(&self) {
        *self.state() = State::default();
    }

    /// Says what a call at `moment` meets, and counts it. A call beyond the rate limit meets no fault of the queue.
    pub(crate) fn meet(&self, provider: Provider, moment: Timestamp) -> Met {
        let mut state = self.state();
        if let Some(limit) = &mut state.rate_limit
            && limit.provider() == provider
            && !limit.admit(moment)
        {
            return Met::TooMany {
                provider,
                retry_after: limit.wait(),
            };
        }
        let index = state
            .pending
            .iter()
            .position(|pending| pending.provider == provider);
        let Some(pending) = index.and_then(|index| state.pending.get_mut(index)) else {
            return Met::Nothing;
        };
        let fault = pending.fault.clone();
        pending.times -= 1;
        if pending.times == 0
            && let Some(index) = index
        {
            state.pending.remove(index);
        }
        Met::Fault(fault)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
