use std::sync::Arc;

use http::{HeaderMap, HeaderName, HeaderValue};
use portal_core::{BaseUrl, Result, Secret};

use crate::providers::builder::Builder;
use crate::providers::declaration::{Provider, Setting, Signature, WebhookSigning};

pub(crate) const PROVIDER: Provider = Provider::new(
    &::onlineapp::INFO,
    "OnlineApp, page \"Get customer portal\"",
    &[
        Setting::required_secret("api_key", "ONLINEAPP_API_KEY"),
        Setting::required("paywall_id", "ONLINEAPP_PAYWALL_ID"),
        Setting::base_url("ONLINEAPP_BASE_URL"),
        Setting::webhook_secret("ONLINEAPP_WEBHOOK_SECRET"),
    ],
    |values| {
        let id = values.required("paywall_id")?;
        Ok(Arc::new(::onlineapp::OnlineApp::new(id.expose())?))
    },
    |values| ::onlineapp::OnlineApp::credential(values.required("api_key")?),
)
.with_webhook_signing(WebhookSigning::Verified(Signature::new(
    ::onlineapp::webhook::SIGNATURE_HEADERS,
    |message, secret| {
        let signature = message.header(::onlineapp::webhook::SIGNATURE_HEADERS)?;
        ::onlineapp::webhook::verify(signature, message.body(), secret)
    },
    |body, secret, _| {
        let name = HeaderName::from_static(::onlineapp::webhook::SIGNATURE_HEADERS[0]);
        let value = HeaderValue::try_from(::onlineapp::webhook::sign(body, secret));
        HeaderMap::from_iter([(name, value.expect("hex digits are a header value"))])
    },
)));

crate::typed_builder! {
    /// monetize.software's OnlineApp paywall.
    ///
    /// ```
    /// use portal::OnlineApp;
    ///
    /// let onlineapp = OnlineApp::builder().api_key("sk_live_1").paywall_id("547").build()?;
    /// # Ok::<(), portal::Error>(())
    /// ```
    OnlineApp {
        /// Sets the secret API key of the paywall's settings.
        api_key: Secret,
        /// Sets the paywall's id.
        paywall_id: String,
    }
}

impl OnlineApp {
    /// Returns the address of the portal in client mode, where the customer signs in by hand.
    ///
    /// It contains no key and no customer, so it may stand in any page.
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
        Ok(::onlineapp::client_portal_url(
            base,
            &paywall_id.try_into()?,
        ))
    }
}
