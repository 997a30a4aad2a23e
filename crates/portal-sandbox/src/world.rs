use std::sync::Arc;

use jiff::Timestamp;

use crate::journal::Journal;
use crate::store::Store;
use crate::{Clock, Dialect};

/// What every handler shares: the state, the time, and what was asked for at the start.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) store: Store,
    pub(crate) journal: Journal,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) dialect: Dialect,
    /// The origin that links lead to, without a trailing slash.
    pub(crate) url: String,
}

impl World {
    /// Returns the sandbox's time in whole seconds, as both providers' answers show it.
    pub(crate) fn now(&self) -> Timestamp {
        whole_seconds(self.clock.now())
    }
}

pub(crate) fn whole_seconds(moment: Timestamp) -> Timestamp {
    Timestamp::from_second(moment.as_second()).expect("a timestamp's own second is in range")
}
