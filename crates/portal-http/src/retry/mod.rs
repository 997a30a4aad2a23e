//! The retry budget, and the provider's `Retry-After`.

pub(crate) mod budget;
pub(crate) mod retry_after;
