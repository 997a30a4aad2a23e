mod credentials;
#[cfg(feature = "sandbox")]
pub(crate) mod page;

#[cfg(feature = "sandbox")]
pub(crate) use credentials::demo_config;
pub(crate) use credentials::use_demo_credentials;
