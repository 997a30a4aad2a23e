//! The compiled half of `portal_py`: a thin layer over `portal`.
//!
//! It converts arguments to `portal`'s types, makes the call, and converts the result to Python's types.
//! It matches on no provider's name, retries nothing and parses nothing. It handles what is particular
//! to Python: it releases the interpreter's lock while a call waits, checks for Ctrl-C, detects forks,
//! and wakes an event loop once for each batch of finished calls.

mod asyncio;
mod capabilities;
mod config;
mod customer;
mod error;
mod json;
mod link;
mod logging;
mod options;
mod plan;
mod request;
#[cfg(feature = "sandbox")]
mod sandbox;
mod settings;
mod threads;
mod time;
mod webhook;

/// The compiled half of `portal_py`; import from `portal_py` instead.
#[pyo3::pymodule(gil_used = false)]
mod _native {
    #[pymodule_export]
    use crate::asyncio::async_runtime::AsyncRuntime;
    #[pymodule_export]
    use crate::asyncio::completion_queue::CompletionQueue;
    #[pymodule_export]
    use crate::capabilities::{Capabilities, capabilities};
    #[pymodule_export]
    use crate::customer::Customer;
    #[pymodule_export]
    use crate::link::Link;
    #[pymodule_export]
    use crate::plan::{Plan, plan};
    #[cfg(feature = "sandbox")]
    #[pymodule_export]
    use crate::sandbox::SandboxServer;
    #[pymodule_export]
    use crate::settings::Settings;
    #[pymodule_export]
    use crate::threads::portal::Portal;
    #[pymodule_export]
    use crate::webhook::{WebhookEvent, verify_webhook};

    use pyo3::prelude::*;
    use pyo3::types::PyTuple;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        let py = module.py();
        let kinds = portal::Kind::ALL.iter().map(|kind| kind.as_str());
        module.add("KINDS", PyTuple::new(py, kinds.collect::<Vec<_>>())?)?;
        let providers = portal::providers().iter().map(|provider| provider.info.id);
        module.add(
            "PROVIDERS",
            PyTuple::new(py, providers.collect::<Vec<_>>())?,
        )?;
        module.add("OPTIONS", crate::options::table())?;
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}
