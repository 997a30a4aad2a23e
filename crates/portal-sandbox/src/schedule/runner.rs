use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;
use tokio::task::{Id, JoinSet};

use super::due::{Due, catch_up, next_due};
use super::scheduler::{Advance, SchedulerCommands};
use crate::state::AppState;
use crate::store::{self, Result, StoreError};
use crate::webhook::delivery;
use crate::webhook::outbox::Delivery;

/// The maximum sleep, so that a suspended machine or a changed system clock is detected.
const MAX_SLEEP: Duration = Duration::from_secs(60);
/// The minimum sleep, for a clock that does not move.
const MIN_SLEEP: Duration = Duration::from_secs(1);
/// How many receivers may be called at the same time.
const MAX_DELIVERIES: usize = 64;

/// Applies due events as long as the sandbox runs.
pub(crate) async fn run(state: Arc<AppState>, mut commands: SchedulerCommands) {
    let mut runner = Runner {
        state,
        deliveries: JoinSet::new(),
        endpoints: HashMap::new(),
    };
    let mut outcome = runner.start_due().await;
    loop {
        let sleep = match outcome {
            Ok(None) => MAX_SLEEP,
            Ok(Some(next)) => {
                let now = runner.state.now();
                Duration::try_from(next.duration_since(now)).unwrap_or_default()
            }
            Err(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "what is due could not be done"
                );
                MAX_SLEEP
            }
        };
        let delivered = tokio::select! {
            () = tokio::time::sleep(sleep.clamp(MIN_SLEEP, MAX_SLEEP)) => Ok(()),
            () = commands.wake.notified() => Ok(()),
            delivered = runner.next_delivered(), if !runner.deliveries.is_empty() => delivered,
            command = commands.advances.recv() => match command {
                Some(Advance { seconds, done }) => {
                    let now = runner.advance(seconds, &commands).await;
                    // The caller may have been dropped; the time has moved in any case.
                    drop(done.send(now));
                    Ok(())
                }
                None => return,
            },
        };
        // An attempt that was not recorded is still due: it is repeated after the pause.
        outcome = match delivered {
            Ok(()) => runner.start_due().await,
            Err(error) => Err(error),
        };
    }
}

/// Applies due events. Each endpoint gets its deliveries one after another, and none delays another endpoint's.
struct Runner {
    state: Arc<AppState>,
    /// The attempts in progress, at most one for each endpoint.
    deliveries: JoinSet<Result<()>>,
    /// The endpoints of the attempts in progress.
    endpoints: HashMap<Id, String>,
}

impl Runner {
    /// Applies the events that are due now and starts deliveries; returns when the next event is due.
    async fn start_due(&mut self) -> Result<Option<Timestamp>> {
        loop {
            let (now, busy) = (self.state.now(), self.busy());
            let step = move |tx: &rusqlite::Transaction<'_>| -> Result<NextStep> {
                match next_due(tx, &busy)? {
                    None => Ok(NextStep::Idle(None)),
                    Some(due) if due.at() > now => Ok(NextStep::Idle(Some(due.at()))),
                    Some(Due::PeriodEnd(period_end)) => {
                        (period_end.apply)(tx)?;
                        Ok(NextStep::Applied)
                    }
                    Some(Due::Delivery(delivery)) => Ok(NextStep::Deliver(Box::new(delivery))),
                }
            };
            match self.state.store.run(step).await? {
                NextStep::Idle(next) => return Ok(next),
                NextStep::Deliver(delivery) => self.deliver(*delivery).await?,
                NextStep::Applied => {}
            }
        }
    }

    /// Applies the events that are due now, and waits for their deliveries.
    async fn settle(&mut self, commands: &SchedulerCommands) -> Result<()> {
        loop {
            self.start_due().await?;
            if self.deliveries.is_empty() {
                return Ok(());
            }
            tokio::select! {
                delivered = self.next_delivered() => delivered?,
                () = commands.wake.notified() => {}
            }
        }
    }

    /// Advances the time from one due event to the next, so that each happens at its own time.
    async fn advance(&mut self, seconds: i64, commands: &SchedulerCommands) -> Result<Timestamp> {
        catch_up(&self.state).await?;
        self.settle(commands).await?;
        let from = self.state.offset();
        let until = from + seconds;
        let mut expected = from;
        loop {
            let clock = self.state.clock_second();
            let step = move |tx: &rusqlite::Transaction<'_>| -> Result<(i64, bool)> {
                let stored = store::clock::offset(tx)?;
                if stored != expected {
                    // The sandbox was reset meanwhile; leave its new time alone.
                    return Ok((stored, false));
                }
                let due = next_due(tx, &Value::Array(Vec::new()))?;
                let offset = due.as_ref().map_or(until, |due| {
                    let needed = due.at().as_second().saturating_sub(clock);
                    needed.clamp(stored, until)
                });
                store::clock::set_offset(tx, offset)?;
                match due {
                    Some(due) if due.at().as_second() <= clock.saturating_add(offset) => {
                        if let Due::PeriodEnd(period_end) = due {
                            (period_end.apply)(tx)?;
                        }
                        Ok((offset, true))
                    }
                    _ => Ok((offset, false)),
                }
            };
            let (offset, is_due) = self.state.store.run(step).await?;
            expected = offset;
            self.state.set_offset(offset);
            if !is_due {
                return Ok(self.state.now());
            }
            self.settle(commands).await?;
        }
    }

    /// Starts an attempt, once fewer than [`MAX_DELIVERIES`] are in progress.
    async fn deliver(&mut self, delivery: Delivery) -> Result<()> {
        while self.deliveries.len() >= MAX_DELIVERIES {
            self.next_delivered().await?;
        }
        let (state, endpoint) = (Arc::clone(&self.state), delivery.endpoint_id.clone());
        let task = self
            .deliveries
            .spawn(async move { delivery::deliver(&state, delivery).await });
        self.endpoints.insert(task.id(), endpoint);
        Ok(())
    }

    /// Waits for the end of an attempt in progress.
    async fn next_delivered(&mut self) -> Result<()> {
        let (id, recorded) = match self.deliveries.join_next_with_id().await {
            None => return Ok(()),
            Some(Ok(ended)) => ended,
            // The panic hook has printed the panic.
            Some(Err(panicked)) => (panicked.id(), Err(StoreError::Stopped)),
        };
        self.endpoints.remove(&id);
        recorded
    }

    /// Returns the ids of the endpoints with an attempt in progress.
    fn busy(&self) -> Value {
        self.endpoints.values().cloned().collect()
    }
}

enum NextStep {
    /// Nothing is due now; the time of the next event, if there is one.
    Idle(Option<Timestamp>),
    /// The database has changed.
    Applied,
    Deliver(Box<Delivery>),
}
