use portal::LinkRequest;
use portal::adapter::redact;
use portal::request::{Field, OptionValue};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple};

use crate::json::text;

/// The customer of a link: the provider's id, the e-mail address, your own id, or several of them.
///
/// Give every identifier that you have; each provider uses the one it needs. ``repr`` masks the
/// address, since it is personal data.
///
/// Raises ``TypeError`` for anything but text. A malformed value is an error when a link is created.
#[pyclass(frozen, eq, hash, module = "portal_py")]
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct Customer {
    /// The provider's id of the customer, such as Kwik's ``cus_…``.
    #[pyo3(get)]
    id: Option<String>,
    /// The customer's e-mail address.
    #[pyo3(get)]
    email: Option<String>,
    /// Your application's own id of the customer.
    #[pyo3(get)]
    external_id: Option<String>,
}

#[pymethods]
impl Customer {
    #[new]
    #[pyo3(signature = (*, id = None, email = None, external_id = None))]
    fn new(
        id: Option<&Bound<'_, PyAny>>,
        email: Option<&Bound<'_, PyAny>>,
        external_id: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let text = |name, input: Option<&Bound<'_, PyAny>>| {
            let text = input.map(|input| text(name, input).map(str::to_owned));
            text.transpose()
        };
        Ok(Self {
            id: text("customer_id", id)?,
            email: text("email", email)?,
            external_id: text("external_id", external_id)?,
        })
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        // An e-mail address that is used as an id is masked too.
        let id = |id: &Option<String>| match id {
            Some(id) => Ok(PyString::new(py, &redact(id, &[])).repr()?.to_string()),
            None => PyResult::Ok("None".to_owned()),
        };
        let email = if self.email.is_some() {
            "'***'"
        } else {
            "None"
        };
        let external_id = match &self.external_id {
            Some(_) => format!(", external_id={}", id(&self.external_id)?),
            None => String::new(),
        };
        let id = id(&self.id)?;
        Ok(format!("Customer(id={id}, email={email}{external_id})"))
    }

    fn __getnewargs_ex__<'py>(
        &self,
        py: Python<'py>,
    ) -> PyResult<(Bound<'py, PyTuple>, Bound<'py, PyDict>)> {
        let arguments = PyDict::new(py);
        arguments.set_item("id", &self.id)?;
        arguments.set_item("email", &self.email)?;
        arguments.set_item("external_id", &self.external_id)?;
        Ok((PyTuple::empty(py), arguments))
    }
}

impl Customer {
    /// Sets the customer of a request.
    pub(crate) fn set(&self, mut request: LinkRequest) -> LinkRequest {
        let identifiers = [
            (Field::CustomerId, &self.id),
            (Field::Email, &self.email),
            (Field::ExternalId, &self.external_id),
        ];
        for (field, text) in identifiers {
            if let Some(text) = text {
                request = request.set(field, OptionValue::Text(text));
            }
        }
        request
    }
}

impl From<&portal::Customer> for Customer {
    fn from(customer: &portal::Customer) -> Self {
        Self {
            id: customer.id().map(|id| id.as_str().to_owned()),
            email: customer.email().map(|email| email.as_str().to_owned()),
            external_id: customer.external_id().map(|id| id.as_str().to_owned()),
        }
    }
}
