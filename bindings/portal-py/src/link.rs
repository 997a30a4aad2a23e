use portal::PortalLink;
use portal::adapter::redact;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple};

use crate::customer::Customer;
use crate::json;
use crate::time;

/// A short-lived link that logs one customer in to the provider's portal.
///
/// It is a login to a customer's billing: redirect the customer's browser to ``link.url`` at once,
/// and neither store nor log it. ``repr`` and ``str`` mask it, and a link cannot be pickled.
#[pyclass(frozen, name = "PortalLink", module = "portal_py")]
pub(crate) struct Link {
    link: PortalLink,
    /// The id of the provider that created it, such as ``kwik``.
    #[pyo3(get)]
    provider: &'static str,
}

impl Link {
    pub(crate) fn new(link: PortalLink, provider: &'static str) -> Self {
        Self { link, provider }
    }
}

#[pymethods]
impl Link {
    /// The address in clear text: use it for a redirect and nothing else.
    #[getter]
    fn url(&self) -> &str {
        self.link.url().expose()
    }

    /// The provider's id of the link, if it gives one.
    #[getter]
    fn id(&self) -> Option<&str> {
        self.link.id.as_deref()
    }

    /// The provider's id of the portal session, if it gives one.
    #[getter]
    fn session_id(&self) -> Option<&str> {
        self.link.session_id.as_deref()
    }

    /// The customer that the link logs in.
    #[getter]
    fn customer(&self) -> Customer {
        Customer::from(&self.link.customer)
    }

    /// The subscription that the link is about, if there is one.
    #[getter]
    fn subscription_id(&self) -> Option<&str> {
        self.link
            .subscription
            .as_ref()
            .map(portal::adapter::SubscriptionId::as_str)
    }

    /// When the link stops working (UTC); ``None`` if the provider does not say.
    #[getter]
    fn expires_at<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let at = self.link.expires_at;
        at.map(|at| time::datetime(py, at)).transpose()
    }

    /// The options that ``best_effort`` left out of the request.
    #[getter]
    fn omitted<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, self.link.omitted.iter().map(|field| field.as_str()))
    }

    /// The fields of the provider's answer that this package does not know; handle it as a secret.
    #[getter]
    fn raw<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        json::dict(py, &self.link.raw)
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let subscription = match self.subscription_id() {
            Some(id) => PyString::new(py, &redact(id, &[])).repr()?.to_string(),
            None => "None".to_owned(),
        };
        // The link's own id is the provider's choice, and may repeat what it was sent.
        Ok(format!(
            "PortalLink(url='***', provider='{}', id={}, customer={}, subscription_id={subscription})",
            self.provider,
            self.id().map_or("None", |_| "'***'"),
            self.customer().into_pyobject(py)?.repr()?,
        ))
    }

    fn __copy__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __deepcopy__(slf: Py<Self>, _memo: &Bound<'_, PyAny>) -> Py<Self> {
        slf
    }

    fn __reduce__(&self) -> PyResult<()> {
        Err(PyTypeError::new_err(
            "a PortalLink cannot be pickled, since its URL is a login; hint: pass `link.url` on, and only to the customer",
        ))
    }
}
