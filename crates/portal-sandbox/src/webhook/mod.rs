//! OnlineApp's webhooks: what happened is told to whoever subscribed, signed, until it arrives or is given up.
//!
//! Kwik's documentation does not say how its webhooks are signed, so the sandbox sends none for it: a receiver that
//! works with made-up signatures would prove nothing.

mod address;
mod delivery;
mod event;

pub(crate) use self::address::Address;
pub(crate) use self::delivery::{TIMEOUT, deliver};
pub(crate) use self::event::{EventKind, emit, emit_with_id};

/// What the control API answers when it is asked for Kwik's webhooks.
pub(crate) const NO_KWIK: &str =
    "Kwik documents no signature for its webhooks, so the sandbox sends none of them";
