use std::sync::Arc;

use portal_core::{BaseUrl, Result, Secret};

use crate::providers::builder::Builder;
use crate::providers::declaration::{Provider, Setting, Signature, WebhookSigning};

pub(crate) const PROVIDER: Provider = Provider::new(
    &adapter_onlineapp::INFO,
    "OnlineApp, page \"Get customer portal\"",
    &[
        Setting::required_secret("api_key", "ONLINEAPP_API_KEY"),
        Setting::required("paywall_id", "ONLINEAPP_PAYWALL_ID"),
        Setting::base_url("ONLINEAPP_BASE_URL"),
        Setting::webhook_secret("ONLINEAPP_WEBHOOK_SECRET"),
    ],
    |values| {
        let id = values.required("paywall_id")?;
        Ok(Arc::new(adapter_onlineapp::OnlineApp::new(id.expose())?))
    },
    |values| adapter_onlineapp::OnlineApp::credential(values.required("api_key")?),
)
.with_webhook_signing(WebhookSigning::Verified(Signature {
    headers: adapter_onlineapp::webhook::SIGNATURE_HEADERS,
    verify: |message, secret| {
        let signature = message.header(adapter_onlineapp::webhook::SIGNATURE_HEADERS)?;
        adapter_onlineapp::webhook::verify(signature, message.body(), secret)
    },
}));

/// monetize.software's OnlineApp paywall.
///
/// ```
/// use portal::OnlineApp;
///
/// let onlineapp = OnlineApp::builder().api_key("sk_live_1").paywall_id("547").build()?;
/// # Ok::<(), portal::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct OnlineApp;

impl OnlineApp {
    /// Starts a client builder.
    #[must_use]
    pub fn builder() -> Builder<Self> {
        Builder::new(&PROVIDER)
    }

    /// Returns the address of the portal in client mode, where the customer signs in by hand.
    ///
    /// It holds no key and names no customer, so it may stand in any page.
    ///
    /// ```
    /// let url = portal::OnlineApp::client_portal_url(&"https://onlineapp.pro".parse()?, "547")?;
    /// assert_eq!(url, "https://onlineapp.pro/paywall/547/customer-portal/get");
    /// # Ok::<(), portal::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Kind::Configuration`](portal_core::Kind::Configuration) with the field `paywall_id`.
    pub fn client_portal_url(base: &BaseUrl, paywall_id: &str) -> Result<String> {
        Ok(adapter_onlineapp::client_portal_url(
            base,
            &paywall_id.try_into()?,
        ))
    }
}

impl Builder<OnlineApp> {
    /// Sets the secret API key of the paywall's settings.
    #[must_use]
    pub fn api_key(self, key: impl Into<Secret>) -> Self {
        self.set("api_key", key)
    }

    /// Sets the paywall's id.
    #[must_use]
    pub fn paywall_id(self, id: impl Into<String>) -> Self {
        self.set("paywall_id", id.into())
    }
}
