//! The rate limit: who may send a request when.

pub(crate) mod limiter;
pub(crate) mod permit;
pub(crate) mod rate;
pub(crate) mod registry;
pub(crate) mod sliding_window;
pub(crate) mod spread;
