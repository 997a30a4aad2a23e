use portal::{CancelType, LinkRequest};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use crate::failure::Failure;
use crate::json::{flag, text, wrong_type};

/// What the portal page shows and lets the customer do; ``None`` leaves it to the account's default.
///
/// Raises ``InvalidRequestError`` for a ``cancel_type`` that is not known, and ``TypeError`` for a value of
/// the wrong type; ids and titles that are malformed are told when a link is asked for.
#[pyclass(frozen, eq, hash, module = "portal_py")]
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Settings {
    /// The title that the portal page shows.
    #[pyo3(get)]
    page_title: Option<String>,
    /// Whether the customer may see invoices.
    #[pyo3(get)]
    show_invoices: Option<bool>,
    /// Whether the customer sees the billing information.
    #[pyo3(get)]
    show_billing_info: Option<bool>,
    /// Whether the customer may change the billing information.
    #[pyo3(get)]
    allow_update_billing_info: Option<bool>,
    /// Whether the customer may cancel.
    #[pyo3(get)]
    allow_cancel: Option<bool>,
    cancel_type: Option<CancelType>,
    /// Whether the customer may switch to another plan.
    #[pyo3(get)]
    allow_switch_plan: Option<bool>,
    products: Option<Vec<String>>,
}

#[pymethods]
impl Settings {
    #[new]
    #[pyo3(signature = (
        *, page_title = None, show_invoices = None, show_billing_info = None, allow_update_billing_info = None,
        allow_cancel = None, cancel_type = None, allow_switch_plan = None, products = None
    ))]
    #[expect(
        clippy::too_many_arguments,
        reason = "they are Python's keyword arguments"
    )]
    fn new(
        page_title: Option<&Bound<'_, PyAny>>,
        show_invoices: Option<&Bound<'_, PyAny>>,
        show_billing_info: Option<&Bound<'_, PyAny>>,
        allow_update_billing_info: Option<&Bound<'_, PyAny>>,
        allow_cancel: Option<&Bound<'_, PyAny>>,
        cancel_type: Option<&Bound<'_, PyAny>>,
        allow_switch_plan: Option<&Bound<'_, PyAny>>,
        products: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let line = |name, given: &Bound<'_, PyAny>| text(name, given).map(str::to_owned);
        let yes =
            |name, given: Option<&Bound<'_, PyAny>>| given.map(|it| flag(name, it)).transpose();
        Ok(Self {
            page_title: page_title
                .map(|given| line("page_title", given))
                .transpose()?,
            show_invoices: yes("show_invoices", show_invoices)?,
            show_billing_info: yes("show_billing_info", show_billing_info)?,
            allow_update_billing_info: yes("allow_update_billing_info", allow_update_billing_info)?,
            allow_cancel: yes("allow_cancel", allow_cancel)?,
            cancel_type: match cancel_type {
                Some(given) => Some(text("cancel_type", given)?.parse().map_err(Failure)?),
                None => None,
            },
            allow_switch_plan: yes("allow_switch_plan", allow_switch_plan)?,
            products: products.map(ids).transpose()?,
        })
    }

    /// When a cancellation takes effect: ``"now"`` or ``"after-billing-period"``.
    #[getter]
    fn cancel_type(&self) -> Option<&'static str> {
        self.cancel_type.map(CancelType::as_str)
    }

    /// The ids of the products that the customer may choose from.
    #[getter]
    fn products<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyTuple>>> {
        self.products
            .as_ref()
            .map(|ids| PyTuple::new(py, ids))
            .transpose()
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let mut said = Vec::new();
        for (name, value) in self.said(py)? {
            said.push(format!("{name}={}", value.repr()?));
        }
        Ok(format!("Settings({})", said.join(", ")))
    }

    fn __getnewargs_ex__<'py>(
        &self,
        py: Python<'py>,
    ) -> PyResult<(Bound<'py, PyTuple>, Bound<'py, PyDict>)> {
        Ok((PyTuple::empty(py), self.said(py)?))
    }
}

impl Settings {
    /// Adds what is said to a request.
    pub(crate) fn put_on(&self, mut request: LinkRequest) -> LinkRequest {
        if let Some(title) = &self.page_title {
            request = request.page_title(title.as_str());
        }
        if let Some(yes) = self.show_invoices {
            request = request.show_invoices(yes);
        }
        if let Some(yes) = self.show_billing_info {
            request = request.show_billing_info(yes);
        }
        if let Some(yes) = self.allow_update_billing_info {
            request = request.allow_update_billing_info(yes);
        }
        if let Some(yes) = self.allow_cancel {
            request = request.allow_cancel(yes);
        }
        if let Some(when) = self.cancel_type {
            request = request.cancel_type(when);
        }
        if let Some(yes) = self.allow_switch_plan {
            request = request.allow_switch_plan(yes);
        }
        match &self.products {
            Some(ids) => request.products(ids.iter().map(String::as_str)),
            None => request,
        }
    }

    /// What is said, as the keyword arguments that say it.
    fn said<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let said = PyDict::new(py);
        let all = [
            (
                "page_title",
                self.page_title.as_ref().into_pyobject(py)?.into_any(),
            ),
            (
                "show_invoices",
                self.show_invoices.into_pyobject(py)?.into_any(),
            ),
            (
                "show_billing_info",
                self.show_billing_info.into_pyobject(py)?.into_any(),
            ),
            (
                "allow_update_billing_info",
                self.allow_update_billing_info.into_pyobject(py)?.into_any(),
            ),
            (
                "allow_cancel",
                self.allow_cancel.into_pyobject(py)?.into_any(),
            ),
            (
                "cancel_type",
                self.cancel_type().into_pyobject(py)?.into_any(),
            ),
            (
                "allow_switch_plan",
                self.allow_switch_plan.into_pyobject(py)?.into_any(),
            ),
            ("products", self.products(py)?.into_pyobject(py)?.into_any()),
        ];
        for (name, value) in all.into_iter().filter(|(_, value)| !value.is_none()) {
            said.set_item(name, value)?;
        }
        Ok(said)
    }
}

/// Reads the products' ids: a sequence of text, which a text alone is not.
fn ids(given: &Bound<'_, PyAny>) -> PyResult<Vec<String>> {
    let ids: Vec<Bound<'_, PyAny>> = given
        .extract()
        .map_err(|_| wrong_type("products", "a sequence of str", &given.get_type()))?;
    ids.iter()
        .map(|id| text("products", id).map(str::to_owned))
        .collect()
}
