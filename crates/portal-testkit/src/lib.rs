//! What tests of this toolkit share: a scripted server on loopback and a clock that the test turns.
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
mod clock;
mod proxy;
mod server;
mod tls_front;

pub use authority::{Authority, Certificate, Validity};
pub use clock::TestClock;
pub use proxy::{Proxy, ProxyRule};
pub use server::{Server, Step, answer};
pub use tls_front::TlsFront;
