//! Customer-portal links for any provider: one request, one short-lived link.
//!
//! A business that bills subscriptions sends a customer to its provider's *customer portal* by a
//! link that its server makes with a secret key. This crate makes that link, the same way for
//! every provider:
//!
//! ```no_run
//! # async fn example() -> portal::Result<()> {
//! use portal::{Customer, LinkRequest, PortalProvider, from_env};
//!
//! let provider = from_env("kwik")?; // configuration from the environment
//! let request = LinkRequest::new(Customer::from_id("cus_abc123"))
//!     .subscription("sub_abc123")
//!     .return_url("https://my.site/account")?;
//! let link = provider.create_link(&request).await?;
//! let response: http::Response<()> = portal::redirect(&link); // 303, never cached
//! # Ok(())
//! # }
//! ```
//!
//! The link is a login to somebody's billing: redirect the customer's browser to it at once, and
//! neither store nor log it. Its `Debug` is masked; reading it takes `link.url().expose()`.

mod builder;
mod command;
mod config;
mod file;
#[cfg(feature = "kwik")]
mod kwik;
mod layers;
#[cfg(feature = "onlineapp")]
mod onlineapp;
mod origin;
mod providers;
mod redirect;
mod rotation;
mod secret_file;
mod single_flight;
mod source;
mod suggestion;
mod value;
mod values;
pub mod webhook;

use std::sync::Arc;

pub use builder::Builder;
pub use config::Config;
pub use file::ConfigFile;
#[cfg(feature = "kwik")]
pub use kwik::Kwik;
pub use layers::ConfigLoader;
#[cfg(feature = "onlineapp")]
pub use onlineapp::OnlineApp;
#[cfg(feature = "testing")]
pub use portal_core::MockPortalProvider;
pub use portal_core::{
    BaseUrl, CancelType, Capabilities, Customer, CustomerId, Delivery, EmailAddress, Error, Field,
    FieldSupport, JsonObject, Kind, LinkFields, LinkPolicy, LinkRequest, PageTitle, Plan,
    PortalLink, PortalProvider, PortalUrl, ProductId, ProviderInfo, RateLimit, Result, RetryBudget,
    RetryPolicy, ReturnOrigins, ReturnUrl, Secret, SubscriptionId, Support, redact, timestamp,
};
pub use portal_http::{
    Check, CheckKind, Client, Clock, Options, Outcome, PermitId, PermitRequest, Preview, Rate,
    RateLimiter, Roots, Sleep, SleepReason, Spread, SystemClock,
};
pub use providers::{Provider, Setting, provider, providers};
pub use redirect::redirect;
pub use single_flight::SingleFlight;
pub use source::Source;
pub use value::EffectiveSetting;

/// Connects to a provider by its id, configured by the environment.
///
/// The variables are listed by [`providers`]; each secret may also come from the file that
/// `NAME_FILE` names. Nothing is sent yet.
///
/// # Errors
/// [`Kind::Configuration`], with the field and the variable that would set it.
pub fn from_env(provider: &str) -> Result<Arc<dyn PortalProvider>> {
    from_config(&Config::from_env(provider)?)
}

/// Connects to the provider of a configuration.
///
/// # Errors
/// [`Kind::Configuration`], with the field at fault.
pub fn from_config(config: &Config) -> Result<Arc<dyn PortalProvider>> {
    Ok(Arc::new(config.client()?))
}

/// The README's Rust example, so that it compiles.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;
