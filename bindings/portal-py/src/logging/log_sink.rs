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

/// Passes the log events of one call to Python: to the application's `logging`, and to the call's span.
pub(crate) struct LogSink {
    span: Option<Span>,
    /// The caller's `contextvars`, for filters and formatters: the event may be passed on in another
    /// thread or task.
    context: Py<PyAny>,
}

/// Whether a call ever had a span. Later calls probably have one too.
static HAS_SPANS: AtomicBool = AtomicBool::new(false);

impl LogSink {
    /// Creates the sink for a call that begins now; `None` if the application neither logs nor traces it.
    pub(crate) fn of(py: Python<'_>, span: Option<Span>) -> PyResult<Option<Self>> {
        let log_level = level(py);
        if span.is_some() {
            HAS_SPANS.store(true, Ordering::Relaxed);
        }
        tracing_bridge::set_level(match HAS_SPANS.load(Ordering::Relaxed) {
            // Keep this level: the span of another running call may need the event of its end.
            true => LevelFilter::DEBUG,
            false => log_level,
        });
        let context = match &span {
            Some(span) => span.context(py)?,
            None if log_level == LevelFilter::OFF => return Ok(None),
            None => copy_context(py)?,
        };
        Ok(Some(Self { span, context }))
    }

    /// Passes events to Python. An exception of a handler is reported and does not disturb the call, except
    /// for one that ends the program, such as `KeyboardInterrupt`.
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

/// Returns the lowest level that the application logs. Every call reads it, because Python does not
/// report changes. `logging.disable` and similar settings are checked for each event.
fn level(py: Python<'_>) -> LevelFilter {
    let lowest = logger(py).and_then(|logger| {
        let level = logger.call_method0(intern!(py, "getEffectiveLevel"));
        level.and_then(|level| level.extract::<i64>()).ok()
    });
    let Some(lowest) = lowest else {
        return LevelFilter::OFF;
    };
    let levels = [Level::DEBUG, Level::INFO, Level::WARN, Level::ERROR];
    let level = levels
        .into_iter()
        .find(|&level| lowest <= i64::from(number(level)));
    level.map_or(LevelFilter::OFF, LevelFilter::from_level)
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
            // Checked before the lock, which costs more, because every call of an application without
            // `logging` comes here.
            let logging = imported_module(intern!(py, "logging"))?;
            let logger = LOGGER.get_or_try_init(py, || {
                let logger = logging.call_method1("getLogger", ("portal_py",));
                logger.map(Bound::unbind)
            });
            // An error means that another thread is importing the module.
            logger.ok()?
        }
    };
    Some(logger.bind(py))
}

/// Returns Python's number of a level.
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
