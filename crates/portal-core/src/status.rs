use http::StatusCode;

use crate::{Delivery, Kind};

/// Returns the kind and delivery of an HTTP error status, for a body that does not say more.
///
/// Statuses that no provider documents are read by their class: after a client error the request was
/// refused, after a server error the provider may have acted, and any other status is undocumented.
#[must_use]
pub fn classify(status: StatusCode) -> (Kind, Delivery) {
    match status.as_u16() {
        401 => (Kind::Unauthenticated, Delivery::Refused),
        403 => (Kind::Forbidden, Delivery::Refused),
        404 => (Kind::NotFound, Delivery::Refused),
        409 => (Kind::Conflict, Delivery::Refused),
        429 => (Kind::RateLimited, Delivery::Refused),
        408 | 500..=599 => (Kind::Unavailable, Delivery::Unknown),
        400..=499 => (Kind::Invalid, Delivery::Refused),
        _ => (Kind::Protocol, Delivery::Answered),
    }
}

/// Returns the next step after a provider's refusal, for the hint of an error.
#[must_use]
pub fn default_hint(kind: Kind) -> &'static str {
    match kind {
        Kind::Invalid => "correct the request: the provider's message says what is wrong",
        Kind::Unsupported => "leave it out, or ask for best effort, which omits it",
        Kind::Configuration => "check the credentials and the base URL",
        Kind::Unauthenticated => {
            "check the API key: it may be mistyped, expired, revoked or of another account"
        }
        Kind::Forbidden => "check in the provider's dashboard what this key may do",
        Kind::NotFound => {
            "check the ids, and that they belong to the account (and mode, test or live) of this key"
        }
        Kind::NoPortal => "there is nothing to manage: offer the customer something to buy instead",
        Kind::Conflict => "the customer has an active purchase: complete or cancel it first",
        Kind::RateLimited => "send fewer requests, and wait as long as `retry_after` says",
        Kind::Timeout => "allow more time, or try again later",
        Kind::Unavailable => "try again later; the provider's status page may say more",
        Kind::Protocol => {
            "check the base URL; if it is right, the provider answers in a way that it does not document"
        }
    }
}
