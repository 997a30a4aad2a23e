use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::{Notify, mpsc, oneshot};

use super::Due;
use crate::store::outbox::Delivery;
use crate::store::{self, Failure, Result};
use crate::webhook;
use crate::world::World;

/// The handle on the one task that moves the time and delivers what is due.
pub(crate) struct Timekeeper {
    orders: mpsc::Sender<Advance>,
    wake: Arc<Notify>,
}

/// The task's end of a [`Timekeeper`].
pub(crate) struct Orders {
    orders: mpsc::Receiver<Advance>,
    wake: Arc<Notify>,
}

struct Advance {
    seconds: i64,
    done: oneshot::Sender<Result<Timestamp>>,
}

/// The longest rest: a machine that slept, or whose clock was set, is noticed by then.
const LONGEST_REST: Duration = Duration::from_secs(60);
/// The shortest rest, for a clock that does not move.
const SHORTEST_REST: Duration = Duration::from_secs(1);

impl Timekeeper {
    pub(crate) fn new() -> (Self, Orders) {
        let (sender, orders) = mpsc::channel(16);
        let wake = Arc::new(Notify::new());
        let told = Arc::clone(&wake);
        let timekeeper = Self {
            orders: sender,
            wake,
        };
        (timekeeper, Orders { orders, wake: told })
    }

    /// Moves the time and returns the new one, once everything that was due by then was done.
    pub(crate) async fn advance(&self, seconds: i64) -> Result<Timestamp> {
        let (done, answer) = oneshot::channel();
        let order = Advance { seconds, done };
        self.orders
            .send(order)
            .await
            .map_err(|_| Failure::Stopped)?;
        answer.await.unwrap_or(Err(Failure::Stopped))
    }

    /// Says that something may be due now, or sooner than before.
    pub(crate) fn wake(&self) {
        self.wake.notify_one();
    }
}

impl fmt::Debug for Timekeeper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Timekeeper")
    }
}

/// Does what falls due, for as long as the sandbox runs.
pub(crate) async fn run(world: Arc<World>, mut orders: Orders) {
    loop {
        let rest = match settle(&world).await {
            Ok(None) => LONGEST_REST,
            Ok(Some(next)) => {
                Duration::try_from(next.duration_since(world.now())).unwrap_or_default()
            }
            Err(failure) => {
                tracing::error!(
                    error = &failure as &dyn std::error::Error,
                    "what is due could not be done"
                );
                LONGEST_REST
            }
        };
        tokio::select! {
            () = tokio::time::sleep(rest.clamp(SHORTEST_REST, LONGEST_REST)) => {}
            () = orders.wake.notified() => {}
            order = orders.orders.recv() => match order {
                // Whoever asked may have left; the time moved all the same.
                Some(order) => drop(order.done.send(advance(&world, order.seconds).await)),
                None => return,
            },
        }
    }
}

/// Does what is due at the present time, and says when the next thing is.
async fn settle(world: &World) -> Result<Option<Timestamp>> {
    loop {
        let now = world.now();
        let step = move |tx: &rusqlite::Transaction<'_>| -> Result<Step> {
            match super::next(tx)? {
                None => Ok(Step::Rest(None)),
                Some(due) if due.at() > now => Ok(Step::Rest(Some(due.at()))),
                Some(due) => apply(tx, due),
            }
        };
        match world.store.run(step).await? {
            Step::Rest(next) => return Ok(next),
            Step::Deliver(delivery) => webhook::deliver(world, *delivery).await?,
            Step::Applied => {}
        }
    }
}

/// Moves the time from one due moment to the next, so that each thing happens at its own.
async fn advance(world: &World, seconds: i64) -> Result<Timestamp> {
    world.catch_up().await?;
    settle(world).await?;
    let from = world.offset();
    let until = from + seconds;
    let mut expected = from;
    loop {
        let clock = world.clock_second();
        let step = move |tx: &rusqlite::Transaction<'_>| -> Result<(i64, Step)> {
            let stored = store::clock::offset(tx)?;
            if stored != expected {
                // Somebody reset the sandbox meanwhile: its time is no longer this order's to move.
                return Ok((stored, Step::Rest(None)));
            }
            let due = super::next(tx)?;
            let offset = due.as_ref().map_or(until, |due| {
                let needed = due.at().as_second().saturating_sub(clock);
                needed.clamp(stored, until)
            });
            store::clock::set_offset(tx, offset)?;
            let step = match due {
                Some(due) if due.at().as_second() <= clock.saturating_add(offset) => {
                    apply(tx, due)?
                }
                _ => Step::Rest(None),
            };
            Ok((offset, step))
        };
        let (offset, step) = world.store.run(step).await?;
        expected = offset;
        world.set_offset(offset);
        match step {
            Step::Rest(_) => return Ok(world.now()),
            Step::Deliver(delivery) => webhook::deliver(world, *delivery).await?,
            Step::Applied => {}
        }
    }
}

enum Step {
    /// Nothing is due; when the next thing is.
    Rest(Option<Timestamp>),
    /// The database has changed.
    Applied,
    Deliver(Box<Delivery>),
}

fn apply(tx: &rusqlite::Transaction<'_>, due: Due) -> Result<Step> {
    match due {
        Due::PeriodEnd(subscription) => {
            super::end_period(tx, *subscription)?;
            Ok(Step::Applied)
        }
        Due::Delivery(delivery) => Ok(Step::Deliver(Box::new(delivery))),
    }
}
