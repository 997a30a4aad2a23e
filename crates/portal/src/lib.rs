//! Customer-portal links for any provider: one request, one short-lived link.
//!
//! A business that bills subscriptions sends a customer to its provider's *customer portal* by a
//! link that its server creates with a secret key. This crate creates that link, the same way for
//! every provider:
//!
//! ```no_run
//! # async fn example() -> portal::Result<()> {
//! use portal::{Customer, LinkRequest, PortalProvider};
//!
//! let provider = portal::from_env("kwik")?; // configuration from the environment
//! let request = LinkRequest::new(Customer::from_id("cus_abc123"))
//!     .subscription("sub_abc123")
//!     .return_url("https://my.site/account");
//! let link = provider.create_link(&request).await?;
//! let response: http::Response<()> = portal::redirect(&link); // 303, never cached
//! # Ok(())
//! # }
//! ```
//!
//! The link is a login to a customer's billing: redirect the customer's browser to it at once, and
//! neither store nor log it. Its `Debug` is masked; `link.url().expose()` returns the address.
//!
//! * [`request`] has the options of requests, their types, and plans.
//! * [`config`] loads configuration from a file, its profiles and the environment.
//! * [`diagnostics`] checks the path to a provider.
//! * [`webhook`] verifies webhooks and reads their events.
//! * [`adapter`] is for authors of adapters to further providers.

pub mod adapter;
mod bounded_file;
mod bounded_wait;
pub mod config;
mod credentials;
pub mod diagnostics;
mod file_owner;
mod providers;
mod redirect;
mod similar_name;
pub mod webhook;

use std::sync::Arc;

#[cfg(feature = "testing")]
pub use portal_core::MockPortalProvider;
pub use portal_core::{
    Customer, Delivery, Error, JsonObject, Kind, LinkRequest, PortalLink, PortalProvider,
    PortalUrl, Result, Secret, request,
};
pub use portal_http::Client;

use crate::config::Config;
pub use crate::providers::*;
pub use crate::redirect::redirect;

/// Creates a client for a provider, by its id, with configuration from the environment.
///
/// [`providers`] lists the variables. Each secret may also come from the file that `NAME_FILE`
/// names. Nothing is sent yet.
///
/// # Errors
/// [`Kind::Configuration`], with the field and the variable that would set it.
pub fn from_env(provider: &str) -> Result<Arc<dyn PortalProvider>> {
    from_config(&Config::from_env(provider)?)
}

/// Creates a client from a configuration.
///
/// # Errors
/// [`Kind::Configuration`], with the field at fault.
pub fn from_config(config: &Config) -> Result<Arc<dyn PortalProvider>> {
    Ok(Arc::new(config.client()?))
}

/// The Rust examples of the documents: as doc tests, they are compiled and run.
#[cfg(doctest)]
mod documents {
    macro_rules! document {
        ($($name:ident $path:literal)*) => { $(#[doc = include_str!($path)] struct $name;)* };
    }

    document! {
        Readme "../../../README.md"
        ErrorsAndRetries "../../../docs/guide/errors-and-retries.md"
        MakeALink "../../../docs/guide/make-a-link.md"
        Webhooks "../../../docs/guide/webhooks.md"
    }

    /// The program that the sandbox's home page shows.
    #[doc = concat!(
        "```no_run\n# async fn example() -> portal::Result<()> {\n",
        include_str!("../../portal-sandbox/templates/home/example_rust.txt"),
        "# Ok(())\n# }\n```"
    )]
    struct SandboxHome;
}
