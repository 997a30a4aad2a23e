//! monetize.software's OnlineApp paywall, in the words of `portal-core`.
//!
//! Written from the vendor's documentation of `get-customer-portal` (server-side SDK, server API
//! and REST API pages) and from how its public TypeScript SDK reads answers.
//!
//! ```
//! use adapter_onlineapp::OnlineApp;
//! use portal_core::{Customer, LinkRequest, link_call};
//!
//! let onlineapp = OnlineApp::new("547")?;
//! let request = LinkRequest::new(Customer::from_email("user@example.com"));
//! let call = link_call(&onlineapp, &request)?;
//! assert_eq!(call.request().uri(), "/api/v1/paywall/547/get-customer-portal");
//! # Ok::<(), portal_core::Error>(())
//! ```

mod adapter;
mod fault;
mod paywall_id;
pub mod webhook;
mod wire;

use http::{HeaderName, Uri};
use portal_core::{
    BaseUrl, Capabilities, Credential, CredentialPart, Field, ProviderInfo, Result, Secret, Support,
};

pub use paywall_id::PaywallId;

const API_KEY: HeaderName = HeaderName::from_static("x-api-key");

const HINT: &str =
    "copy it from the paywall's settings in the dashboard, without quotes or line ends";

/// The static description of OnlineApp.
pub const INFO: ProviderInfo = ProviderInfo::new(
    "onlineapp",
    "OnlineApp",
    // Also published: `https://appbox.space`, and a customer's own domain.
    "https://onlineapp.pro",
    Capabilities::new(&[
        (Field::CustomerId, Support::Unneeded),
        (Field::Email, Support::Required),
        (Field::Metadata, Support::Supported),
        // `returnUrl` stands in the newer documentation only; older backends ignore it.
        (Field::ReturnUrl, Support::Supported),
    ])
    // "Users are created automatically if they don't exist."
    .creating_customers(),
);

/// OnlineApp's adapter, for one paywall.
#[derive(Clone, Debug)]
pub struct OnlineApp {
    paywall_id: PaywallId,
    path: Uri,
}

impl OnlineApp {
    /// Takes the paywall's id.
    ///
    /// # Errors
    /// [`Kind::Configuration`](portal_core::Kind::Configuration) with the field `paywall_id`, where
    /// it cannot be one segment of a path and a header: blank, `.`, `..` or over 256 bytes long.
    ///
    /// # Panics
    /// Never: an encoded segment makes a URI.
    pub fn new(paywall_id: impl Into<String>) -> Result<Self> {
        let paywall_id: PaywallId = paywall_id.into().try_into()?;
        Ok(Self {
            path: format!(
                "/api/v1/paywall/{}/get-customer-portal",
                paywall_id.segment()
            )
            .parse()
            .expect("a literal and an encoded segment make a URI"),
            paywall_id,
        })
    }

    /// Makes the credential of the secret API key in the paywall's settings.
    ///
    /// # Errors
    /// [`Kind::Configuration`](portal_core::Kind::Configuration) with the field `api_key`, if it
    /// is not a [`CredentialPart`].
    pub fn credential(api_key: Secret) -> Result<Credential> {
        let key = CredentialPart::parse("api_key", api_key, HINT)?;
        Ok(Credential::header(API_KEY, &key))
    }
}

/// Returns the address of the portal in client mode, where the customer signs in by hand.
///
/// It holds no key and names no customer, so it may stand in any page (the vendor's page "Client
/// Mode Customer Portal").
///
/// ```
/// use adapter_onlineapp::{PaywallId, client_portal_url};
///
/// let base = "https://onlineapp.pro".parse()?;
/// let url = client_portal_url(&base, &PaywallId::try_from("547")?);
/// assert_eq!(url, "https://onlineapp.pro/paywall/547/customer-portal/get");
/// # Ok::<(), portal_core::Error>(())
/// ```
#[must_use]
pub fn client_portal_url(base: &BaseUrl, paywall_id: &PaywallId) -> String {
    base.join(&format!(
        "/paywall/{}/customer-portal/get",
        paywall_id.segment()
    ))
}
