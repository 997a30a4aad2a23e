use std::fmt;

use jiff::Timestamp;

use crate::{Customer, Field, JsonObject, PortalUrl, SubscriptionId};

/// A short-lived link that logs one customer in to the provider's portal.
///
/// ```
/// use portal_core::{Customer, PortalLink, PortalUrl};
///
/// let url = PortalUrl::from_answer("https://pay.example.com/portal/x", &"https://example.com".parse()?)?;
/// let link = PortalLink::new(url, Customer::from_id("cus_1"));
/// assert!(!format!("{link:?}").contains("portal/x"));
/// # Ok::<(), portal_core::Error>(())
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct PortalLink {
    url: PortalUrl,
    /// The customer that the link logs in.
    pub customer: Customer,
    /// The provider's id of the link.
    pub id: Option<String>,
    /// The provider's id of the portal session behind it.
    pub session_id: Option<String>,
    /// The subscription that the link is about.
    pub subscription: Option<SubscriptionId>,
    /// When the link stops working; `None` if the provider does not say.
    pub expires_at: Option<Timestamp>,
    /// The options that best effort left out of the request.
    pub omitted: Vec<Field>,
    /// The fields of the provider's answer that this toolkit does not know.
    pub raw: JsonObject,
}

impl PortalLink {
    /// Creates a link from its address and its customer.
    #[must_use]
    pub fn new(url: PortalUrl, customer: Customer) -> Self {
        Self {
            url,
            customer,
            id: None,
            session_id: None,
            subscription: None,
            expires_at: None,
            omitted: Vec::new(),
            raw: JsonObject::new(),
        }
    }

    /// Returns the address, which is a secret: redirect the customer's browser to it, at once.
    #[must_use]
    pub fn url(&self) -> &PortalUrl {
        &self.url
    }
}

impl fmt::Debug for PortalLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PortalLink")
            .field("url", &self.url)
            .field("customer", &self.customer)
            // A provider's id may repeat personal values of the request.
            .field("id", &self.id.as_ref().map(|_| "***"))
            .field("session_id", &"***")
            .field("subscription", &self.subscription)
            .field("expires_at", &self.expires_at)
            .field("omitted", &self.omitted)
            // Names only: a provider may put a second link into an unknown field.
            .field("raw", &self.raw.keys().collect::<Vec<_>>())
            .finish()
    }
}
