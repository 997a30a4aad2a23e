use portal::adapter::redact;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple};

use crate::json::text;

/// Whom a link is for: by the provider's id, by e-mail, or by both.
///
/// Give all that the application knows; each provider takes what it goes by. ``repr`` masks the
/// address, since it is personal data.
///
/// Raises ``TypeError`` for anything but text; what is malformed is told when a link is asked for.
#[pyclass(frozen, eq, hash, module = "portal_py")]
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct Customer {
    /// The provider's id of the customer, such as Kwik's ``cus_…``.
    #[pyo3(get)]
    pub(crate) id: Option<String>,
    /// The customer's e-mail address.
    #[pyo3(get)]
    pub(crate) email: Option<String>,
}

#[pymethods]
impl Customer {
    #[new]
    #[pyo3(signature = (*, id = None, email = None))]
    fn new(id: Option<&Bound<'_, PyAny>>, email: Option<&Bound<'_, PyAny>>) -> PyResult<Self> {
        let id = id.map(|id| text("customer_id", id)).transpose()?;
        let email = email.map(|email| text("email", email)).transpose()?;
        Ok(Self {
            id: id.map(str::to_owned),
            email: email.map(str::to_owned),
        })
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let id = match &self.id {
            // An address that somebody took for an id is an address.
            Some(id) => PyString::new(py, &redact(id, &[])).repr()?.to_string(),
            None => "None".to_owned(),
        };
        let email = if self.email.is_some() {
            "'***'"
        } else {
            "None"
        };
        Ok(format!("Customer(id={id}, email={email})"))
    }

    fn __getnewargs_ex__<'py>(
        &self,
        py: Python<'py>,
    ) -> PyResult<(Bound<'py, PyTuple>, Bound<'py, PyDict>)> {
        let arguments = PyDict::new(py);
        arguments.set_item("id", &self.id)?;
        arguments.set_item("email", &self.email)?;
        Ok((PyTuple::empty(py), arguments))
    }
}

impl From<&portal::Customer> for Customer {
    fn from(customer: &portal::Customer) -> Self {
        Self {
            id: customer.id().map(|id| id.as_str().to_owned()),
            email: customer.email().map(|email| email.as_str().to_owned()),
        }
    }
}
