use portal::adapter::BaseUrl;
use portal::config::Config;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::config::config;
use crate::link::Link;
use crate::logging::span::Span;
use crate::request::Arguments;
use crate::threads::runtime_pool::RuntimePool;

/// A client of one provider's account that creates portal links. Create one and share it among threads.
///
/// Settings that are not given come from the environment (``capabilities(provider).variables``).
/// ``timeout`` is the time for a whole call with retries, in seconds (default 30). ``max_retries`` is the
/// number of attempts after the first (default 2). ``rate`` is the limit of requests a second (default:
/// the documented limit), or ``"off"``. All portals of a process with the same credential share the
/// lowest ``rate``, and waiting for it counts towards ``timeout``. ``ca`` is a PEM file of authorities,
/// in addition to the system's. With ``return_origins``, such as ``https://my.site``, a ``return_url`` of
/// another origin is an ``InvalidRequestError`` before anything is sent.
///
/// Raises ``ConfigurationError`` for an unknown provider and for a setting that is missing or
/// malformed, and ``TypeError`` for an unknown keyword.
#[pyclass(frozen, module = "portal_py")]
pub(crate) struct Portal {
    config: Config,
    pool: RuntimePool,
    base: BaseUrl,
}

#[pymethods]
impl Portal {
    #[new]
    #[pyo3(
        signature = (provider, *, timeout = None, max_retries = None, rate = None, ca = None, return_origins = None, **settings),
        text_signature = "(provider, *, timeout=None, max_retries=None, rate=None, ca=None, return_origins=None, **settings)"
    )]
    fn new(
        provider: &str,
        timeout: Option<&Bound<'_, PyAny>>,
        max_retries: Option<&Bound<'_, PyAny>>,
        rate: Option<&Bound<'_, PyAny>>,
        ca: Option<&Bound<'_, PyAny>>,
        return_origins: Option<&Bound<'_, PyAny>>,
        settings: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Self> {
        let config = config(
            provider,
            timeout,
            max_retries,
            rate,
            ca,
            return_origins,
            settings,
        )?;
        let (pool, base) = RuntimePool::new(&config)?;
        Ok(Self { config, pool, base })
    }

    /// The provider's id, such as ``kwik``.
    #[getter]
    fn provider(&self) -> &'static str {
        self.config.provider().info.id
    }

    /// Create a link that logs the customer in to the provider's portal.
    ///
    /// Name the customer by ``customer_id``, ``email`` or both, or by ``customer``. ``metadata``
    /// comes back in webhooks, ``return_url`` is where the portal's "back" leads, and ``extra`` has
    /// fields of the provider's own API. An option that the provider cannot honour is an
    /// ``UnsupportedError``, unless ``best_effort`` leaves it out and lists it in ``link.omitted``.
    ///
    /// Other threads run during the call; Ctrl-C ends it. Raises ``PortalError``, whose subclasses
    /// say what to do and whose ``delivery`` says whether the provider may have acted; ``TypeError``
    /// for a value of the wrong type, which it names; ``RuntimeError`` once the portal is closed.
    #[pyo3(
        signature = (*, customer = None, settings = None, extra = None, best_effort = None, **options),
        text_signature = "($self, *, customer=None, settings=None, extra=None, best_effort=False, **options)"
    )]
    fn create_link(
        &self,
        py: Python<'_>,
        customer: Option<&Bound<'_, PyAny>>,
        settings: Option<&Bound<'_, PyAny>>,
        extra: Option<&Bound<'_, PyAny>>,
        best_effort: Option<&Bound<'_, PyAny>>,
        options: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Link> {
        let info = self.config.provider().info;
        let arguments = Arguments {
            customer,
            settings,
            extra,
            best_effort,
            options,
        };
        let span = Span::begin(py, info.id, &self.base);
        let event_span = span.as_ref().map(|span| span.clone_ref(py));
        let link = arguments.request().and_then(|request| {
            self.pool
                .create_link(py, &self.config, &request, event_span)
        });
        if let Some(span) = span {
            span.end(py, &link);
        }
        Ok(Link::new(link?, info.id))
    }

    /// Open a connection unless one is open, so that the next link takes one round trip instead of three.
    ///
    /// Nothing is sent over it. It is kept for 90 seconds without a call, or for as long as the server
    /// keeps it. Raises the errors of ``create_link`` if no connection can be opened. It is safe to ignore
    /// them, because the next call opens its own connection.
    fn warm_up(&self, py: Python<'_>) -> PyResult<()> {
        self.pool.warm_up(py, &self.config)
    }

    /// Close the connections. Running calls continue; later ones raise ``RuntimeError``.
    fn close(&self) {
        self.pool.close();
    }

    fn __enter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    #[pyo3(signature = (exc_type, exc_value, traceback, /))]
    fn __exit__(
        &self,
        exc_type: &Bound<'_, PyAny>,
        exc_value: &Bound<'_, PyAny>,
        traceback: &Bound<'_, PyAny>,
    ) {
        let _ = (exc_type, exc_value, traceback);
        self.close();
    }

    fn __repr__(&self) -> String {
        format!("Portal('{}')", self.provider())
    }

    fn __reduce__(&self) -> PyResult<()> {
        Err(PyTypeError::new_err(
            "a Portal cannot be pickled, since it holds a key and connections; hint: create one in each process",
        ))
    }
}
