//! Shared parts of tests: the trials that every adapter must pass, a scripted server on loopback, and a
//! clock that the test sets.
//!
//! [`conformance`] takes a [`Declaration`], which is an adapter and what its provider documents. It checks
//! the adapter's declarations, its encoding and decoding, its errors, its safety and its secrecy.
//!
//! [`Canaries`] find secrets in any text, in every usual encoding.
//!
//! A [`Server`] follows a script, one [`Step`] per request, and records the requests. A [`TestClock`] gives
//! the time. A step that takes time advances the clock, so a test of a long deadline does not wait.
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
mod declaration;
mod fault_table;
mod field_values;
mod json_edit;
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
