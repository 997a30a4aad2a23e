use portal::adapter::timestamp::Timestamp;
use pyo3::prelude::*;
use pyo3::types::PyDict;

/// Creates an aware datetime in UTC. The first call imports the module.
pub(crate) fn datetime<'py>(py: Python<'py>, at: Timestamp) -> PyResult<Bound<'py, PyAny>> {
    let module = py.import("datetime")?;
    let utc = module.getattr("timezone")?.getattr("utc")?;
    let epoch = module
        .getattr("datetime")?
        .call1((1970, 1, 1, 0, 0, 0, 0, utc))?;
    // Integers only: a float would round the microseconds.
    let since = PyDict::new(py);
    since.set_item("seconds", at.as_second())?;
    since.set_item("microseconds", at.subsec_microsecond())?;
    epoch.add(module.getattr("timedelta")?.call((), Some(&since))?)
}
