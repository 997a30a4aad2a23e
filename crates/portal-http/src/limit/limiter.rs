use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use portal_core::{Error, Kind, RateLimit, Result};

use crate::clock::{SleepReason, timeout};
use crate::limit::permit::{PermitId, PermitRequest, RateLimiter};
use crate::limit::sliding_window::SlidingWindow;
use crate::retry::retry_after::whole_seconds;
use crate::{Clock, events};

/// The rate limiter of one process: it grants permits in the order of the requests.
///
/// A request that is dropped leaves the queue, and those behind it move up.
#[derive(Debug)]
pub(crate) struct Limiter {
    state: Mutex<State>,
    /// Locked by the first request in the queue. The lock is fair, so it is the queue.
    queue: tokio::sync::Mutex<()>,
    clock: Arc<dyn Clock>,
}

#[derive(Debug)]
struct State {
    window: SlidingWindow,
    waiting: usize,
}

impl Limiter {
    pub(crate) fn new(limit: RateLimit, clock: Arc<dyn Clock>) -> Self {
        Self {
            state: Mutex::new(State {
                window: SlidingWindow::new(limit),
                waiting: 0,
            }),
            queue: tokio::sync::Mutex::new(()),
            clock,
        }
    }

    /// Applies another limit as well, if it is lower.
    pub(crate) fn lower(&self, limit: RateLimit) {
        self.state().window.lower(limit);
    }

    /// Enters the queue, unless the expected wait passes the deadline.
    fn enter(&self, request: &PermitRequest) -> Result<QueuePosition<'_>> {
        let mut state = self.state();
        let now = request.now;
        let wait = state.window.wait(now, state.waiting, request.spread);
        if now + wait >= request.deadline {
            return Err(limit_error(&state.window, wait));
        }
        state.waiting += 1;
        let limit = state.window.limit();
        drop(state);
        if !wait.is_zero() {
            events::rate_limit_wait(request.provider, limit, wait);
        }
        Ok(QueuePosition(Some(self)))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl RateLimiter for Limiter {
    fn try_acquire(&self, request: &PermitRequest) -> Option<PermitId> {
        let mut state = self.state();
        let is_free = state.waiting == 0 && state.window.grant(request.now, request.spread).is_ok();
        is_free.then(PermitId::default)
    }

    async fn acquire(&self, request: &PermitRequest) -> Result<PermitId> {
        let clock = &*self.clock;
        let mut position = self.enter(request)?;
        let left = request.deadline.saturating_sub(clock.elapsed());
        let first = pin!(self.queue.lock());
        let Some(_first) = timeout(clock, left, first).await else {
            return Err(limit_error(&self.state().window, Duration::ZERO));
        };
        loop {
            let wait = position.try_leave(request, clock.elapsed())?;
            if wait.is_zero() {
                return Ok(PermitId::default());
            }
            clock.sleep(wait, SleepReason::RateLimit).await;
        }
    }

    fn settle(&self, _: PermitId) {
        self.state().window.settle(self.clock.elapsed());
    }
}

/// A position in the queue. Dropping it leaves the queue.
struct QueuePosition<'a>(Option<&'a Limiter>);

impl QueuePosition<'_> {
    /// Takes a permit as the first in the queue, or returns how long to wait for it.
    fn try_leave(&mut self, request: &PermitRequest, now: Duration) -> Result<Duration> {
        let Some(limiter) = self.0 else {
            return Ok(Duration::ZERO);
        };
        let mut state = limiter.state();
        match state.window.grant(now, request.spread) {
            Ok(()) => {
                // Under the same lock, so that no other request counts this one twice.
                state.waiting -= 1;
                self.0 = None;
                Ok(Duration::ZERO)
            }
            Err(wait) if now + wait >= request.deadline => Err(limit_error(&state.window, wait)),
            Err(wait) => Ok(wait),
        }
    }
}

impl Drop for QueuePosition<'_> {
    fn drop(&mut self) {
        if let Some(limiter) = self.0 {
            limiter.state().waiting -= 1;
        }
    }
}

fn limit_error(window: &SlidingWindow, wait: Duration) -> Error {
    let limit = window.limit();
    let message = format!("the limit of {limit} leaves no room before the deadline");
    let error = Error::not_sent(Kind::RateLimited, message).with_hint(
        "send fewer requests at once, allow more time, or raise the limit if the provider allows it",
    );
    match wait.is_zero() {
        true => error,
        false => error.with_retry_after(whole_seconds(wait)),
    }
}
