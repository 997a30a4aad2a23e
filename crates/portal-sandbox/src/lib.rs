//! Both providers' customer-portal servers on loopback, written from their documentation.
//!
//! One origin serves OnlineApp's and Kwik's endpoints at their own paths, the portal pages behind the links that it
//! mints, and a small control API under `/_sandbox`. It imports nothing from the adapters: it is a second, independent
//! reading of the documentation, so that a misreading on either side shows up as a failing call.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let sandbox = portal_sandbox::Sandbox::builder().listen("127.0.0.1:0".parse()?).start().await?;
//! assert!(sandbox.url().starts_with("http://127.0.0.1:"));
//! sandbox.shutdown().await;
//! # Ok(())
//! # }
//! ```

mod builder;
mod clock;
mod control;
mod demo;
mod dialect;
mod error;
mod home;
mod journal;
mod kwik;
mod onlineapp;
mod openapi;
mod pages;
mod provider;
mod ready;
mod sandbox;
mod server;
mod store;
mod token;
mod wire;
mod world;

pub use builder::Builder;
pub use clock::{Clock, ManualClock, SystemClock};
pub use dialect::Dialect;
pub use error::Error;
pub use jiff::Timestamp;
pub use ready::{KwikCredentials, OnlineAppCredentials, Ready};
pub use sandbox::Sandbox;
