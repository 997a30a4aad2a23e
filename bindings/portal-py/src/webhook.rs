use http::{HeaderMap, HeaderName, HeaderValue};
use portal::{Error, webhook};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyMemoryView, PyString, PyTuple};

use crate::error::CallError;
use crate::json;
use crate::time;

/// An event that a provider signed and sent.
///
/// Providers send an event more than once and in any order: store the ``id`` of each processed
/// event, and sort events by ``occurred_at or created_at``. ``repr`` and ``str`` show neither
/// ``data`` nor ``metadata``, which hold personal data.
#[pyclass(frozen, module = "portal_py")]
pub(crate) struct WebhookEvent {
    event: webhook::WebhookEvent,
    /// The id of the provider that sent it, such as ``onlineapp``.
    #[pyo3(get)]
    provider: &'static str,
}

/// Verify a webhook's signature, and return the event in its body; nothing is sent.
///
/// ``body`` is the body's bytes as they were received: JSON that was parsed and written again is not
/// what was signed. ``headers`` are the message's, a mapping or pairs of ``str`` or ``bytes``, with
/// names in any case; instead, ``signature`` is the value of the one header that is signed (OnlineApp's
/// ``X-Monetize-Signature``), ``None`` if it is missing. ``secret`` is the webhook's; while it is
/// being replaced, try the new one, then the old. OnlineApp signs no time, so an old message stays
/// valid: store the ids of processed events.
///
/// Raises ``AuthenticationError``, to be answered with 401, if the signature is missing,
/// malformed or wrong; ``ConfigurationError`` for an unknown provider and for an empty secret;
/// ``UnsupportedError`` for a provider that documents no signature; ``ProtocolError`` if the
/// signed body is not an event; ``TypeError`` for a value of the wrong type, which it names, and
/// if both ``headers`` and ``signature`` are given.
#[pyfunction]
#[pyo3(signature = (provider, *, body, secret, headers = None, signature = None))]
pub(crate) fn verify_webhook(
    provider: &Bound<'_, PyAny>,
    body: &Bound<'_, PyAny>,
    secret: &Bound<'_, PyAny>,
    headers: Option<&Bound<'_, PyAny>>,
    signature: Option<&Bound<'_, PyAny>>,
) -> PyResult<WebhookEvent> {
    let provider = json::text("provider", provider)?;
    let body = body_bytes(body)?;
    let secret = json::typed::<PyString>("secret", "str", secret)?;
    // Python's own error would repeat the text.
    let secret = secret.to_str().map_err(|_| {
        let error = Error::configuration("webhook_secret", "`webhook_secret` is not Unicode text");
        CallError(error.with_hint("give it again, as text"))
    })?;
    let secret = secret.into();
    let event = match (headers, signature) {
        (Some(_), Some(_)) => {
            return Err(PyTypeError::new_err(
                "give either 'headers' or 'signature', not both",
            ));
        }
        (Some(headers), None) => {
            webhook::verify(provider, &header_map(headers)?, body.as_bytes(), &secret)
        }
        (None, signature) => {
            let signature = signature
                .map(|input| json::typed::<PyString>("signature", "str", input))
                .transpose()?;
            // A sender may write anything: a signature that is not text does not match this body.
            let signature = signature.map(|text| text.to_string_lossy());
            let signature = signature.unwrap_or_default();
            webhook::verify_signature(provider, &signature, body.as_bytes(), &secret)
        }
    };
    let event = event.map_err(CallError)?;
    let provider = portal::provider(provider).map_err(CallError)?.info.id;
    Ok(WebhookEvent { event, provider })
}

/// Returns the bytes of any bytes-like body.
fn body_bytes<'py>(body: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyBytes>> {
    if let Ok(bytes) = body.cast::<PyBytes>() {
        return Ok(bytes.clone());
    }
    // Python's own error names no argument, and its `bytes` would accept `3` and `[1]`.
    let view = PyMemoryView::from(body)
        .map_err(|_| json::wrong_type("body", "a bytes-like object", &body.get_type()))?;
    Ok(view.call_method0("tobytes")?.cast_into()?)
}

/// Converts headers in the forms that frameworks use: a mapping or pairs of `str` or `bytes`.
///
/// A header that HTTP does not allow cannot have been received, so it is left out.
fn header_map(headers: &Bound<'_, PyAny>) -> PyResult<HeaderMap> {
    let wrong = || {
        let wanted = "a mapping or pairs of header names and values";
        json::wrong_type("headers", wanted, &headers.get_type())
    };
    let pairs = match headers.hasattr("items")? {
        true => headers.call_method0("items")?,
        false => headers.clone(),
    };
    let mut map = HeaderMap::new();
    for pair in pairs.try_iter().map_err(|_| wrong())? {
        let (name, value): (Bound<'_, PyAny>, Bound<'_, PyAny>) =
            pair?.extract().map_err(|_| wrong())?;
        let name = HeaderName::from_bytes(&header_bytes(&name).ok_or_else(wrong)?);
        let value = HeaderValue::from_bytes(&header_bytes(&value).ok_or_else(wrong)?);
        if let (Ok(name), Ok(value)) = (name, value) {
            map.append(name, value);
        }
    }
    Ok(map)
}

fn header_bytes(text: &Bound<'_, PyAny>) -> Option<Vec<u8>> {
    if let Ok(bytes) = text.cast::<PyBytes>() {
        return Some(bytes.as_bytes().to_vec());
    }
    let text = text.cast::<PyString>().ok()?;
    Some(text.to_string_lossy().into_owned().into_bytes())
}

#[pymethods]
impl WebhookEvent {
    /// The provider's id of the event, the same in every delivery of it; never empty.
    #[getter]
    fn id(&self) -> &str {
        &self.event.id
    }

    /// The event's type, such as ``payment.completed``; providers add types without notice.
    #[getter]
    fn r#type(&self) -> &str {
        self.event.kind.as_str()
    }

    /// When the provider made the event (UTC).
    #[getter]
    fn created_at<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        time::datetime(py, self.event.created_at)
    }

    /// When it happened (UTC); ``None`` if the provider does not say.
    #[getter]
    fn occurred_at<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let at = self.event.occurred_at;
        at.map(|at| time::datetime(py, at)).transpose()
    }

    /// The event's data as the provider sent it: a new dict, empty if there is none.
    #[getter]
    fn data<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let data = self.event.raw.get("data").and_then(|data| data.as_object());
        data.map_or_else(|| Ok(PyDict::new(py)), |data| json::dict(py, data))
    }

    /// The metadata that the link was created with, ``data["user"]["metadata"]``.
    ///
    /// A new dict, empty if there is none.
    #[getter]
    fn metadata<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let user = self.event.data.user.as_ref();
        user.map_or_else(
            || Ok(PyDict::new(py)),
            |user| json::dict(py, &user.metadata),
        )
    }

    /// The documented fields that have an undocumented form, such as ``data.price.unit_amount``.
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
