pub(crate) mod limiter;
pub(crate) mod rate;
pub(crate) mod registry;
pub(crate) mod sliding_window;
