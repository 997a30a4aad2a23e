//! The engine: every rule about time, retry and secrecy, and the only socket.
//!
//! A [`Client`] joins an [`Adapter`](portal_core::Adapter), which knows one provider's wire
//! contract, to a connection. In this order: the deadline of the whole call begins; the latest
//! credential is taken (a [`CredentialProvider`] may have a new one); the request is planned and
//! encoded once; then, per attempt, the rate limit is waited for, the credential is put on, the
//! request is sent, at most 1 MiB of answer is read, and the adapter reads it; and either the call
//! is done, or a refused credential is read again, or the call waits within the retry budget (the
//! provider's `Retry-After`, else a back-off with full jitter; never past the deadline).
//! Redirects are not followed and nothing below this crate retries.
//!
//! Dropping a call's future ends it, wherever it is. In a queue for the rate limit it leaves its
//! place to those behind; while a credential is read again, the next call that was refused takes
//! that over; while it waits for a retry, nothing more is sent. Once it was being sent, its connection
//! is closed, and nobody knows whether the provider acted, as with
//! [`Delivery::Unknown`](portal_core::Delivery). No task of ours outlives its call; connections
//! that are kept for later calls end with their client and its siblings.

mod client;
mod clock;
mod credentials;
mod diagnostics;
mod events;
mod limit;
mod options;
mod retry;
#[cfg(test)]
mod test_adapter;
mod transport;

pub use client::Client;
pub use client::preview::Preview;
pub use clock::{Clock, Sleep, SystemClock};
pub use credentials::credential_provider::CredentialProvider;
pub use diagnostics::check::{Check, CheckKind, Outcome};
pub use limit::rate::Rate;
pub use options::Options;
pub use transport::tls::Roots;
