use std::mem;
use std::pin::{Pin, pin};
use std::process;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use portal::adapter::BaseUrl;
use portal::config::Config;
use portal::{Client, LinkRequest, PortalLink, PortalProvider};
use pyo3::prelude::*;
use tokio::runtime::{self, Handle, Runtime};
use tokio::select;
use tokio::task::yield_now;
use tokio::time::{Instant, Sleep, sleep};

use crate::error::{CallError, closed, no_runtime};
use crate::logging::LogEvent;
use crate::logging::log_sink::LogSink;
use crate::logging::span::Span;
use crate::logging::tracing_bridge::{EventSink, with_sink};

/// How often a waiting call checks for Ctrl-C.
const SIGNAL_POLL_INTERVAL: Duration = Duration::from_millis(50);

/// The clients of one `Portal`: as many as threads ever called at the same time.
///
/// A call takes a free runtime and drives it on its own thread, so there is no other thread
/// to wake and to wait for, and nothing runs between calls. That is the fastest way for one thread,
/// and threads do not meet in it.
pub(crate) struct RuntimePool {
    state: Mutex<State>,
}

struct State {
    /// The client that the others are siblings of, so that all keep to one account's limits.
    first: Option<Arc<Client>>,
    free: Vec<PooledRuntime>,
    /// The process that made the runtimes; another leaves them alone: see [`State::own`].
    pid: u32,
    closed: bool,
}

/// A client with the runtime that its connections live on.
struct PooledRuntime {
    client: Arc<Client>,
    /// Goes off while a call waits, or has since the last one: a timer for each would cost more.
    signal_poll: Pin<Box<Sleep>>,
    runtime: Option<Runtime>,
}

impl RuntimePool {
    /// Makes the first runtime, which shows whether the configuration is right, and returns its base URL.
    pub(crate) fn new(config: &Config) -> PyResult<(Self, BaseUrl)> {
        let first = Arc::new(config.client().map_err(CallError)?);
        let base = first.base_url().clone();
        let state = State {
            free: vec![PooledRuntime::new(first.clone())?],
            first: Some(first),
            pid: process::id(),
            closed: false,
        };
        let pool = Self {
            state: Mutex::new(state),
        };
        Ok((pool, base))
    }

    /// Makes a link while other Python threads run; Ctrl-C ends the wait and the request.
    pub(crate) fn create_link(
        &self,
        py: Python<'_>,
        config: &Config,
        request: &LinkRequest,
        span: Option<Span>,
    ) -> PyResult<PortalLink> {
        self.run(py, config, span, |client| async move {
            client.create_link(request).await
        })
    }

    /// Opens a connection for the next call.
    pub(crate) fn warm_up(&self, py: Python<'_>, config: &Config) -> PyResult<()> {
        self.run(
            py,
            config,
            None,
            |client| async move { client.warm_up().await },
        )
    }

    /// Runs a call on a free runtime, on this thread.
    fn run<T, F>(
        &self,
        py: Python<'_>,
        config: &Config,
        span: Option<Span>,
        call: impl FnOnce(Arc<Client>) -> F,
    ) -> PyResult<T>
    where
        T: Send,
        F: Future<Output = portal::Result<T>> + Send,
    {
        let sink = LogSink::of(py, span)?;
        let mut pooled = match self.free()? {
            Some(pooled) => pooled,
            None => self.another(py, config)?,
        };
        // After Ctrl-C the runtime is dropped, and its connection with it: no call waits for the answer.
        let outcome = pooled.run(py, sink.as_ref(), call)?;
        self.give_back(pooled);
        outcome.map_err(|error| CallError(error).into())
    }

    /// Closes idle connections now, and those in use when their calls end.
    pub(crate) fn close(&self) {
        let mut state = self.state();
        state.own();
        state.closed = true;
        state.free.clear();
    }

    fn free(&self) -> PyResult<Option<PooledRuntime>> {
        let mut state = self.state();
        state.own();
        match state.closed {
            true => Err(closed()),
            false => Ok(state.free.pop()),
        }
    }

