use portal::{Error, webhook};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyString, PyTuple};

use crate::failure::Failure;
use crate::json;
use crate::time;

/// One event that a provider sent, and signed.
///
/// Providers send an event more than once and in any order: remember the ``id`` of what was dealt
/// with, and order events by ``occurred_at or created_at``. ``repr`` and ``str`` show neither
/// ``data`` nor ``metadata``, which hold personal data.
#[pyclass(frozen, module = "portal_py")]
pub(crate) struct WebhookEvent {
    event: webhook::WebhookEvent,
    /// The id of the provider that sent it, such as ``onlineapp``.
    #[pyo3(get)]
    provider: &'static str,
}

/// Check a webhook's signature, and return the event in its body; nothing is sent.
///
/// ``body`` is the body's bytes as they came: JSON that was read and written again is not what was
/// signed. ``signature`` is the header's value (OnlineApp's ``X-Monetize-Signature``), ``None``
/// where there is no such header. ``secret`` is the webhook's; while it is being replaced, try the
/// new one, then the old. No time is signed, so an old message stays good: dedupe on ``event.id``.
///
/// Raises ``AuthenticationError``, to be answered with 401, where the signature is missing,
/// malformed or not this body's; ``ConfigurationError`` for a provider that is not known and for
/// an empty secret; ``UnsupportedError`` for a provider that documents no signature;
/// ``ProtocolError`` where the signed body is not an event; ``TypeError`` for a value of the wrong
/// type, which it names.
#[pyfunction]
#[pyo3(signature = (provider, body, signature, secret))]
pub(crate) fn verify_webhook(
    provider: &Bound<'_, PyAny>,
    body: &Bound<'_, PyAny>,
    signature: &Bound<'_, PyAny>,
    secret: &Bound<'_, PyAny>,
) -> PyResult<WebhookEvent> {
    let provider = json::text("provider", provider)?;
    let body = json::typed::<PyBytes>("body", "bytes", body)?;
    let given = match signature.is_none() {
        true => None,
        false => Some(json::typed::<PyString>("signature", "str", signature)?),
    };
    // Whoever sent the message wrote it: what is no text is not this body's signature either.
    let signature = given.map(|of| of.to_string_lossy()).unwrap_or_default();
    let secret = json::typed::<PyString>("secret", "str", secret)?;
    // Python's own error would carry the text.
    let secret = secret.to_str().map_err(|_| {
        let error = Error::configuration("webhook_secret", "`webhook_secret` is not Unicode text");
        Failure(error.with_hint("give it again, as text"))
    })?;
    let event = webhook::verify_signature(provider, &signature, body.as_bytes(), &secret.into())
        .map_err(Failure)?;
    let provider = portal::provider(provider).map_err(Failure)?.info.id;
    Ok(WebhookEvent { event, provider })
}

#[pymethods]
impl WebhookEvent {
    /// The provider's id of the event, the same in every delivery of it; never empty.
    #[getter]
    fn id(&self) -> &str {
        &self.event.id
    }

    /// What happened, such as ``payment.completed``; types are added without notice.
    #[getter]
    fn r#type(&self) -> &str {
        self.event.kind.as_str()
    }

    /// When the provider made the event (UTC).
    #[getter]
    fn created_at<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        time::datetime(py, self.event.created_at)
    }

    /// When the thing itself happened (UTC); ``None`` where the provider does not say.
    #[getter]
    fn occurred_at<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let at = self.event.occurred_at;
        at.map(|at| time::datetime(py, at)).transpose()
    }

    /// What it happened to, in the provider's own words: a new dict, empty where there is none.
    #[getter]
    fn data<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let data = self.event.raw.get("data").and_then(|data| data.as_object());
        data.map_or_else(|| Ok(PyDict::new(py)), |data| json::dict(py, data))
    }

    /// The metadata that the link was made with, ``data["user"]["metadata"]``.
    ///
    /// A new dict, empty where there is none.
    #[getter]
    fn metadata<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let user = self.event.data.user.as_ref();
        user.map_or_else(
            || Ok(PyDict::new(py)),
            |user| json::dict(py, &user.metadata),
        )
    }

    /// The documented fields that came in an undocumented form, such as ``data.price.unit_amount``.
    #[getter]
    fn unread<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, &self.event.unread)
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        Ok(format!(
            "WebhookEvent(provider='{}', id={}, type={}, created_at='{}', data='***')",
            self.provider,
            PyString::new(py, self.id()).repr()?,
            PyString::new(py, self.r#type()).repr()?,
            self.event.created_at,
        ))
    }
}
