//! The engine: every rule about time, retry and secrecy, and the only socket.
//!
//! A [`Client`] joins an [`Adapter`](portal_core::Adapter), which knows one provider's wire
//! contract, to a connection. In this order: the deadline of the whole call begins; the request is
//! planned and encoded once; then, per attempt, the credential is put on, the request is sent, at
//! most 1 MiB of answer is read, and the adapter reads it; and either the call is done or it waits
//! (the provider's `Retry-After`, else a back-off with full jitter; never past the deadline).
//! Redirects are not followed and nothing below this crate retries.

mod client;
mod clock;
mod delivery;
mod exchange;
mod options;
mod preview;
mod proxy;
mod retry_after;
mod tls;
mod unreachable;

pub use client::Client;
pub use clock::{Clock, Sleep, SystemClock};
pub use options::Options;
pub use preview::Preview;
pub use tls::Roots;
