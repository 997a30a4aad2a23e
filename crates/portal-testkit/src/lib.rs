//! What tests of this toolkit share: the trials that every adapter passes, a scripted server on
//! loopback, and a clock that the test turns.
//!
//! [`conformance`] takes a [`Declaration`], an adapter with all that its provider documents, and tries
//! it: what it says of itself, how it encodes and decodes, what it tells of faults, and whether it
//! is safe and keeps its secrets.
//!
//! [`Canaries`] finds what is secret in what is shown, however it is written.
//!
//! A [`Server`] follows a script, one [`Step`] a request, and remembers what it was sent. Time is a
//! [`TestClock`]'s: a step that takes time turns it, so that a test of a deadline of thirty seconds
//! takes none.
//!
//! ```
//! use portal_testkit::{Server, Step, TestClock, answer};
//!
//! # tokio::runtime::Builder::new_current_thread().enable_io().build()?.block_on(async {
//! let clock = TestClock::default();
//! let server = Server::start(&clock, [answer("503 Service Unavailable", "", ""), Step::Close]).await;
//! assert_eq!(server.connections(), 0);
//! # });
//! # Ok::<(), std::io::Error>(())
//! ```

mod authority;
mod canary;
mod clock;
mod conformance;
mod damage;
mod declaration;
mod fault_table;
mod field_names;
mod proxy;
mod report;
mod secret_scan;
mod server;
mod tls_front;
mod trial_setup;
mod trials;

pub use authority::{Authority, Certificate, Validity};
pub use canary::Canaries;
pub use clock::TestClock;
pub use conformance::{conformance, trial};
pub use declaration::{
    Declaration, DocumentedAnswer, DocumentedOutcome, DocumentedRequest, Engine, FaultValues,
    LinkValues, client,
};
pub use fault_table::{FaultTable, fault_table};
pub use proxy::{Proxy, ProxyRule};
pub use report::Report;
pub use server::{Server, Step, answer};
pub use tls_front::TlsFront;
