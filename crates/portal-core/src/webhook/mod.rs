//! Webhooks: messages that a provider sends, and the neutral events in them.
//!
//! An event is created only from a message whose signature was verified. Unknown content is kept:
//! an unknown type in [`EventKind::Other`], everything in [`WebhookEvent::raw`]. Every part and
//! every field of [`EventData`] may be absent.

mod event;
mod message;

pub use event::{
    Acquiring, EventData, EventKind, Payment, Paywall, Price, Refund, Subscription,
    SubscriptionStatus, User, WebhookEvent,
};
pub use message::WebhookMessage;
