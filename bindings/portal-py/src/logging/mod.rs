//! The Rust library's events as log records and spans of Python.

mod imported_module;
mod log_event;
pub(crate) mod log_sink;
pub(crate) mod span;
pub(crate) mod tracing_bridge;

pub(crate) use log_event::LogEvent;
