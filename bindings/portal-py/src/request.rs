use portal::LinkRequest;
use portal::request::{Field, FieldGroup};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::customer::Customer;
use crate::json;
use crate::options;
use crate::settings::Settings;

/// The keyword arguments of `create_link` and `plan`, as Python gave them.
pub(crate) struct Arguments<'a, 'py> {
    pub(crate) customer: Option<&'a Bound<'py, PyAny>>,
    pub(crate) settings: Option<&'a Bound<'py, PyAny>>,
    pub(crate) extra: Option<&'a Bound<'py, PyAny>>,
    pub(crate) best_effort: Option<&'a Bound<'py, PyAny>>,
    /// Options of the table.
    pub(crate) options: Option<&'a Bound<'py, PyDict>>,
}

impl Arguments<'_, '_> {
    /// Builds the request; its plan reports values that do not parse.
    pub(crate) fn request(&self) -> PyResult<LinkRequest> {
        const GROUPS: &[FieldGroup] = &[FieldGroup::Customer, FieldGroup::Link];
        const OTHERS: &[&str] = &["customer", "settings", "extra", "best_effort"];
        let options = options::extract("create_link", GROUPS, OTHERS, self.options)?;
        let mut request = LinkRequest::new(portal::Customer::default());
        if let Some(input) = self.customer {
            let is_customer = |field: Field| field.info().group == FieldGroup::Customer;
            if options.iter().any(|(field, _)| is_customer(*field)) {
                return Err(PyTypeError::new_err(
                    "argument 'customer': give it, or 'customer_id' and 'email', not both",
                ));
            }
            let customer = json::typed::<Customer>("customer", "Customer", input)?;
            request = customer.get().set(request);
        }
        for (field, value) in &options {
            request = value.set(*field, request);
        }
        if let Some(settings) = self.settings {
            let settings = json::typed::<Settings>("settings", "Settings", settings)?;
            request = settings.get().set(request);
        }
        let extra = self.extra.map(|extra| json::object("extra", extra));
        for (key, value) in extra.transpose()?.unwrap_or_default() {
            request = request.extra(key, value);
        }
        let best_effort = self.best_effort.map(|yes| json::flag("best_effort", yes));
        Ok(match best_effort.transpose()? {
            Some(true) => request.best_effort(),
            Some(false) | None => request,
        })
    }
}
