//! The path to a provider, checked step by step by [`Client::diagnostics`](crate::Client::diagnostics).

pub use portal_http::{Check, CheckKind, Outcome};
