//! Receives webhooks: is a message the provider's, and what does it say?
//!
//! ```
//! use portal::webhook::{self, EventKind};
//!
//! # let mut config = portal::Config::new("onlineapp")?;
//! # config.set("webhook_secret", "whsec_test")?;
//! # let body = br#"{"id":"evt_1","type":"payment.completed","created_at":"2024-01-15T12:30:45.000Z","data":{"price":{"unit_amount":999}}}"#;
//! # let mut headers = http::HeaderMap::new();
//! # headers.insert("x-monetize-signature", http::HeaderValue::from_static("sha256=c59771d3d5803ed65a7c09f967672c5f9fb1ff7145b4e5e4a3cbca99992fe1d8"));
//! # let mut seen = std::collections::HashSet::new();
//! // Once: let config = portal::Config::from_env("onlineapp")?;
//! let secret = config.webhook_secret()?;
//!
//! // For each message, the body's bytes as they came:
//! let event = webhook::verify("onlineapp", &headers, body, &secret)?;
//! if seen.insert(event.id.clone()) {
//!     match event.kind {
//!         EventKind::PaymentCompleted => {
//!             let price = event.data.price.unwrap_or_default();
//!             assert_eq!(price.unit_amount, Some(999)); // minor units
//!         }
//!         _ => {} // answer 200 all the same: types are added without notice
//!     }
//! }
//! # Ok::<(), portal::Error>(())
//! ```
//!
//! A good signature says who sent a message, not when: no time is signed, so an old message stays
//! good, whoever sends it again. Providers themselves send an event more than once, and in any
//! order. So remember the ids of the events that were dealt with, for as long as one may do harm
//! again, and answer a known id with 200.

use http::HeaderMap;
pub use portal_core::webhook::{
    Acquiring, EventData, EventKind, Payment, Paywall, Price, Refund, Subscription,
    SubscriptionStatus, User, WebhookEvent,
};
use portal_core::{Error, Kind, Result, Secret};

use crate::Provider;
use crate::providers::{Signing, provider};

const OPERATION: &str = "verify_webhook";

/// Checks the signature that a message's headers bring, and reads the event in its body.
///
/// `body` is the body's bytes as they came: JSON that was read and written again is not what was
/// signed. Nothing is sent, and nothing is read before the signature is found good. While a secret
/// is being replaced, try the new one, then the old.
///
/// # Errors
/// [`Kind::Unauthenticated`], to be answered with 401, where the signature is missing, there twice,
/// malformed or not this body's; [`Kind::Configuration`] for a provider that is not known and for a
/// blank secret; [`Kind::Unsupported`] for a provider that documents no signature;
/// [`Kind::Protocol`] where the signed body is not an event. None of them holds the secret, the
/// signature or a part of the body.
pub fn verify(
    provider: &str,
    headers: &HeaderMap,
    body: &[u8],
    secret: &Secret,
) -> Result<WebhookEvent> {
    checked(provider, |signing| {
        let signature = signature(headers, signing)?;
        (signing.verify)(signature, body, secret)
    })
}

/// Does what [`verify`] does, given the value of the header that brings the signature.
///
/// ```
/// use portal::webhook::verify_signature;
///
/// let error = verify_signature("onlineapp", "sha256=00", b"{}", &"whsec_test".into()).unwrap_err();
/// assert_eq!(error.kind(), portal::Kind::Unauthenticated);
/// ```
///
/// # Errors
/// As [`verify`].
pub fn verify_signature(
    provider: &str,
    signature: &str,
    body: &[u8],
    secret: &Secret,
) -> Result<WebhookEvent> {
    checked(provider, |signing| {
        (signing.verify)(signature, body, secret)
    })
}

/// Returns how the provider signs its webhooks, or the error that says that nobody knows.
pub(crate) fn signing(provider: &Provider) -> Result<&Signing> {
    provider.signing.as_ref().ok_or_else(|| {
        let message = format!(
            "{} documents no signature of webhooks, so none can be verified",
            provider.info.name
        );
        Error::not_sent(Kind::Unsupported, message)
            .with_provider(provider.info.id)
            .with_hint(
                "trust nothing that such a message says: ask the provider's API how things stand",
            )
    })
}

fn checked(
    id: &str,
    verify: impl FnOnce(&Signing) -> Result<WebhookEvent>,
) -> Result<WebhookEvent> {
    let provider = provider(id).map_err(|error| error.with_operation(OPERATION))?;
    signing(provider).and_then(verify).map_err(|error| {
        error
            .with_provider(provider.info.id)
            .with_operation(OPERATION)
    })
}

/// Takes the signature from the first of the provider's headers that is there.
fn signature<'a>(headers: &'a HeaderMap, signing: &Signing) -> Result<&'a str> {
    let refuse = |message| {
        Err(Error::not_sent(Kind::Unauthenticated, message)
            .with_field("signature")
            .with_hint(format!(
                "the provider sends one header `{}`; refuse the message",
                signing.headers.join("` or `")
            )))
    };
    let Some(name) = signing
        .headers
        .iter()
        .find(|name| headers.contains_key(**name))
    else {
        return refuse("the message has no signature");
    };
    let mut values = headers.get_all(*name).iter();
    match (values.next().map(http::HeaderValue::to_str), values.next()) {
        (Some(Ok(text)), None) => Ok(text),
        (_, Some(_)) => refuse("the message has more than one signature"),
        _ => refuse("the signature is malformed"),
    }
}
