//! What a client would do, without side effects: the path to a provider, checked step by step by
//! [`Client::diagnostics`](crate::Client::diagnostics), and requests by
//! [`Client::preview`](crate::Client::preview).

pub use portal_http::{Check, CheckKind, Outcome, Preview};
