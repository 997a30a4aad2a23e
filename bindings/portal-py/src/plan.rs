use portal::adapter::FieldSupport;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use crate::error::CallError;
use crate::request::Arguments;

/// What a provider would do with a request.
#[pyclass(frozen, eq, module = "portal_py")]
#[derive(PartialEq, Eq)]
pub(crate) struct Plan {
    /// The provider's id, such as ``kwik``.
    #[pyo3(get)]
    provider: &'static str,
    supported: Vec<&'static str>,
    unneeded: Vec<&'static str>,
    unsupported: Vec<&'static str>,
    missing: Vec<&'static str>,
}

/// Return what a provider would do with a request; nothing is sent, and no credential is needed.
///
/// Takes the arguments of ``Portal.create_link``. Raises ``InvalidRequestError`` for a value that
/// is malformed, ``ConfigurationError`` for a provider that is not known, and ``TypeError`` for a value
/// of the wrong type, which it names.
#[pyfunction]
#[pyo3(signature = (provider, /, *, customer = None, settings = None, extra = None, **options))]
pub(crate) fn plan(
    provider: &str,
    customer: Option<&Bound<'_, PyAny>>,
    settings: Option<&Bound<'_, PyAny>>,
    extra: Option<&Bound<'_, PyAny>>,
    options: Option<&Bound<'_, PyDict>>,
) -> PyResult<Plan> {
    let info = portal::provider(provider).map_err(CallError)?.info;
    let request = Arguments {
        customer,
        settings,
        extra,
        best_effort: None,
        options,
    };
    let request = request.request()?;
    let plan = info
        .capabilities
        .plan(&request)
        .map_err(|error| CallError(error.with_provider(info.id)))?;
    let with = |support| {
        plan.fields_with(support)
            .into_iter()
            .map(portal::request::Field::as_str)
            .collect()
    };
    Ok(Plan {
        provider: info.id,
        supported: with(FieldSupport::Supported),
        unneeded: with(FieldSupport::Unneeded),
        unsupported: with(FieldSupport::Unsupported),
        missing: with(FieldSupport::Missing),
    })
}

#[pymethods]
impl Plan {
    /// The given fields that the provider honours.
    #[getter]
    fn supported<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, &self.supported)
    }

    /// The fields that are given but not needed: ignoring them loses nothing.
    #[getter]
    fn unneeded<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, &self.unneeded)
    }

    /// The given fields that the provider cannot honour: an error, unless best effort omits them.
    #[getter]
    fn unsupported<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, &self.unsupported)
    }

    /// The missing fields that a link needs.
    #[getter]
    fn missing<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, &self.missing)
    }

    /// Whether the provider can honour the whole request.
    #[getter]
    fn ok(&self) -> bool {
        self.unsupported.is_empty() && self.missing.is_empty()
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        Ok(format!(
            "Plan(provider='{}', supported={}, unneeded={}, unsupported={}, missing={})",
            self.provider,
            self.supported(py)?.repr()?,
            self.unneeded(py)?.repr()?,
            self.unsupported(py)?.repr()?,
            self.missing(py)?.repr()?,
        ))
    }
}