    /// Makes another runtime: from the first client, or in a forked process with a first of its own.
    fn another(&self, py: Python<'_>, config: &Config) -> PyResult<PooledRuntime> {
        let first = self.state().first.clone();
        if let Some(first) = first {
            return py.detach(|| {
                PooledRuntime::new(Arc::new(first.clone_for_runtime().map_err(CallError)?))
            });
        }
        // Made with the interpreter's lock held, so no thread forks while it is half made.
        let first = Arc::new(config.client().map_err(CallError)?);
        self.state().first = Some(first.clone());
        PooledRuntime::new(first)
    }

    fn give_back(&self, pooled: PooledRuntime) {
        let mut state = self.state();
        if !state.closed {
            state.free.push(pooled);
        }
    }

    /// The lock is held for moments, and only by threads that hold the interpreter's as well: so
    /// none holds it while another forks.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Leaves a parent process's runtimes alone: their sockets and timers are shared with it, and
    /// even closing them properly would end its connections.
    fn own(&mut self) {
        let pid = process::id();
        if self.pid != pid {
            self.pid = pid;
            mem::forget((self.first.take(), mem::take(&mut self.free)));
        }
    }
}

impl Drop for State {
    fn drop(&mut self) {
        self.own();
    }
}

impl PooledRuntime {
    fn new(client: Arc<Client>) -> PyResult<Self> {
        let runtime = runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|why| no_runtime(&why))?;
        let signal_poll = {
            let _inside = runtime.enter();
            Box::pin(sleep(SIGNAL_POLL_INTERVAL))
        };
        Ok(Self {
            client,
            signal_poll,
            runtime: Some(runtime),
        })
    }

    fn run<T, F>(
        &mut self,
        py: Python<'_>,
        sink: Option<&LogSink>,
        call: impl FnOnce(Arc<Client>) -> F,
    ) -> PyResult<portal::Result<T>>
    where
        T: Send,
        F: Future<Output = portal::Result<T>> + Send,
    {
        let call = call(self.client.clone());
        let runtime = self
            .runtime
            .as_ref()
            .expect("a pooled runtime is there until it is dropped");
        let buffered = sink.map(|sink| (sink, Arc::new(EventBuffer::default())));
        let event_sink = buffered
            .as_ref()
            .map(|(_, buffer)| buffer.clone() as Arc<dyn EventSink>);
        let call = async {
            poll_connections().await;
            call.await
        };
        let mut call = pin!(with_sink(event_sink, call));
        let signal_poll = &mut self.signal_poll;
        if signal_poll.is_elapsed() {
            // It went off with the last answer: it would end the first wait before that has read the event queue.
            signal_poll
                .as_mut()
                .reset(Instant::now() + SIGNAL_POLL_INTERVAL);
        }
        loop {
            let look = async {
                select! {
                    biased;
                    outcome = call.as_mut() => Some(outcome),
                    () = signal_poll.as_mut() => {
                        signal_poll.as_mut().reset(Instant::now() + SIGNAL_POLL_INTERVAL);
                        None
                    }
                }
            };
            let outcome = py.detach(|| runtime.block_on(look));
            if let Some((sink, buffer)) = &buffered {
                sink.emit(py, buffer.take())?;
            }
            match outcome {
                Some(outcome) => return Ok(outcome),
                None => py.check_signals()?,
            }
        }
    }
}

/// The log events of a call since its thread last held the interpreter's lock.
#[derive(Default)]
struct EventBuffer(Mutex<Vec<LogEvent>>);

impl EventBuffer {
    fn take(&self) -> Vec<LogEvent> {
        mem::take(&mut self.events())
    }

    fn events(&self) -> MutexGuard<'_, Vec<LogEvent>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl EventSink for EventBuffer {
    fn record_event(&self, event: LogEvent) {
        self.events().push(event);
    }
}

/// Lets the runtime see what happened to its connections since the last call: a server may have
/// closed one, and a request written to it would be lost, and how far it came would not be known.
async fn poll_connections() {
    // It reads the event queue,
    yield_now().await;
    // One task looks after idle connections, and has no turn to wait for.
    if Handle::current().metrics().num_alive_tasks() > 1 {
        // and then the tasks that it woke have their turn: connections of HTTP/2.
        yield_now().await;
    }
}

impl Drop for PooledRuntime {
    fn drop(&mut self) {
        // A name that is still being looked up is not waited for.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
