use std::fmt;
use std::time::{Duration, SystemTime};

use pyo3::prelude::*;
use pyo3::types::{IntoPyDict, PyDict};
use tracing::field::{Field, Visit};
use tracing::{Event, Level};

/// The fields that are passed on with an event. Any other field, of whatever origin, is dropped.
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
    fields: Vec<(&'static str, Value)>,
}

#[derive(IntoPyObject)]
enum Value {
    Word(String),
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
            Value::Count(attempts) if *name == "attempts" => Some(*attempts),
            _ => None,
        })
    }

    /// Makes it a `logging.LogRecord` of its own moment, with its fields in an attribute `portal`: each
    /// under its own name it could clash with a field of the application or of its log reader.
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
                Value::Amount(_) => ".3f",
                Value::Word(_) | Value::Count(_) => "s",
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
        let made = (
            name, number, self.file, self.line, template, arguments, &none, &none, extra,
        );
        let record = logger.call_method1("makeRecord", made)?;
        // It happened a moment ago: while the interpreter's lock was another's.
        let at = self.at.as_secs_f64();
        let made: f64 = record.getattr("created")?.extract()?;
        let relative: f64 = record.getattr("relativeCreated")?.extract()?;
        record.setattr("created", at)?;
        record.setattr("msecs", f64::from(self.at.subsec_millis()))?;
        record.setattr("relativeCreated", relative - (made - at) * 1000.0)?;
        Ok(record)
    }

    fn keep(&mut self, field: &Field, value: impl FnOnce() -> Value) {
        if FIELDS.contains(&field.name()) {
            self.fields.push((field.name(), value()));
        }
    }
}

impl Visit for LogEvent {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.keep(field, || Value::Amount(value));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.keep(field, || Value::Count(value));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.keep(field, || Value::Word(value.to_owned()));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        match field.name() {
            "message" => self.message = format!("{value:?}"),
            _ => self.keep(field, || Value::Word(format!("{value:?}"))),
        }
    }
}
