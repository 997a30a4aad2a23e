//! Webhooks: events are signed and sent to every subscribed endpoint, until they arrive or no attempt is left.
//!
//! Only OnlineApp has them. Kwik's documentation does not say how its webhooks are signed, and a receiver that works with an
//! invented signature would prove nothing.

pub(crate) mod address;
pub(crate) mod delivery;
pub(crate) mod outbox;
