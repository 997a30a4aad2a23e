use std::fmt;
use std::time::{Duration, SystemTime};

use pyo3::prelude::*;
use pyo3::types::{IntoPyDict, PyDict};
use tracing::field::{Field, Visit};
use tracing::{Event, Level};

/// The fields that an event keeps. Any other field is dropped.
const FIELDS: [&str; 12] = [
    "attempt",
    "attempts",
    "delivery",
    "error",
    "host",
    "kind",
    "operation",
    "port",
    "provider",
    "rate",
    "seconds",
    "status",
];

/// One event of the Rust library, for Python's `logging`.
pub(crate) struct LogEvent {
    at: Duration,
    pub(crate) level: Level,
    file: &'static str,
    line: u32,
    message: String,
    fields: Vec<(&'static str, FieldValue)>,
}

#[derive(IntoPyObject)]
enum FieldValue {
    Text(String),
    Count(u64),
    Amount(f64),
}

impl LogEvent {
    pub(crate) fn of(event: &Event<'_>) -> Self {
        let metadata = event.metadata();
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        let mut record = Self {
            at: since.unwrap_or_default(),
            level: *metadata.level(),
            file: metadata.file().unwrap_or_default(),
            line: metadata.line().unwrap_or_default(),
            message: String::new(),
            fields: Vec::with_capacity(metadata.fields().len()),
        };
        event.record(&mut record);
        record
    }

    /// Returns how many attempts a call took, if this event is about its end.
    pub(crate) fn attempts(&self) -> Option<u64> {
        self.fields.iter().find_map(|(name, value)| match value {
            FieldValue::Count(attempts) if *name == "attempts" => Some(*attempts),
            _ => None,
        })
    }

    /// Converts the event to a `logging.LogRecord` with the event's own time and its fields in an attribute
    /// `portal`: as attributes of their own, they could clash with fields of the application.
    pub(crate) fn log_record<'py>(
        self,
        logger: &Bound<'py, PyAny>,
        number: u8,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = logger.py();
        let fields = PyDict::new(py);
        let mut template = self.message;
        for (index, (name, value)) in self.fields.into_iter().enumerate() {
            let separator = if index == 0 { ": " } else { " " };
            let form = match value {
                FieldValue::Amount(_) => ".3f",
                FieldValue::Text(_) | FieldValue::Count(_) => "s",
            };
            template += &format!("{separator}{name}=%({name}){form}");
            fields.set_item(name, value)?;
        }
        let arguments = match fields.is_empty() {
            true => ().into_pyobject(py)?,
            false => (&fields,).into_pyobject(py)?.into_any().cast_into()?,
        };
        let name = logger.getattr("name")?;
        let none = py.None();
        let extra = [("portal", &fields)].into_py_dict(py)?;
        let record_arguments = (
            name, number, self.file, self.line, template, arguments, &none, &none, extra,
        );
        let record = logger.call_method1("makeRecord", record_arguments)?;
        // The event happened earlier, before this thread got the interpreter's lock.
        let at = self.at.as_secs_f64();
        let created: f64 = record.getattr("created")?.extract()?;
        let relative: f64 = record.getattr("relativeCreated")?.extract()?;
        record.setattr("created", at)?;
        record.setattr("msecs", f64::from(self.at.subsec_millis()))?;
        record.setattr("relativeCreated", relative - (created - at) * 1000.0)?;
        Ok(record)
    }

    fn keep(&mut self, field: &Field, value: impl FnOnce() -> FieldValue) {
        if FIELDS.contains(&field.name()) {
            self.fields.push((field.name(), value()));
        }
    }
}

impl Visit for LogEvent {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.keep(field, || FieldValue::Amount(value));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.keep(field, || FieldValue::Count(value));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.keep(field, || FieldValue::Text(value.to_owned()));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        match field.name() {
            "message" => self.message = format!("{value:?}"),
            _ => self.keep(field, || FieldValue::Text(format!("{value:?}"))),
        }
    }
}
