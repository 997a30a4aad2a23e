use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use jiff::Timestamp;

use crate::clock::{add_seconds, truncate_to_seconds};
use crate::faults::Faults;
use crate::journal::Journal;
use crate::schedule::scheduler::Scheduler;
use crate::server::limits::Limits;
use crate::store::Store;
use crate::{Clock, Dialect, Seed};

/// The state that all handlers share: the database, the clock and the configuration.
#[derive(Debug)]
pub(crate) struct AppState {
    pub(crate) store: Store,
    pub(crate) journal: Journal,
    pub(crate) faults: Faults,
    pub(crate) limits: Limits,
    pub(crate) clock: Arc<dyn Clock>,
    /// The database's clock offset in seconds, cached so that reading the time needs no query.
    pub(crate) offset: AtomicI64,
    pub(crate) scheduler: Scheduler,
    pub(crate) seed: Arc<Seed>,
    pub(crate) dialect: Dialect,
    /// The time that a webhook's receiver has to answer.
    pub(crate) webhook_timeout: Duration,
    /// The origin of all links, without a trailing slash.
    pub(crate) url: String,
}

impl AppState {
    /// Returns the sandbox's time in whole seconds, as both providers' answers show it.
    pub(crate) fn now(&self) -> Timestamp {
        truncate_to_seconds(self.precise_now())
    }

    /// Returns the sandbox's time: the clock's, plus the offset by which it was advanced.
    pub(crate) fn precise_now(&self) -> Timestamp {
        add_seconds(self.clock.now(), self.offset())
    }

    pub(crate) fn offset(&self) -> i64 {
        self.offset.load(Ordering::Relaxed)
    }

    pub(crate) fn set_offset(&self, seconds: i64) {
        self.offset.store(seconds, Ordering::Relaxed);
    }

    /// Returns the clock's second, without the offset.
    pub(crate) fn clock_second(&self) -> i64 {
        truncate_to_seconds(self.clock.now()).as_second()
    }
}
