use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::fault::Faults;
use crate::journal::Journal;
use crate::seed::Seed;
use crate::store::{self, Result, Store};
use crate::timeline::{self, Timekeeper};
use crate::{Clock, Dialect};

/// What every handler shares: the state, the time, and what was asked for at the start.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) store: Store,
    pub(crate) journal: Journal,
    pub(crate) faults: Faults,
    pub(crate) clock: Arc<dyn Clock>,
    /// What the database holds, so that telling the time needs no look there.
    pub(crate) offset: AtomicI64,
    pub(crate) timekeeper: Timekeeper,
    pub(crate) seed: Arc<Seed>,
    pub(crate) dialect: Dialect,
    /// How long a webhook's receiver has to answer.
    pub(crate) webhook_timeout: Duration,
    /// The origin that links lead to, without a trailing slash.
    pub(crate) url: String,
}

impl World {
    /// Returns the sandbox's time, which is its clock's and what it was moved ahead by, in whole seconds, as both
    /// providers' answers show it.
    pub(crate) fn now(&self) -> Timestamp {
        whole_seconds(self.moment())
    }

    /// Returns the sandbox's time as fine as the clock tells it.
    pub(crate) fn moment(&self) -> Timestamp {
        ahead(self.clock.now(), self.offset())
    }

    pub(crate) fn offset(&self) -> i64 {
        self.offset.load(Ordering::Relaxed)
    }

    pub(crate) fn set_offset(&self, seconds: i64) {
        self.offset.store(seconds, Ordering::Relaxed);
    }

    /// The clock's second, without the offset.
    pub(crate) fn clock_second(&self) -> i64 {
        whole_seconds(self.clock.now()).as_second()
    }

    /// Ends the periods that ended since anybody last looked, so that a request sees the state of its own moment.
    ///
    /// The offset is read anew: another sandbox on the same file may have moved it.
    pub(crate) async fn catch_up(&self) -> Result<()> {
        let clock = self.clock.now();
        let offset = self
            .store
            .run(move |tx| {
                let offset = store::clock::offset(tx)?;
                timeline::catch_up(tx, whole_seconds(ahead(clock, offset))).map(|()| offset)
            })
            .await?;
        self.set_offset(offset);
        Ok(())
    }
}

pub(crate) fn ahead(clock: Timestamp, seconds: i64) -> Timestamp {
    clock
        .saturating_add(SignedDuration::from_secs(seconds))
        .expect("a signed duration has no calendar units")
}

pub(crate) fn whole_seconds(moment: Timestamp) -> Timestamp {
    Timestamp::from_second(moment.as_second()).expect("a timestamp's own second is in range")
}
