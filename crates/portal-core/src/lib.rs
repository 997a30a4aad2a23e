//! The domain of customer portals: requests, links, capabilities, errors, and the traits of providers and
//! adapters.
//!
//! This crate does no I/O and uses no clock and no randomness. An application holds a
//! [`PortalProvider`], which creates a [`PortalLink`]. A provider's author writes an [`Adapter`], which
//! turns a [`LinkRequest`] into one HTTP request, and one HTTP answer back into a link or an
//! [`Error`].
//!
//! ```
//! use portal_core::{Customer, LinkRequest};
//!
//! let request = LinkRequest::new(Customer::from_id("cus_abc123"))
//!     .subscription("sub_abc123")
//!     .allow_cancel(false)
//!     .return_url("https://my.site/account");
//! ```

mod account_fingerprint;
mod adapter;
mod address;
mod answer;
mod base_url;
mod body;
mod call;
mod characters;
mod credential;
mod credential_part;
mod error;
mod idempotency;
mod link;
mod lossy_json;
#[doc(hidden)]
pub mod object;
mod portal_url;
mod provider;
mod rate_limit;
mod redact;
mod redactor;
pub mod request;
mod retry;
mod secret;
mod status;
pub mod timestamp;
pub mod webhook;

pub use account_fingerprint::AccountFingerprint;
pub use adapter::{Adapter, link_call};
pub use answer::Answer;
pub use base_url::BaseUrl;
pub use body::{json_body, path_segment, post_json};
pub use call::{Call, Decode};
pub use characters::{escape_control, is_invisible, is_variation_selector};
pub use credential::Credential;
pub use credential_part::{CredentialPart, validate_pasted};
pub use error::{Delivery, Error, Kind};
pub use idempotency::Idempotency;
pub use link::PortalLink;
pub use lossy_json::lossy_json;
pub use object::Text;
pub use portal_url::PortalUrl;
#[cfg(feature = "testing")]
pub use provider::MockPortalProvider;
pub use provider::{PortalProvider, ProviderInfo};
pub use rate_limit::RateLimit;
pub use redact::redact;
pub use redactor::Redactor;
pub use request::{
    CancelType, Capabilities, Customer, CustomerId, EmailAddress, ExternalId, Field, FieldGroup,
    FieldInfo, FieldSupport, LinkFields, LinkPolicy, LinkRequest, OptionValue, PageTitle, Plan,
    ProductId, ReturnOrigins, ReturnUrl, SubscriptionId, Support, ValidatedRequest, ValueKind,
};
pub use retry::{RetryBudget, RetryDecision, RetryPolicy};
pub use secret::Secret;
pub use status::{classify, default_hint};

/// A JSON object, as `metadata`, `extra` and `raw` hold it.
pub type JsonObject = serde_json::Map<String, serde_json::Value>;

/// The result of every fallible call of this toolkit.
pub type Result<T, E = Error> = std::result::Result<T, E>;
