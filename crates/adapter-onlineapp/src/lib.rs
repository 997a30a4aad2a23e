//! monetize.software's OnlineApp paywall, in the words of `portal-core`.
//!
//! Written from the vendor's documentation of `get-customer-portal` (server-side SDK, server API
//! and REST API pages) and from how its public TypeScript SDK reads answers.
//!
//! ```
//! use adapter_onlineapp::OnlineApp;
//! use portal_core::{Customer, LinkRequest, link_call};
//!
//! let onlineapp = OnlineApp::new("sk_live_1".into(), "547")?;
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

use std::fmt;

use http::{HeaderValue, Uri};
use portal_core::{
    BaseUrl, Capabilities, Credential, Field, ProviderInfo, Result, Secret, Support,
};

pub use paywall_id::PaywallId;

const HINT: &str =
    "copy it from the paywall's settings in the dashboard, without quotes or line ends";

/// What is known of OnlineApp without asking it.
pub const INFO: ProviderInfo = ProviderInfo {
    id: "onlineapp",
    name: "OnlineApp",
    // Also published: `https://appbox.space`, and a customer's own domain.
    default_base_url: "https://onlineapp.pro",
    capabilities: Capabilities::new(&[
        (Field::CustomerId, Support::Unneeded),
        (Field::Email, Support::Required),
        (Field::Metadata, Support::Supported),
        // `returnUrl` stands in the newer documentation only; older backends ignore it.
        (Field::ReturnUrl, Support::Supported),
    ])
    // "Users are created automatically if they don't exist."
    .creating_customers(),
    rate_limit: None,
};

/// OnlineApp's adapter: one account's API key and one paywall.
pub struct OnlineApp {
    api_key: Secret,
    /// The key again, as the header that carries it.
    key_header: HeaderValue,
    paywall_id: PaywallId,
    path: Uri,
}

impl OnlineApp {
    /// Takes the secret API key of the paywall's settings, and the paywall's id.
    ///
    /// # Errors
    /// [`Kind::Configuration`](portal_core::Kind::Configuration) with the field `api_key` or
    /// `paywall_id`, where one is no [`Credential`], or where the id is `.`, `..` or over 256 bytes
    /// long, which cannot be one segment of a path.
    pub fn new(api_key: Secret, paywall_id: impl Into<String>) -> Result<Self> {
        let paywall_id: PaywallId = paywall_id.into().try_into()?;
        let key = Credential::parse("api_key", api_key, HINT)?;
        Ok(Self {
            key_header: key.header(),
            api_key: key.secret().clone(),
            path: format!(
                "/api/v1/paywall/{}/get-customer-portal",
                paywall_id.segment()
            )
            .parse()
            .expect("a literal and an encoded segment make a URI"),
            paywall_id,
        })
    }
}

impl fmt::Debug for OnlineApp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OnlineApp")
            .field("paywall_id", &self.paywall_id)
            .finish_non_exhaustive()
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
