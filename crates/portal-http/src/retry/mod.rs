//! What retries may cost, and how long a provider asks to wait.

pub(crate) mod budget;
pub(crate) mod retry_after;
