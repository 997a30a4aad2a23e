use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::due::{Due, catch_up, next_due};
use super::scheduler::SchedulerCommands;
use crate::state::AppState;
use crate::store::{self, Result};
use crate::webhook::delivery;
use crate::webhook::outbox::Delivery;

/// The longest sleep, so that a suspended machine or a changed system clock is noticed.
const LONGEST_SLEEP: Duration = Duration::from_secs(60);
/// The shortest sleep, for a clock that does not move.
const SHORTEST_SLEEP: Duration = Duration::from_secs(1);

/// Does what is due, for as long as the sandbox runs.
pub(crate) async fn run(state: Arc<AppState>, mut commands: SchedulerCommands) {
    loop {
        let sleep = match settle(&state).await {
            Ok(None) => LONGEST_SLEEP,
            Ok(Some(next)) => {
                Duration::try_from(next.duration_since(state.now())).unwrap_or_default()
            }
            Err(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "what is due could not be done"
                );
                LONGEST_SLEEP
            }
        };
        tokio::select! {
            () = tokio::time::sleep(sleep.clamp(SHORTEST_SLEEP, LONGEST_SLEEP)) => {}
            () = commands.wake.notified() => {}
            command = commands.advances.recv() => match command {
                // The caller may be gone; the time moved all the same.
                Some(command) => drop(command.done.send(advance(&state, command.seconds).await)),
                None => return,
            },
        }
    }
}

/// Does what is due now; returns when the next event is.
async fn settle(state: &AppState) -> Result<Option<Timestamp>> {
    loop {
        let now = state.now();
        let step = move |tx: &rusqlite::Transaction<'_>| -> Result<Step> {
            match next_due(tx)? {
                None => Ok(Step::Idle(None)),
                Some(due) if due.at() > now => Ok(Step::Idle(Some(due.at()))),
                Some(due) => apply(tx, due),
            }
        };
        match state.store.run(step).await? {
            Step::Idle(next) => return Ok(next),
            Step::Deliver(delivery) => delivery::deliver(state, *delivery).await?,
            Step::Applied => {}
        }
    }
}

/// Advances the time from one due event to the next, so that each happens at its own time.
async fn advance(state: &AppState, seconds: i64) -> Result<Timestamp> {
    catch_up(state).await?;
    settle(state).await?;
    let from = state.offset();
    let until = from + seconds;
    let mut expected = from;
    loop {
        let clock = state.clock_second();
        let step = move |tx: &rusqlite::Transaction<'_>| -> Result<(i64, Step)> {
            let stored = store::clock::offset(tx)?;
            if stored != expected {
                // The sandbox was reset meanwhile; leave its new time alone.
                return Ok((stored, Step::Idle(None)));
            }
            let due = next_due(tx)?;
            let offset = due.as_ref().map_or(until, |due| {
                let needed = due.at().as_second().saturating_sub(clock);
                needed.clamp(stored, until)
            });
            store::clock::set_offset(tx, offset)?;
            let step = match due {
                Some(due) if due.at().as_second() <= clock.saturating_add(offset) => {
                    apply(tx, due)?
                }
                _ => Step::Idle(None),
            };
            Ok((offset, step))
        };
        let (offset, step) = state.store.run(step).await?;
        expected = offset;
        state.set_offset(offset);
        match step {
            Step::Idle(_) => return Ok(state.now()),
            Step::Deliver(delivery) => delivery::deliver(state, *delivery).await?,
            Step::Applied => {}
        }
    }
}

enum Step {
    /// Nothing is due now; the time of the next event, if there is one.
    Idle(Option<Timestamp>),
    /// The database has changed.
    Applied,
    Deliver(Box<Delivery>),
}

fn apply(tx: &rusqlite::Transaction<'_>, due: Due) -> Result<Step> {
    match due {
        Due::PeriodEnd(period_end) => {
            (period_end.apply)(tx)?;
            Ok(Step::Applied)
        }
        Due::Delivery(delivery) => Ok(Step::Deliver(Box::new(delivery))),
    }
}
