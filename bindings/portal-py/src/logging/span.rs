use portal::adapter::BaseUrl;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;

use crate::logging::LogEvent;
use crate::logging::imported_module::imported_module;

/// The OpenTelemetry span of one call, which `portal_py._tracing` creates.
#[derive(FromPyObject, IntoPyObject)]
pub(crate) struct Span(Py<PyAny>);

impl Span {
    /// Begins a span if the application has imported OpenTelemetry and records this call.
    pub(crate) fn begin(py: Python<'_>, provider: &str, base: &BaseUrl) -> Option<Self> {
        static BEGIN: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
        imported_module(intern!(py, "opentelemetry.trace"))?;
        let begin = BEGIN.import(py, "portal_py._tracing", "begin");
        let span = begin.and_then(|begin| begin.call1((provider, base.host(), base.port())));
        let span = span.map(|span| (!span.is_none()).then(|| Self(span.unbind())));
        // An error of tracing must not prevent the call.
        span.unwrap_or_else(|error| {
            error.write_unraisable(py, None);
            None
        })
    }

    /// Returns the `contextvars.Context` in which this span is the current one.
    pub(crate) fn context(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        self.0.getattr(py, intern!(py, "context"))
    }

    pub(crate) fn record_event(&self, py: Python<'_>, event: &LogEvent) {
        if let Some(attempts) = event.attempts()
            && let Err(error) = self.0.setattr(py, intern!(py, "attempts"), attempts)
        {
            error.write_unraisable(py, None);
        }
    }

    pub(crate) fn end<T>(&self, py: Python<'_>, outcome: &PyResult<T>) {
        let error = outcome.as_ref().err().map(|error| error.value(py));
        if let Err(error) = self.0.call_method1(py, intern!(py, "end"), (error,)) {
            error.write_unraisable(py, None);
        }
    }

    pub(crate) fn clone_ref(&self, py: Python<'_>) -> Self {
        Self(self.0.clone_ref(py))
    }
}
