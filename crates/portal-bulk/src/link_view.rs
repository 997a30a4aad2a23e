use portal_core::{Customer, CustomerId, EmailAddress, PortalLink, PortalUrl, SubscriptionId};
use serde::Serialize;

/// The JSON form of a link: every key is always present, `null` where unknown.
///
/// Serializing it reveals the link, so write it only for the link's recipient.
#[derive(Serialize)]
pub struct LinkView<'a> {
    provider: &'a str,
    #[serde(serialize_with = "expose")]
    url: Option<&'a PortalUrl>,
    id: Option<&'a str>,
    session_id: Option<&'a str>,
    customer: CustomerView<'a>,
    subscription_id: Option<&'a str>,
    expires_at: Option<String>,
    omitted: Vec<&'static str>,
}

#[derive(Serialize)]
struct CustomerView<'a> {
    id: Option<&'a str>,
    email: Option<&'a str>,
}

impl<'a> LinkView<'a> {
    /// Creates the view of a link from `provider`.
    #[must_use]
    pub fn new(provider: &'a str, link: &'a PortalLink) -> Self {
        Self {
            url: Some(link.url()),
            id: link.id.as_deref(),
            session_id: link.session_id.as_deref(),
            subscription_id: link.subscription.as_ref().map(SubscriptionId::as_str),
            expires_at: link.expires_at.map(|time| time.to_string()),
            omitted: link.omitted.iter().map(|field| field.as_str()).collect(),
            ..Self::none(provider, Some(&link.customer))
        }
    }

    /// Creates the view for a row without a link.
    pub(crate) fn none(provider: &'a str, customer: Option<&'a Customer>) -> Self {
        Self {
            provider,
            url: None,
            id: None,
            session_id: None,
            customer: CustomerView {
                id: customer.and_then(Customer::id).map(CustomerId::as_str),
                email: customer.and_then(Customer::email).map(EmailAddress::as_str),
            },
            subscription_id: None,
            expires_at: None,
            omitted: Vec::new(),
        }
    }
}

/// Writes the link itself, which is secret everywhere else.
fn expose<S: serde::Serializer>(
    url: &Option<&PortalUrl>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    url.map(PortalUrl::expose).serialize(serializer)
}

impl std::fmt::Debug for LinkView<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LinkView")
            .field("provider", &self.provider)
            .finish_non_exhaustive()
    }
}
