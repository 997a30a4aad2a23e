//! Open connections between calls.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use tokio::task::AbortHandle;

use crate::Clock;
use crate::clock::SleepReason;
use crate::transport::connection::{Connection, Http1, Http2};

/// How often idle connections are checked, so that one that the server closed is closed here too.
const SWEEP_INTERVAL: Duration = Duration::from_secs(15);

/// How many reused connections in a row a host may close during a request.
const MAX_SUDDEN_CLOSES: u32 = 2;

/// How long the host's connections are not kept after [`MAX_SUDDEN_CLOSES`].
const NO_REUSE_TIME: Duration = Duration::from_secs(60);

/// Connections that wait for their next call, shared with the task that closes them.
#[derive(Clone)]
pub(crate) struct IdleConnections(Arc<Mutex<State>>);

struct State {
    /// How long a connection is kept without a call.
    timeout: Duration,
    http1: VecDeque<IdleHttp1>,
    /// The connection that calls share.
    http2: Option<IdleHttp2>,
    /// How many reused connections in a row were closed during a request.
    sudden_closes: u32,
    /// Until when connections are not kept.
    no_reuse_until: Duration,
    /// The task that closes expired connections between calls.
    sweeper: Option<AbortHandle>,
}

struct IdleHttp1 {
    connection: Box<Http1>,
    last_use: Duration,
    expires: Duration,
}

struct IdleHttp2 {
    connection: Http2,
    expires: Duration,
}

impl IdleHttp1 {
    fn is_usable(&mut self, now: Duration) -> bool {
        self.expires > now && self.connection.is_ready()
    }
}

impl IdleHttp2 {
    fn is_usable(&self, now: Duration) -> bool {
        self.expires > now && self.connection.is_ready()
    }
}

impl IdleConnections {
    pub(crate) fn new(timeout: Duration) -> Self {
        Self(Arc::new(Mutex::new(State {
            timeout,
            http1: VecDeque::new(),
            http2: None,
            sudden_closes: 0,
            no_reuse_until: Duration::ZERO,
            sweeper: None,
        })))
    }

    /// Takes the open connection that was used last.
    ///
    /// `is_fresh` skips HTTP/1 connections, because the server may have closed all of them at once.
    pub(crate) fn take(&self, now: Duration, is_fresh: bool) -> Option<Connection> {
        let mut state = self.state();
        if let Some(http2) = state.take_http2(now) {
            return Some(Connection::Http2(http2));
        }
        if is_fresh {
            return None;
        }
        while let Some(mut idle) = state.http1.pop_back() {
            if idle.is_usable(now) {
                return Some(Connection::Http1(idle.connection));
            }
        }
        None
    }

    /// Returns whether a connection is ready for a call.
    pub(crate) fn has_ready(&self, now: Duration) -> bool {
        let mut state = self.state();
        state.take_http2(now).is_some() || state.http1.iter_mut().any(|idle| idle.is_usable(now))
    }

    /// Keeps an HTTP/1 connection that can take another request, at most as long as the server
    /// announced.
    pub(crate) fn put_http1(
        &self,
        mut connection: Box<Http1>,
        announced: Option<Duration>,
        clock: &Arc<dyn Clock>,
    ) {
        if connection.is_ready() {
            let now = clock.elapsed();
            let mut state = self.state();
            state.put_http1(connection, now, announced);
            self.start_sweeper(&mut state, clock);
        }
    }

    /// Shares an HTTP/2 connection among the calls that follow.
    pub(crate) fn put_http2(&self, connection: Http2, clock: &Arc<dyn Clock>) {
        let mut state = self.state();
        state.http2 = Some(IdleHttp2 {
            connection,
            expires: clock.elapsed() + state.timeout,
        });
        self.start_sweeper(&mut state, clock);
    }

    /// Stops sharing the HTTP/2 connection with that id. Calls that use it continue.
    pub(crate) fn retire(&self, id: u64) {
        let mut state = self.state();
        state.http2.take_if(|http2| http2.connection.id == id);
    }

    /// Closes the HTTP/1 connections that no call has used since `moment`.
    pub(crate) fn close_unused_since(&self, moment: Duration) {
        self.state().http1.retain(|idle| idle.last_use > moment);
    }

    /// Records that a reused connection delivered an answer.
    pub(crate) fn record_reuse(&self) {
        self.state().sudden_closes = 0;
    }

    /// Records that the server closed a reused connection during a request.
    ///
    /// After two in a row, connections are not kept for a while: the next request could be lost in
    /// the same way, and it may not be repeatable.
    pub(crate) fn record_sudden_close(&self, now: Duration) {
        let mut state = self.state();
        state.sudden_closes += 1;
        if state.sudden_closes >= MAX_SUDDEN_CLOSES {
            state.no_reuse_until = now + NO_REUSE_TIME;
            state.http1.clear();
        }
    }

    fn start_sweeper(&self, state: &mut State, clock: &Arc<dyn Clock>) {
        if state.sweeper.is_some() || (state.http1.is_empty() && state.http2.is_none()) {
            return;
        }
        let interval = SWEEP_INTERVAL.min(state.timeout);
        let sweeper = sweep(Arc::downgrade(&self.0), clock.clone(), interval);
        state.sweeper = Some(tokio::spawn(sweeper).abort_handle());
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn take_http2(&mut self, now: Duration) -> Option<Http2> {
        // The connection closes when the calls that still use it have ended.
        self.http2.take_if(|http2| !http2.is_usable(now));
        let http2 = self.http2.as_mut()?;
        http2.expires = now + self.timeout;
        Some(http2.connection.clone())
    }

    fn put_http1(&mut self, connection: Box<Http1>, now: Duration, announced: Option<Duration>) {
        if now < self.no_reuse_until {
            return;
        }
        let kept = announced.map_or(self.timeout, |announced| announced.min(self.timeout));
        self.http1.push_back(IdleHttp1 {
            connection,
            last_use: now,
            expires: now + kept,
        });
    }

    /// Closes connections that have expired or that the server closed; returns whether any is left.
    fn sweep(&mut self, now: Duration) -> bool {
        self.http1.retain_mut(|idle| idle.is_usable(now));
        self.http2.take_if(|http2| !http2.is_usable(now));
        !self.http1.is_empty() || self.http2.is_some()
    }
}

impl Drop for State {
    fn drop(&mut self) {
        if let Some(sweeper) = &self.sweeper {
            sweeper.abort();
        }
    }
}

/// Closes expired connections at each interval, until none is left.
async fn sweep(idle: Weak<Mutex<State>>, clock: Arc<dyn Clock>, interval: Duration) {
    loop {
        clock.sleep(interval, SleepReason::IdleConnections).await;
        let Some(idle) = idle.upgrade() else { return };
        let mut state = idle.lock().unwrap_or_else(PoisonError::into_inner);
        if !state.sweep(clock.elapsed()) {
            state.sweeper = None;
            return;
        }
    }
}
