use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyString};

/// Returns a module if the application has imported it. This function never imports one.
///
/// Every call runs it, because the application may import the module later than this package. It costs
/// one lookup in a dictionary.
pub(crate) fn imported_module<'py>(name: &Bound<'py, PyString>) -> Option<Bound<'py, PyAny>> {
    static MODULES: PyOnceLock<Py<PyDict>> = PyOnceLock::new();
    let py = name.py();
    let modules = MODULES.get_or_try_init(py, || {
        let modules = py.import("sys")?.getattr("modules")?;
        Ok::<_, PyErr>(modules.cast_into::<PyDict>()?.unbind())
    });
    let module = modules.ok()?.bind(py).get_item(name).ok()??;
    // `None` in `sys.modules` forbids the module.
    (!module.is_none()).then_some(module)
}
