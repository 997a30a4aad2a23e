//! The credential in use, and where the next one comes from.

pub(crate) mod adapter_source;
pub(crate) mod credential;
