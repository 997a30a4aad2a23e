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

/// The clients of one `Portal`, as many as threads called it at the same time.
///
/// A call takes a free runtime and drives it on its own thread. So no other thread has to be woken, and
/// nothing runs between calls. This is the fastest for a single thread, and threads do not contend.
pub(crate) struct RuntimePool {
    state: Mutex<State>,
}

struct State {
    /// The client that the others are cloned from, so that all share one account's limits.
    first: Option<Arc<Client>>,
    free: Vec<PooledRuntime>,
    /// The process that owns the runtimes: see [`State::forget_parent`].
    pid: u32,
    closed: bool,
}

/// A client with the runtime that its connections live on.
struct PooledRuntime {
    client: Arc<Client>,
    /// The timer for Ctrl-C checks. Calls share it, because a timer for each would cost more.
    signal_poll: Pin<Box<Sleep>>,
    runtime: Option<Runtime>,
}

impl RuntimePool {
    /// Creates the pool with its first runtime, which checks the configuration, and returns the base URL.
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

    /// Creates a link while other Python threads run; Ctrl-C ends the wait and the request.
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
        let mut pooled = match self.take_free()? {
            Some(pooled) => pooled,
            None => self.create_runtime(py, config)?,
        };
        // After Ctrl-C the runtime is dropped with its connection, because no call waits for the answer.
        let outcome = pooled.run(py, sink.as_ref(), call)?;
        self.release(pooled);
        outcome.map_err(|error| CallError(error).into())
    }

    /// Closes idle connections now, and those in use when their calls end.
    pub(crate) fn close(&self) {
        let mut state = self.state();
        state.forget_parent();
        state.closed = true;
        state.free.clear();
    }

    fn take_free(&self) -> PyResult<Option<PooledRuntime>> {
        let mut state = self.state();
        state.forget_parent();
        match state.closed {
            true => Err(closed()),
            false => Ok(state.free.pop()),
        }
    }

    /// Creates a runtime whose client is cloned from the first one. A forked process creates its own first client.
    fn create_runtime(&self, py: Python<'_>, config: &Config) -> PyResult<PooledRuntime> {
        let first = self.state().first.clone();
        if let Some(first) = first {
            return py.detach(|| {
                PooledRuntime::new(Arc::new(first.clone_for_runtime().map_err(CallError)?))
            });
        }
        // This thread holds the interpreter's lock, so no other thread can fork in between.
        let first = Arc::new(config.client().map_err(CallError)?);
        self.state().first = Some(first.clone());
        PooledRuntime::new(first)
    }

    fn release(&self, pooled: PooledRuntime) {
        let mut state = self.state();
        if !state.closed {
            state.free.push(pooled);
        }
    }

    /// Only threads with the interpreter's lock hold this lock, and only briefly. So no thread holds it
    /// while another one forks.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// In a forked child, forgets the parent's runtimes without closing them: the sockets are shared, and
    /// closing them would end the parent's connections.
    fn forget_parent(&mut self) {
        let pid = process::id();
        if self.pid != pid {
            self.pid = pid;
            mem::forget((self.first.take(), mem::take(&mut self.free)));
        }
    }
}

impl Drop for State {
    fn drop(&mut self) {
        self.forget_parent();
    }
}

impl PooledRuntime {
    fn new(client: Arc<Client>) -> PyResult<Self> {
        let runtime = runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|why| no_runtime(&why))?;
        let signal_poll = {
            let _entered = runtime.enter();
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
            .expect("a pooled runtime exists until it is dropped");
        let sink_and_buffer = sink.map(|sink| (sink, Arc::new(EventBuffer::default())));
        let event_sink = sink_and_buffer
            .as_ref()
            .map(|(_, buffer)| buffer.clone() as Arc<dyn EventSink>);
        let call = async {
            poll_connections().await;
            call.await
        };
        let mut call = pin!(with_sink(event_sink, call));
        let signal_poll = &mut self.signal_poll;
        if signal_poll.is_elapsed() {
            // An expired timer would end the first wait before the runtime has read its event queue.
            signal_poll
                .as_mut()
                .reset(Instant::now() + SIGNAL_POLL_INTERVAL);
        }
        loop {
            let answer_or_poll = async {
                select! {
                    biased;
                    outcome = call.as_mut() => Some(outcome),
                    () = signal_poll.as_mut() => {
                        signal_poll.as_mut().reset(Instant::now() + SIGNAL_POLL_INTERVAL);
                        None
                    }
                }
            };
            let outcome = py.detach(|| runtime.block_on(answer_or_poll));
            if let Some((sink, buffer)) = &sink_and_buffer {
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

/// Lets the runtime process the events of its connections since the last call. A server may have closed
/// one: a request that is written to it would be lost, with an unknown delivery.
async fn poll_connections() {
    // The runtime reads its event queue.
    yield_now().await;
    // One task watches the idle connections, and one poll is enough for it.
    if Handle::current().metrics().num_alive_tasks() > 1 {
        // Any further task is an HTTP/2 connection, which the runtime polls next.
        yield_now().await;
    }
}

impl Drop for PooledRuntime {
    fn drop(&mut self) {
        // Does not wait for a running DNS lookup.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
