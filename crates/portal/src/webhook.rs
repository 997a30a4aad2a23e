//! Verifies webhooks and reads their events.
//!
//! ```
//! use portal::webhook::{self, EventKind};
//!
//! # let mut config = portal::config::Config::new("onlineapp")?;
//! # config.set("webhook_secret", "whsec_test")?;
//! # let body = br#"{"id":"evt_1","type":"payment.completed","created_at":"2024-01-15T12:30:45.000Z","data":{"price":{"unit_amount":999}}}"#;
//! # let mut headers = http::HeaderMap::new();
//! # headers.insert("x-monetize-signature", http::HeaderValue::from_static("sha256=c59771d3d5803ed65a7c09f967672c5f9fb1ff7145b4e5e4a3cbca99992fe1d8"));
//! # let mut seen = std::collections::HashSet::new();
//! // Once: let config = portal::config::Config::from_env("onlineapp")?;
//! let secret = config.webhook_secret()?;
//!
//! // For each message, with the body's bytes as they were received:
//! let event = webhook::verify("onlineapp", &headers, body, &secret)?;
//! if seen.insert(event.id.clone()) {
//!     match event.kind {
//!         EventKind::PaymentCompleted => {
//!             let price = event.data.price.unwrap_or_default();
//!             assert_eq!(price.unit_amount, Some(999)); // minor units
//!         }
//!         _ => {} // answer 200 too: types are added without notice
//!     }
//! }
//! # Ok::<(), portal::Error>(())
//! ```
//!
//! A valid signature proves who sent a message. If no time is signed, as with OnlineApp, an old
//! message stays valid and can be replayed. Providers also send an event more than once, and in any
//! order. So store the ids of processed events for as long as a repeated one could do harm, and
//! answer a known id with 200.

use std::time::SystemTime;

use http::{HeaderMap, HeaderValue};
pub use portal_core::webhook::{
    Acquiring, EventData, EventKind, Payment, Paywall, Price, Refund, Subscription,
    SubscriptionStatus, User, WebhookEvent, WebhookMessage,
};
use portal_core::{Error, Kind, Result, Secret};
use portal_http::{Clock, SystemClock};

use crate::providers::declaration::Provider;
pub use crate::providers::declaration::WebhookSigning;
use crate::providers::provider;

const OPERATION: &str = "verify_webhook";

/// Verifies the signature in a message's headers, and reads the event in its body.
///
/// `body` is the bytes as they were received: JSON that was parsed and written again is not what
/// was signed. Nothing is sent, and the body is parsed only after the signature was verified. While
/// a secret is being replaced, try the new one, then the old one.
///
/// # Errors
/// [`Kind::Unauthenticated`], to be answered with 401, if the signature is missing, repeated,
/// malformed or wrong; [`Kind::Configuration`] for an unknown provider and for a blank secret;
/// [`Kind::Unsupported`] if the provider's signature is not documented or not built;
/// [`Kind::Protocol`] if the signed body is not an event. No error contains the secret, the
/// signature or a part of the body.
pub fn verify(
    provider: &str,
    headers: &HeaderMap,
    body: &[u8],
    secret: &Secret,
) -> Result<WebhookEvent> {
    verify_at(
        provider,
        headers,
        body,
        secret,
        SystemClock::default().date(),
    )
}

/// Does the same as [`verify`] at a given time, for tests of signatures that include a time.
///
/// # Errors
/// As [`verify`].
pub fn verify_at(
    id: &str,
    headers: &HeaderMap,
    body: &[u8],
    secret: &Secret,
    now: SystemTime,
) -> Result<WebhookEvent> {
    let provider = provider(id).map_err(|error| error.with_operation(OPERATION))?;
    let message = WebhookMessage::new(headers, body, now);
    let event = provider
        .signature()
        .and_then(|signature| (signature.verify)(&message, secret));
    event.map_err(|error| with_context(error, provider))
}

/// Does the same as [`verify`], given only the value of the header with the signature.
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
    id: &str,
    signature: &str,
    body: &[u8],
    secret: &Secret,
) -> Result<WebhookEvent> {
    let provider = provider(id).map_err(|error| error.with_operation(OPERATION))?;
    let headers = provider.signature().and_then(|declared| {
        let value = HeaderValue::from_str(signature).map_err(|_| {
            Error::not_sent(Kind::Unauthenticated, "the signature is malformed")
                .with_field("signature")
                .with_hint("give the header's value as it was received")
        })?;
        let name = declared.headers.first().copied().unwrap_or_default();
        let name = http::HeaderName::from_static(name);
        Ok(HeaderMap::from_iter([(name, value)]))
    });
    let headers = headers.map_err(|error| with_context(error, provider))?;
    verify(id, &headers, body, secret)
}

/// Signs a body at a given time as the provider does, for tests of code that receives webhooks.
///
/// Returns the headers that contain the signature.
///
/// ```
/// use std::time::SystemTime;
///
/// use portal::webhook::{sign, verify};
///
/// let body = br#"{"id":"evt_1","type":"payment.completed","created_at":"2024-01-15T12:30:45.000Z","data":{}}"#;
/// let secret = "whsec_test".into();
/// let headers = sign("onlineapp", body, &secret, SystemTime::now())?;
/// assert_eq!(verify("onlineapp", &headers, body, &secret)?.id, "evt_1");
/// # Ok::<(), portal::Error>(())
/// ```
///
/// # Errors
/// [`Kind::Configuration`] for an unknown provider; [`Kind::Unsupported`] if the provider's signature
/// is not documented or not built.
pub fn sign(id: &str, body: &[u8], secret: &Secret, now: SystemTime) -> Result<HeaderMap> {
    let provider = provider(id)?;
    let signature = provider.signature();
    let signature = signature.map_err(|error| error.with_provider(provider.info.id))?;
    Ok((signature.sign)(body, secret, now))
}

fn with_context(error: Error, provider: &Provider) -> Error {
    error
        .with_provider(provider.info.id)
        .with_operation(OPERATION)
}
