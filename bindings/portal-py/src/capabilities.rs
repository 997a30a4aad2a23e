use std::num::NonZeroU32;

use portal::adapter::Provider;
use portal::request::Field;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::config::settings;
use crate::error::CallError;

/// What a provider can do; nothing is sent to find out.
#[pyclass(frozen, module = "portal_py")]
pub(crate) struct Capabilities {
    provider: &'static Provider,
}

/// Return what a provider can do; nothing is sent, and no credential is needed.
///
/// Raises ``ConfigurationError`` for a provider that is not known, with the known ones.
#[pyfunction]
#[pyo3(signature = (provider, /))]
pub(crate) fn capabilities(provider: &str) -> PyResult<Capabilities> {
    let provider = portal::provider(provider).map_err(CallError)?;
    Ok(Capabilities { provider })
}

#[pymethods]
impl Capabilities {
    /// The provider's id, such as ``kwik``.
    #[getter]
    fn provider(&self) -> &'static str {
        self.provider.info.id
    }

    /// The provider's display name.
    #[getter]
    fn name(&self) -> &'static str {
        self.provider.info.name
    }

    /// The API's base URL, unless another is set.
    #[getter]
    fn base_url(&self) -> &'static str {
        self.provider.info.default_base_url
    }

    /// The documented limit in requests per second, if there is one.
    #[getter]
    fn rate_per_second(&self) -> Option<u32> {
        let limit = self.provider.info.rate_limit?;
        limit.as_per_second().map(NonZeroU32::get)
    }

    /// Whether creating a link also creates an unknown customer.
    #[getter]
    fn creates_customer(&self) -> bool {
        self.provider.info.capabilities.creates_customer
    }

    /// Whether the answer says when the link expires.
    #[getter]
    fn expiry_known(&self) -> bool {
        self.provider.info.capabilities.link.expiry_known
    }

    /// Whether the provider documents that a link may be opened more than once.
    #[getter]
    fn safe_to_reuse(&self) -> bool {
        self.provider.info.capabilities.link.safe_to_reuse
    }

    /// How it treats each field: ``required``, ``one_of``, ``supported``, ``unneeded`` or ``unsupported``.
    #[getter]
    fn fields<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let fields = PyDict::new(py);
        for field in Field::ALL {
            let support = self.provider.info.capabilities.support(*field);
            fields.set_item(field.as_str(), support.as_str())?;
        }
        Ok(fields)
    }

    /// The environment variable of each keyword argument that configures the provider.
    #[getter]
    fn variables<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let variables = PyDict::new(py);
        for setting in settings(self.provider) {
            variables.set_item(setting.name, setting.variable)?;
        }
        Ok(variables)
    }

    fn __repr__(&self) -> String {
        format!("<Capabilities of '{}'>", self.provider.info.id)
    }
}
