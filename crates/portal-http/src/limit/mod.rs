//! The rate limit: when a request may be sent.

pub(crate) mod limiter;
pub(crate) mod permit;
pub(crate) mod rate;
pub(crate) mod registry;
pub(crate) mod sliding_window;
pub(crate) mod spread;
