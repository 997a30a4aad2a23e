use portal::LinkRequest;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;

use crate::customer::Customer;
use crate::json;
use crate::settings::Settings;

/// The keyword arguments of `create_link` and `plan`, as Python gave them.
pub(crate) struct Arguments<'a, 'py> {
    pub(crate) customer_id: Option<&'a Bound<'py, PyAny>>,
    pub(crate) email: Option<&'a Bound<'py, PyAny>>,
    pub(crate) customer: Option<&'a Bound<'py, PyAny>>,
    pub(crate) subscription_id: Option<&'a Bound<'py, PyAny>>,
    pub(crate) metadata: Option<&'a Bound<'py, PyAny>>,
    pub(crate) return_url: Option<&'a Bound<'py, PyAny>>,
    pub(crate) settings: Option<&'a Bound<'py, PyAny>>,
    pub(crate) extra: Option<&'a Bound<'py, PyAny>>,
    pub(crate) best_effort: Option<&'a Bound<'py, PyAny>>,
}

impl Arguments<'_, '_> {
    /// Turns them into the request that they are; what does not parse is told by its plan.
    pub(crate) fn request(&self) -> PyResult<LinkRequest> {
        let mut request = LinkRequest::new(self.customer()?);
        if let Some(id) = self.subscription_id {
            request = request.subscription(json::text("subscription_id", id)?);
        }
        if let Some(metadata) = self.metadata {
            request = request.metadata(json::object("metadata", metadata)?);
        }
        if let Some(settings) = self.settings {
            let settings = json::typed::<Settings>("settings", "Settings", settings)?;
            request = settings.get().put_on(request);
        }
        for (key, value) in self
            .extra
            .map(|extra| json::object("extra", extra))
            .transpose()?
            .unwrap_or_default()
        {
            request = request.extra(key, value);
        }
        if let Some(url) = self.return_url {
            request = request.return_url(json::text("return_url", url)?);
        }
        let best_effort = self.best_effort.map(|yes| json::flag("best_effort", yes));
        Ok(match best_effort.transpose()? {
            Some(true) => request.best_effort(),
            Some(false) | None => request,
        })
    }

    fn customer(&self) -> PyResult<portal::Customer> {
        let (mut id, mut email) = (None, None);
        if let Some(given) = self.customer_id {
            id = Some(json::text("customer_id", given)?);
        }
        if let Some(given) = self.email {
            email = Some(json::text("email", given)?);
        }
        if let Some(given) = self.customer {
            if id.is_some() || email.is_some() {
                return Err(PyTypeError::new_err(
                    "argument 'customer': give it, or 'customer_id' and 'email', not both",
                ));
            }
            let given = json::typed::<Customer>("customer", "Customer", given)?.get();
            (id, email) = (given.id.as_deref(), given.email.as_deref());
        }
        let mut customer = portal::Customer::default();
        if let Some(id) = id {
            customer = customer.with_id(id);
        }
        if let Some(email) = email {
            customer = customer.with_email(email);
        }
        Ok(customer)
    }
}
