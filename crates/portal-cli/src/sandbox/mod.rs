#[cfg(feature = "sandbox")]
pub(crate) mod control;
#[cfg(feature = "sandbox")]
mod credentials;
#[cfg(feature = "sandbox")]
pub(crate) mod loopback;
#[cfg(feature = "sandbox")]
pub(crate) mod page;
mod start_hint;
#[cfg(not(feature = "sandbox"))]
mod unavailable;

#[cfg(feature = "sandbox")]
pub(crate) use credentials::{demo_config, emulates, not_emulated, use_demo_credentials};
pub(crate) use start_hint::with_start_hint;
#[cfg(not(feature = "sandbox"))]
pub(crate) use unavailable::{emulates, use_demo_credentials};
