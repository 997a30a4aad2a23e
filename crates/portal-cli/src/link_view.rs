use portal::{CustomerId, EmailAddress, PortalLink, SafeUrl, SubscriptionId};
use serde::Serialize;

/// A link as `--json` prints it: every key always there, `null` where unknown.
#[derive(Serialize)]
pub(crate) struct LinkView<'a> {
    provider: &'a str,
    #[serde(serialize_with = "expose")]
    url: &'a SafeUrl,
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
    pub(crate) fn new(provider: &'a str, link: &'a PortalLink) -> Self {
        Self {
            provider,
            url: link.url(),
            id: link.id.as_deref(),
            session_id: link.session_id.as_deref(),
            customer: CustomerView {
                id: link.customer.id().map(CustomerId::as_str),
                email: link.customer.email().map(EmailAddress::as_str),
            },
            subscription_id: link.subscription.as_ref().map(SubscriptionId::as_str),
            expires_at: link.expires_at.map(|time| time.to_string()),
            omitted: link.omitted.iter().map(|field| field.as_str()).collect(),
        }
    }
}

/// The one place where the command line lets a link out: it is what the user asked for.
fn expose<S: serde::Serializer>(url: &SafeUrl, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(url.expose())
}
