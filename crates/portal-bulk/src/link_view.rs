use portal_core::{Customer, CustomerId, EmailAddress, PortalLink, PortalUrl, SubscriptionId};
use serde::Serialize;

/// A link as JSON tells it to programs: every key always there, `null` where unknown.
///
/// Serializing it lets the link out, on purpose: write it only to whom the link is for.
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
    /// Views a link that `provider` made.
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

    /// Views the link that was not made.
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

/// The one place that lets a link out: it is what was asked for.
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
