use portal::LinkRequest;
use portal::request::{Field, FieldGroup};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use crate::options::{self, ArgumentValue};

/// What the portal page shows and lets the customer do; ``None`` leaves it to the account's default.
///
/// Raises ``InvalidRequestError`` for an unknown ``cancel_type``, and ``TypeError`` for an unknown keyword and for
/// a value of the wrong type. A malformed id or title is an error when a link is created.
#[pyclass(frozen, eq, hash, module = "portal_py")]
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Settings {
    options: Vec<(Field, ArgumentValue)>,
}

/// Declares the class's methods, with a property for each option of the group `Page`.
macro_rules! settings_methods {
    (
        Customer { $($customer:tt)* }
        Link { $($link:tt)* }
        Page {
            $($variant:ident $field:ident: $kind:ident $($type:ident)?, $meaning:literal { $($key:ident: $value:expr),* };)*
        }
    ) => {
        #[pymethods]
        impl Settings {
            #[new]
            #[pyo3(signature = (**options))]
            fn new(options: Option<&Bound<'_, PyDict>>) -> PyResult<Self> {
                let options = options::extract("Settings", &[FieldGroup::Page], &[], options)?;
                Ok(Self { options })
            }

            $(
                #[doc = concat!($meaning, ".")]
                #[getter]
                fn $field<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
                    self.get(py, Field::$variant)
                }
            )*

            fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
                let mut arguments = Vec::new();
                for (name, value) in self.arguments(py)? {
                    arguments.push(format!("{name}={}", value.repr()?));
                }
                Ok(format!("Settings({})", arguments.join(", ")))
            }

            fn __getnewargs_ex__<'py>(
                &self,
                py: Python<'py>,
            ) -> PyResult<(Bound<'py, PyTuple>, Bound<'py, PyDict>)> {
                Ok((PyTuple::empty(py), self.arguments(py)?))
            }
        }
    };
}

portal::adapter::request_options!(settings_methods);

impl Settings {
    /// Sets the options of a request.
    pub(crate) fn set(&self, request: LinkRequest) -> LinkRequest {
        let options = self.options.iter();
        options.fold(request, |request, (field, value)| {
            value.set(*field, request)
        })
    }

    fn get<'py>(&self, py: Python<'py>, field: Field) -> PyResult<Option<Bound<'py, PyAny>>> {
        let option = self.options.iter().find(|(option, _)| *option == field);
        option.map(|(_, value)| value.to_python(py)).transpose()
    }

    /// Returns the given options as keyword arguments.
    fn arguments<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let arguments = PyDict::new(py);
        for (field, value) in &self.options {
            arguments.set_item(field.as_str(), value.to_python(py)?)?;
        }
        Ok(arguments)
    }
}
