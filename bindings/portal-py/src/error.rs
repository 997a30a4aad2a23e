use std::error::Error as _;

use portal::Error;
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyDict;

/// An error that becomes a Python exception; its kind selects the class in `portal_py._exceptions`.
#[derive(Debug)]
pub(crate) struct CallError(pub(crate) Error);

impl From<Error> for CallError {
    fn from(error: Error) -> Self {
        Self(error)
    }
}

impl From<CallError> for PyErr {
    fn from(CallError(error): CallError) -> Self {
        Python::attach(|py| exception(py, &error).unwrap_or_else(|failure| failure))
    }
}

/// Returns the error for a portal that is used after it was closed: a bug of the caller, as with a closed file.
pub(crate) fn closed() -> PyErr {
    PyRuntimeError::new_err("the portal is closed; hint: create a new one, or close it later")
}

/// Returns the error for a runtime to which the operating system gives no event queue.
pub(crate) fn no_runtime(why: &std::io::Error) -> PyErr {
    PyRuntimeError::new_err(format!(
        "the operating system provides no event queue: {why}"
    ))
}

fn exception(py: Python<'_>, error: &Error) -> PyResult<PyErr> {
    static CREATE: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let create = CREATE.get_or_try_init(py, || {
        let module = py.import("portal_py._exceptions")?;
        Ok::<_, PyErr>(module.getattr("exception")?.unbind())
    })?;
    let fields = PyDict::new(py);
    fields.set_item("provider", error.provider())?;
    fields.set_item("status", error.status().map(|status| status.as_u16()))?;
    fields.set_item("provider_code", error.provider_code())?;
    fields.set_item("field", error.field())?;
    fields.set_item("delivery", error.delivery().as_str())?;
    fields.set_item("retryable", error.is_retryable())?;
    fields.set_item(
        "retry_after",
        error.retry_after().map(|wait| wait.as_secs()),
    )?;
    fields.set_item("attempts", error.attempts())?;
    fields.set_item("hint", error.hint())?;
    fields.set_item("operation", error.operation())?;
    let arguments = (error.kind().as_str(), error.message());
    let exception = PyErr::from_value(create.bind(py).call(arguments, Some(&fields))?);
    if let Some(source) = error.source() {
        // By its contract a source has no secret. It gives the cause of a failed connection.
        let cause = PyRuntimeError::new_err(source.to_string());
        exception.set_cause(py, Some(cause));
    }
    Ok(exception)
}
