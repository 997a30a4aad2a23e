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

/// What an ``AsyncPortal`` runs on: one thread that drives every call of every event loop.
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
    running: Option<Running>,
    /// What runs in another process is not here: see [`State::own`].
    pid: u32,
    closed: bool,
}

struct Running {
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
            running: Some(Running::start(client)?),
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
            state.own();
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
        state.own();
        if state.closed {
            return Err(closed());
        }
        let running = match &mut state.running {
            Some(running) => running,
            none => none.insert(Running::start(self.config.client().map_err(CallError)?)?),
        };
        Ok((running.client.clone(), running.handle.clone()))
    }

    /// As in the runtime pool, only threads that hold the interpreter's lock come here.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Leaves alone what runs in the parent process: its thread is not here, its sockets are its.
    fn own(&mut self) {
        let pid = process::id();
        if self.pid != pid {
            self.pid = pid;
            mem::forget(self.running.take());
        }
    }
}

impl Drop for State {
    fn drop(&mut self) {
        // Not joined: this may be a garbage collection, which must not wait.
        self.own();
    }
}

impl Running {
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
                // An error is the sender that was dropped, which is the signal to stop.
                let _ = runtime.block_on(stopped);
                // A name that is still being looked up is not waited for.
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
