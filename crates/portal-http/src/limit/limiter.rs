use std::num::NonZeroU32;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use portal_core::{Error, Kind, ProviderInfo};

use crate::clock::within;
use crate::limit::sliding_window::Window;
use crate::retry::retry_after::whole_seconds;
use crate::{Clock, events};

/// Lets requests go at a limited rate, in the order in which they came.
///
/// Whoever gives up a wait leaves the queue, and those behind move up.
#[derive(Debug)]
pub(crate) struct Limiter {
    state: Mutex<State>,
    /// Held by whoever is first in the queue. It is fair.
    turn: tokio::sync::Mutex<()>,
    clock: Arc<dyn Clock>,
}

#[derive(Debug)]
struct State {
    window: Window,
    waiting: usize,
}

impl Limiter {
    pub(crate) fn new(rate: NonZeroU32, clock: Arc<dyn Clock>) -> Self {
        Self {
            state: Mutex::new(State {
                window: Window::new(rate),
                waiting: 0,
            }),
            turn: tokio::sync::Mutex::new(()),
            clock,
        }
    }

    /// Keeps to another rate as well, if it is lower.
    pub(crate) fn lower(&self, rate: NonZeroU32) {
        self.state().window.lower(rate);
    }

    /// Lets a request go now, if nobody waits and there is room.
    pub(crate) fn try_permit(self: &Arc<Self>, now: Duration) -> Option<Grant> {
        let mut state = self.state();
        let free = state.waiting == 0 && state.window.grant(now).is_ok();
        free.then(|| Grant(self.clone()))
    }

    /// Waits until a request may go; does not begin to where that would reach the deadline.
    pub(crate) async fn permit(
        self: &Arc<Self>,
        now: Duration,
        deadline: Duration,
        info: &ProviderInfo,
    ) -> Result<Grant, Error> {
        let clock = &*self.clock;
        let mut place = self.queue(now, deadline, info)?;
        let left = deadline.saturating_sub(clock.elapsed());
        let turn = pin!(self.turn.lock());
        let Some(_turn) = within(clock, left, turn).await else {
            return Err(refusal(&self.state().window, Duration::ZERO));
        };
        loop {
            let wait = place.go(clock.elapsed(), deadline)?;
            if wait.is_zero() {
                return Ok(Grant(self.clone()));
            }
            clock.pause(wait).await;
        }
    }

    fn queue(
        &self,
        now: Duration,
        deadline: Duration,
        info: &ProviderInfo,
    ) -> Result<Place<'_>, Error> {
        let mut state = self.state();
        let wait = state.window.wait(now, state.waiting);
        if now + wait >= deadline {
            return Err(refusal(&state.window, wait));
        }
        state.waiting += 1;
        let rate = state.window.rate();
        drop(state);
        if !wait.is_zero() {
            events::rate_waits(info, rate, wait);
        }
        Ok(Place(Some(self)))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Leave for one request to go.
///
/// It is dropped when the request is written, or when nobody will write it, which counts as well:
/// somebody may have, and it is no reason to hurry.
#[derive(Debug)]
pub(crate) struct Grant(Arc<Limiter>);

impl Drop for Grant {
    fn drop(&mut self) {
        self.0.state().window.write(self.0.clock.elapsed());
    }
}

/// A place in the queue, which is given up when it is dropped.
struct Place<'a>(Option<&'a Limiter>);

impl Place<'_> {
    /// Goes now, being first in the queue, or says how long to wait.
    fn go(&mut self, now: Duration, deadline: Duration) -> Result<Duration, Error> {
        let Some(limiter) = self.0 else {
            return Ok(Duration::ZERO);
        };
        let mut state = limiter.state();
        match state.window.grant(now) {
            Ok(()) => {
                // In one step, or a third would count this one twice.
                state.waiting -= 1;
                self.0 = None;
                Ok(Duration::ZERO)
            }
            Err(wait) if now + wait >= deadline => Err(refusal(&state.window, wait)),
            Err(wait) => Ok(wait),
        }
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        if let Some(limiter) = self.0 {
            limiter.state().waiting -= 1;
        }
    }
}

fn refusal(window: &Window, wait: Duration) -> Error {
    let rate = window.rate();
    let message = format!("the limit of {rate} requests a second leaves no room in time");
    let error = Error::not_sent(Kind::RateLimited, message).with_hint(
        "send fewer requests at once, allow more time, or raise the limit if the provider allows it",
    );
    match wait.is_zero() {
        true => error,
        false => error.with_retry_after(whole_seconds(wait)),
    }
}
