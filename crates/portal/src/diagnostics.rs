//! Checks of the path to a provider, by [`Client::diagnostics`](crate::Client::diagnostics), and
//! previews of requests, by [`Client::preview`](crate::Client::preview). Neither has side effects.

pub use portal_http::{Check, CheckKind, Outcome, Preview};
