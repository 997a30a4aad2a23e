use std::net::{Ipv4Addr, SocketAddr};
use std::process;
use std::sync::{Mutex, PoisonError, mpsc};
use std::thread::{self, JoinHandle};

use portal_sandbox::{Sandbox, SandboxInfo};
use pyo3::exceptions::{PyOSError, PyRuntimeError};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use tokio::runtime;
use tokio::sync::oneshot;

/// Both providers' servers on a free loopback port, on a thread of their own.
#[pyclass(frozen, module = "portal_py._native")]
pub(crate) struct SandboxServer {
    info: SandboxInfo,
    server_thread: Mutex<Option<(oneshot::Sender<()>, JoinHandle<()>)>>,
    pid: u32,
}

#[pymethods]
impl SandboxServer {
    #[new]
    #[pyo3(signature = (onlineapp_dialect = None, /))]
    fn new(py: Python<'_>, onlineapp_dialect: Option<&str>) -> PyResult<Self> {
        let mut builder = Sandbox::builder().listen(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
        if let Some(dialect) = onlineapp_dialect {
            let dialect = dialect.parse().map_err(|error: portal_sandbox::Error| {
                pyo3::exceptions::PyValueError::new_err(error.to_string())
            })?;
            builder = builder.onlineapp_dialect(dialect);
        }
        let runtime = runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let (stop, stopped) = oneshot::channel::<()>();
        let (sender, outcome) = mpsc::sync_channel(1);
        let thread = thread::Builder::new()
            .name("portal_py sandbox".to_owned())
            .spawn(move || {
                runtime.block_on(async {
                    match builder.start().await {
                        Ok(sandbox) => {
                            // If this fails, the caller is gone and needs no sandbox.
                            let _ = sender.send(Ok(sandbox.info().clone()));
                            let _ = stopped.await;
                            sandbox.shutdown().await;
                        }
                        Err(error) => drop(sender.send(Err(error.to_string()))),
                    }
                });
            })?;
        let info = py
            .detach(move || outcome.recv())
            .map_err(|_| PyRuntimeError::new_err("the sandbox did not start"))?
            .map_err(PyOSError::new_err)?;
        Ok(Self {
            info,
            server_thread: Mutex::new(Some((stop, thread))),
            pid: process::id(),
        })
    }

    /// The origin, such as ``http://127.0.0.1:40321``, without a trailing slash.
    #[getter]
    fn url(&self) -> &str {
        self.info.url()
    }

    /// Return the keyword arguments that connect to each provider, by its id.
    fn credentials<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let accounts = PyDict::new(py);
        for account in self.info.accounts() {
            let settings = PyDict::new(py);
            for (name, value) in account.settings() {
                settings.set_item(name, value)?;
            }
            accounts.set_item(account.provider(), settings)?;
        }
        Ok(accounts)
    }

    /// Stop listening and close every connection; a forked child leaves it to its parent.
    fn close(&self, py: Python<'_>) {
        if self.pid != process::id() {
            return;
        }
        let server_thread = self
            .server_thread
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some((stop, thread)) = server_thread {
            drop(stop);
            // The panic hook has already printed a panic of that thread.
            let _ = py.detach(|| thread.join());
        }
    }
}
