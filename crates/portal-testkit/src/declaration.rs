use std::sync::Arc;

use portal_core::timestamp::Timestamp;
use portal_core::{
    Adapter, Credential, Customer, Delivery, Field, Kind, LinkRequest, PortalLink, PortalProvider,
    Result,
};
use portal_http::{Client, Options};

use crate::field_values::Ids;
use crate::{TestClock, field_values};

/// Creates a client for a declared adapter: [`client`], unless the engine itself is under test.
pub type Engine = fn(&Declaration, Options, TestClock) -> Box<dyn PortalProvider>;

/// An adapter and what its provider documents, for [`conformance`](crate::conformance).
///
/// Every field is required. The trial of an empty field fails.
#[derive(Clone, Debug)]
pub struct Declaration {
    /// The adapter.
    pub adapter: Arc<dyn Adapter>,
    /// The credential, which consists of `secrets`.
    pub credential: Credential,
    /// Each secret of the credential, ten characters or more, which nothing may show.
    pub secrets: Vec<&'static str>,
    /// The headers that the credential adds, with their values.
    pub credential_headers: Vec<(&'static str, &'static str)>,
    /// Whether the provider documents that a repeated call does nothing twice.
    pub is_idempotent: bool,
    /// The provider's id of the customer in the documented answers.
    pub customer_id: &'static str,
    /// The customer's id in the documented answers, if it differs from `customer_id`, which is sent:
    /// a provider may answer a request by e-mail address or external id with its own id. The adapter
    /// must accept that id, and the link keeps the customer of the request.
    pub answered_customer_id: Option<&'static str>,
    /// Each secret in the documented answers besides the link, such as a session's token. The
    /// adapter must keep it out of `raw`.
    pub answer_secrets: Vec<&'static str>,
    /// The subscription that the documented answers are about.
    pub subscription_id: &'static str,
    /// The requests that the provider documents.
    pub requests: Vec<DocumentedRequest>,
    /// The answers that the provider documents: a link and a fault at least.
    pub answers: Vec<DocumentedAnswer>,
    /// The engine that runs the adapter: [`client`].
    pub engine: Engine,
}

impl Declaration {
    /// Creates a request with only these fields, with the values that all trials use.
    ///
    /// The customer and the subscription are those of the documented answers.
    #[must_use]
    pub fn request(&self, fields: &[Field]) -> LinkRequest {
        let request = LinkRequest::new(Customer::default());
        fields.iter().fold(request, |request, field| {
            field_values::set_value(request, *field, self.ids())
        })
    }

    pub(crate) fn ids(&self) -> Ids {
        Ids {
            customer: self.customer_id,
            subscription: self.subscription_id,
        }
    }
}

/// A request as the provider's documentation shows it.
#[derive(Clone, Debug)]
pub struct DocumentedRequest {
    /// What the documentation calls it, or its fixture's name.
    pub name: &'static str,
    /// The same request in neutral words.
    pub request: LinkRequest,
    /// The method, such as `POST`.
    pub method: &'static str,
    /// The path below the base URL, with the query if there is one.
    pub path: &'static str,
    /// Every header with its value, in any order, without the credential's.
    pub headers: Vec<(&'static str, &'static str)>,
    /// The body, compared as JSON. An empty one means no body.
    pub body: &'static str,
}

/// An answer as the provider's documentation shows it, to a request for the declaration's customer.
#[derive(Clone, Copy, Debug)]
pub struct DocumentedAnswer {
    /// What the documentation calls it, or its fixture's name.
    pub name: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// The content type.
    pub content_type: &'static str,
    /// The body.
    pub body: &'static str,
    /// The link or the error that the adapter must return for it.
    pub outcome: DocumentedOutcome,
}

impl DocumentedAnswer {
    /// Returns the address, if the answer is a link.
    pub(crate) fn link(&self) -> Option<&'static str> {
        match self.outcome {
            DocumentedOutcome::Link(values) => Some(values.url),
            DocumentedOutcome::Fault(_) => None,
        }
    }

    /// Returns the kind and the delivery, if the answer is a fault.
    pub(crate) fn fault(&self) -> Option<(Kind, Delivery)> {
        match self.outcome {
            DocumentedOutcome::Link(_) => None,
            DocumentedOutcome::Fault(values) => Some((values.kind, values.delivery)),
        }
    }
}

/// The result that a caller gets for an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DocumentedOutcome {
    /// A link with these values.
    Link(LinkValues),
    /// An error with these values.
    Fault(FaultValues),
}

/// The values of a documented link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LinkValues {
    /// The address.
    pub url: &'static str,
    /// The provider's id of the link.
    pub id: Option<&'static str>,
    /// The provider's id of the session.
    pub session_id: Option<&'static str>,
    /// When it expires, in RFC 3339.
    pub expires_at: Option<&'static str>,
}

/// The values of a documented fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FaultValues {
    /// What a caller can do about it.
    pub kind: Kind,
    /// Whether the provider may have acted.
    pub delivery: Delivery,
    /// The field at fault, if the provider names one.
    pub field: Option<&'static str>,
    /// The provider's own code.
    pub code: Option<&'static str>,
}

impl DocumentedOutcome {
    /// Checks that a result is the documented one.
    pub(crate) fn check(&self, actual: &Result<PortalLink>) -> Result<(), String> {
        match (self, actual) {
            (Self::Link(values), Ok(link)) => {
                let expires_at = |text: &str| text.parse::<Timestamp>().ok();
                let comparisons = [
                    ("url", link.url().expose() == values.url),
                    ("id", link.id.as_deref() == values.id),
                    (
                        "session_id",
                        link.session_id.as_deref() == values.session_id,
                    ),
                    (
                        "expires_at",
                        link.expires_at == values.expires_at.and_then(expires_at),
                    ),
                ];
                match comparisons.iter().find(|(_, is_same)| !is_same) {
                    Some((name, _)) => {
                        Err(format!("the link's `{name}` is not the documented one"))
                    }
                    None => Ok(()),
                }
            }
            (Self::Fault(values), Err(error)) => {
                let actual = (
                    error.kind(),
                    error.delivery(),
                    error.field(),
                    error.provider_code(),
                );
                let documented = (values.kind, values.delivery, values.field, values.code);
                match actual == documented {
                    true => Ok(()),
                    false => Err(format!(
                        "reported as {actual:?}, documented as {documented:?}"
                    )),
                }
            }
            (Self::Link(_), Err(error)) => Err(format!("reported as an error: {error}")),
            (Self::Fault(_), Ok(_)) => Err("read as a link".to_owned()),
        }
    }
}

/// Creates a client of `portal-http` for the declared adapter, with a clock that the test sets and a
/// jitter of one half.
///
/// # Panics
/// If the options are invalid.
#[must_use]
pub fn client(
    declaration: &Declaration,
    options: Options,
    clock: TestClock,
) -> Box<dyn PortalProvider> {
    let (adapter, credential) = (declaration.adapter.clone(), declaration.credential.clone());
    let client = Client::with_clock(adapter, credential, options, Arc::new(clock), || 0.5);
    Box::new(client.expect("loopback needs no authorities"))
}
