use std::sync::atomic::{AtomicBool, Ordering};

use pyo3::exceptions::PyException;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use tracing::Level;
use tracing::level_filters::LevelFilter;

use crate::logging::LogEvent;
use crate::logging::imported_module::imported_module;
use crate::logging::span::Span;
use crate::logging::tracing_bridge;

/// Where the log events of one call go in Python: the application's `logging`, and its span.
pub(crate) struct LogSink {
    span: Option<Span>,
    /// The call's own `contextvars`: what a filter or a formatter looks up there is the caller's,
    /// on whatever thread and in whatever task the event is passed on.
    context: Py<PyAny>,
}

/// Whether a call ever had a span: later ones will too.
static HAS_SPANS: AtomicBool = AtomicBool::new(false);

impl LogSink {
    /// Returns where the events of a call that begins now go; `None` where nothing logs or traces.
    pub(crate) fn of(py: Python<'_>, span: Option<Span>) -> PyResult<Option<Self>> {
        let logged = level(py);
        if span.is_some() {
            HAS_SPANS.store(true, Ordering::Relaxed);
        }
        tracing_bridge::set_level(match HAS_SPANS.load(Ordering::Relaxed) {
            // Not lower again: another call's span may be waiting for the end of its call.
            true => LevelFilter::DEBUG,
            false => logged,
        });
        let context = match &span {
            Some(span) => span.context(py)?,
            None if logged == LevelFilter::OFF => return Ok(None),
            None => copy_context(py)?,
        };
        Ok(Some(Self { span, context }))
    }

    /// Passes events on. What a handler raises is reported and disturbs no call, but for what
    /// ends a program, such as Ctrl-C.
    pub(crate) fn emit(
        &self,
        py: Python<'_>,
        events: impl IntoIterator<Item = LogEvent>,
    ) -> PyResult<()> {
        let mut outcome = Ok(());
        for event in events {
            if let Some(span) = &self.span {
                span.record_event(py, &event);
            }
            if let Err(error) = self.log(py, event) {
                match error.is_instance_of::<PyException>(py) {
                    true => error.write_unraisable(py, None),
                    false => outcome = outcome.and(Err(error)),
                }
            }
        }
        outcome
    }

    fn log(&self, py: Python<'_>, event: LogEvent) -> PyResult<()> {
        let number = number(event.level);
        let Some(logger) = logger(py) else {
            return Ok(());
        };
        if is_enabled(logger, number)? {
            let handle = logger.getattr(intern!(py, "handle"))?;
            let record = event.log_record(logger, number)?;
            let run = (handle, record);
            self.context.call_method1(py, intern!(py, "run"), run)?;
        }
        Ok(())
    }
}

/// Returns the lowest level that the application logs. Read with every call, since Python gives
/// no notice when it changes; `logging.disable` and the like are looked at for each event.
fn level(py: Python<'_>) -> LevelFilter {
    let least = logger(py).and_then(|logger| {
        let level = logger.call_method0(intern!(py, "getEffectiveLevel"));
        level.and_then(|level| level.extract::<i64>()).ok()
    });
    let Some(least) = least else {
        return LevelFilter::OFF;
    };
    let levels = [Level::DEBUG, Level::INFO, Level::WARN, Level::ERROR];
    let wanted = levels
        .into_iter()
        .find(|&level| least <= i64::from(number(level)));
    wanted.map_or(LevelFilter::OFF, LevelFilter::from_level)
}

fn is_enabled(logger: &Bound<'_, PyAny>, number: u8) -> PyResult<bool> {
    let name = intern!(logger.py(), "isEnabledFor");
    logger.call_method1(name, (number,))?.is_truthy()
}

/// Returns the logger `portal_py`, once the application has imported `logging`.
fn logger(py: Python<'_>) -> Option<&Bound<'_, PyAny>> {
    static LOGGER: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let logger = match LOGGER.get(py) {
        Some(logger) => logger,
        None => {
            // First, since it runs with every call where `logging` is never imported: the lock costs more.
            let logging = imported_module(intern!(py, "logging"))?;
            let logger = LOGGER.get_or_try_init(py, || {
                let logger = logging.call_method1("getLogger", ("portal_py",));
                logger.map(Bound::unbind)
            });
            // Without it, another thread is importing the module just now.
            logger.ok()?
        }
    };
    Some(logger.bind(py))
}

/// Python's number of a level.
fn number(level: Level) -> u8 {
    match level {
        Level::ERROR => 40,
        Level::WARN => 30,
        Level::INFO => 20,
        Level::DEBUG | Level::TRACE => 10,
    }
}

fn copy_context(py: Python<'_>) -> PyResult<Py<PyAny>> {
    static COPY: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    COPY.import(py, "contextvars", "copy_context")?
        .call0()
        .map(Bound::unbind)
}
