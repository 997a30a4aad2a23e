//! The HTTP client engine: it owns every rule about time, rate, retry and secrecy, and opens the
//! only client socket.
//!
//! A [`Client`] connects an [`Adapter`](portal_core::Adapter), which defines one provider's wire
//! contract, with HTTP. A call runs in this order:
//!
//! 1. The deadline of the whole call starts.
//! 2. The latest credential is taken; a [`CredentialProvider`] may supply a new one.
//! 3. For each attempt: the request is planned and encoded, waits for the rate limit, gets the
//!    credential and is sent. At most 1 MiB of answer is read, and the adapter decodes it.
//! 4. The call is done, or a refused credential is read again, or the call waits within the retry
//!    budget: for the provider's `Retry-After`, else for a back-off with full jitter, never past
//!    the deadline.
//!
//! Redirects are not followed, and nothing below this crate retries.
//!
//! Dropping a call's future ends the call:
//!
//! * In the queue for the rate limit, it gives its place to the next request.
//! * While a credential is read again, the next refused call reads it instead.
//! * While it waits for a retry, nothing more is sent.
//! * While it is sent, its connection closes. The provider may have acted, as with
//!   [`Delivery::Unknown`](portal_core::Delivery).
//!
//! No task outlives its call, except the one that closes idle connections. This task and the
//! connections end with the client and its clones.

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
pub use clock::{Clock, Sleep, SleepReason, SystemClock};
pub use credentials::credential_provider::CredentialProvider;
pub use diagnostics::check::{Check, CheckKind, Outcome};
pub use limit::permit::{PermitId, PermitRequest, RateLimiter};
pub use limit::rate::Rate;
pub use limit::spread::Spread;
pub use options::Options;
pub use transport::tls::Roots;
