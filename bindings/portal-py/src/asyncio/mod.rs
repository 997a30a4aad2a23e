//! Calls of `AsyncPortal`: one thread runs them, and a queue per event loop completes them.

pub(crate) mod async_runtime;
pub(crate) mod completion_queue;
mod waker;
