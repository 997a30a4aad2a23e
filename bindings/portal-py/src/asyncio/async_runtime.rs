use std::mem;
use std::process;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

use portal::Client;
use portal::adapter::BaseUrl;
use portal::adapter::ProviderInfo;
use portal::config::Config;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use tokio::runtime::{self, Handle};
use tokio::sync::oneshot;

use crate::config::config;
use crate::error::{CallError, closed, no_runtime};
use crate::logging::span::Span;

/// The runtime of an ``AsyncPortal``: one thread that runs the calls of every event loop.
///
/// One thread is enough, and cheaper than several: it only waits for sockets and reads answers,
/// and never touches Python.
#[pyclass(frozen, module = "portal_py._native")]
pub(crate) struct AsyncRuntime {
    config: Config,
    base: BaseUrl,
    state: Mutex<State>,
}

struct State {
    running: Option<RunningClient>,
    /// The process that owns the client: see [`State::forget_parent`].
    pid: u32,
    closed: bool,
}

struct RunningClient {
    client: Arc<Client>,
    handle: Handle,
    /// Dropping it stops the thread, and with it every call.
    stop: oneshot::Sender<()>,
    thread: JoinHandle<()>,
}

#[pymethods]
impl AsyncRuntime {
    #[new]
    #[pyo3(signature = (provider, timeout, max_retries, rate, ca, return_origins, settings, /))]
    fn new(
        provider: &str,
        timeout: Option<&Bound<'_, PyAny>>,
        max_retries: Option<&Bound<'_, PyAny>>,
        rate: Option<&Bound<'_, PyAny>>,
        ca: Option<&Bound<'_, PyAny>>,
        return_origins: Option<&Bound<'_, PyAny>>,
        settings: &Bound<'_, PyDict>,
    ) -> PyResult<Self> {
        let config = config(
            provider,
            timeout,
            max_retries,
            rate,
            ca,
            return_origins,
            Some(settings),
        )?;
        // Checks the configuration before an event loop exists.
        let client = config.client().map_err(CallError)?;
        let base = client.base_url().clone();
        let state = State {
            running: Some(RunningClient::start(client)?),
            pid: process::id(),
            closed: false,
        };
        Ok(Self {
            config,
            base,
            state: Mutex::new(state),
        })
    }

    /// The provider's id, such as ``kwik``.
    #[getter]
    fn provider(&self) -> &'static str {
        self.info().id
    }

    /// Begin the span of one call; ``None`` if the application records none.
    fn span(&self, py: Python<'_>) -> Option<Span> {
        Span::begin(py, self.info().id, &self.base)
    }

    /// Stop the thread and every call; calls that start later raise ``RuntimeError``.
    fn close(&self, py: Python<'_>) {
        let running = {
            let mut state = self.state();
            state.forget_parent();
            state.closed = true;
            state.running.take()
        };
        if let Some(running) = running {
            py.detach(|| running.stop());
        }
    }
}

impl AsyncRuntime {
    pub(crate) fn info(&self) -> &'static ProviderInfo {
        self.config.provider().info
    }

    /// Returns the client and the runtime of its calls; after a fork, new ones.
    pub(crate) fn running(&self) -> PyResult<(Arc<Client>, Handle)> {
        let mut state = self.state();
        state.forget_parent();
        if state.closed {
            return Err(closed());
        }
        let running = match &mut state.running {
            Some(running) => running,
            none => none.insert(RunningClient::start(
                self.config.client().map_err(CallError)?,
            )?),
        };
        Ok((running.client.clone(), running.handle.clone()))
    }

    /// Only threads with the interpreter's lock call this, as in the runtime pool.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// In a forked child, forgets the parent's client without closing it: the thread does not exist here, and
    /// the parent uses the sockets.
    fn forget_parent(&mut self) {
        let pid = process::id();
        if self.pid != pid {
            self.pid = pid;
            mem::forget(self.running.take());
        }
    }
}

impl Drop for State {
    fn drop(&mut self) {
        // The thread is not joined, because garbage collection must not block.
        self.forget_parent();
    }
}

impl RunningClient {
    fn start(client: Client) -> PyResult<Self> {
        let runtime = runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|why| no_runtime(&why))?;
        let handle = runtime.handle().clone();
        let (stop, stopped) = oneshot::channel::<()>();
        let thread = thread::Builder::new()
            .name("portal_py".to_owned())
            .spawn(move || {
                // The dropped sender is the signal to stop.
                let _ = runtime.block_on(stopped);
                // Does not wait for a running DNS lookup.
                runtime.shutdown_background();
            })
            .map_err(|why| no_runtime(&why))?;
        Ok(Self {
            client: Arc::new(client),
            handle,
            stop,
            thread,
        })
    }

    fn stop(self) {
        drop(self.stop);
        self.thread
            .join()
            .expect("the runtime's thread does not panic");
    }
}
