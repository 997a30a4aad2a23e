#[cfg(feature = "sandbox")]
mod credentials;
#[cfg(feature = "sandbox")]
pub(crate) mod page;
#[cfg(not(feature = "sandbox"))]
mod unavailable;

#[cfg(feature = "sandbox")]
pub(crate) use credentials::{demo_config, use_demo_credentials};
#[cfg(not(feature = "sandbox"))]
pub(crate) use unavailable::use_demo_credentials;
