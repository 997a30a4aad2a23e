use jiff::Timestamp;
use rusqlite::Transaction;
use serde_json::Value;

use crate::clock::{add_seconds, truncate_to_seconds};
use crate::providers::PROVIDERS;
use crate::providers::definition::PeriodEnd;
use crate::state::AppState;
use crate::store::{self, Result};
use crate::webhook::outbox::{self, Delivery};

/// An event that has a time.
pub(super) enum Due {
    PeriodEnd(PeriodEnd),
    Delivery(Delivery),
}

impl Due {
    pub(super) fn at(&self) -> Timestamp {
        match self {
            Self::PeriodEnd(period_end) => period_end.at,
            Self::Delivery(delivery) => delivery.due_at,
        }
    }
}

/// Finds the next event, however far ahead, without deliveries to the `busy` endpoints, an array of their ids. At the same
/// time, deliveries come before period ends.
pub(super) fn next_due(tx: &Transaction<'_>, busy: &Value) -> Result<Option<Due>> {
    let period_end = next_period_end(tx, Timestamp::MAX)?;
    let delivery = outbox::next_due(tx, busy)?;
    Ok(match (period_end, delivery) {
        (Some(period_end), Some(delivery)) if period_end.at < delivery.due_at => {
            Some(Due::PeriodEnd(period_end))
        }
        (_, Some(delivery)) => Some(Due::Delivery(delivery)),
        (period_end, None) => period_end.map(Due::PeriodEnd),
    })
}

/// Ends the periods that ended since the last request, so that each request finds the state of its own time.
pub(crate) async fn catch_up(state: &AppState) -> Result<()> {
    let clock = state.clock.now();
    let offset = state
        .store
        .run(move |tx| -> Result<i64> {
            let offset = store::clock::offset(tx)?;
            let now = truncate_to_seconds(add_seconds(clock, offset));
            while let Some(period_end) = next_period_end(tx, now)? {
                (period_end.apply)(tx)?;
            }
            Ok(offset)
        })
        .await?;
    state.set_offset(offset);
    Ok(())
}

/// Finds the subscription period that ends first; the earlier provider of the table where two end together.
fn next_period_end(tx: &Transaction<'_>, until: Timestamp) -> Result<Option<PeriodEnd>> {
    let mut first: Option<PeriodEnd> = None;
    for provider in PROVIDERS {
        let next = (provider.next_period_end)(tx, until)?;
        if let Some(next) = next
            && first.as_ref().is_none_or(|first| next.at < first.at)
        {
            first = Some(next);
        }
    }
    Ok(first)
}
