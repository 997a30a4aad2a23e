//! Both providers' customer-portal servers on loopback, written from their documentation.
//!
//! One origin serves OnlineApp's and Kwik's endpoints at their own paths, the portal pages behind the links, and a small
//! control API under `/_sandbox`. The crate imports nothing from the adapters. It is a second, independent implementation
//! of the documentation, so that a misreading on either side shows up as a failing call.
//!
//! # The control API
//!
//! JSON, for this machine only. An invalid request gets 400 `{"error", "field"}`.
//!
//! * `GET /_sandbox/state` shows everything except the tokens of links. `GET /_sandbox/journal` shows the provider requests
//!   (`"direction": "in"`) and the webhooks (`"out"`), with secrets masked; an e-mail address reads `***@example.com`.
//! * `POST /_sandbox/reset` restores the [`Seed`] and the clock's own time, and removes faults, the rate limit, webhooks
//!   and the journal.
//! * `POST /_sandbox/clock {"advance_seconds": 86400}` advances the time by up to 366 days. Everything due by then
//!   happens in order and at its own time: subscriptions renew with an invoice or end, and webhooks are attempted. The
//!   answer `{"now": …}` comes when all of this is done; 0 waits for the events that are due now. Links expire by the same time. A day
//!   that passes by itself has the same effects.
//! * `POST /_sandbox/faults {"provider": "kwik", "fault": "status", "times": 2, "status": 503}` queues a fault for the
//!   provider's next calls; `GET` lists the queue and `DELETE` clears it. The faults are `status` (with `status`, and
//!   optionally `retry_after` and `body`), `delay` (`seconds` of real time, up to 300; then the call is handled),
//!   `close_before_answer`, `close_mid_body` (the call is handled; half of its answer arrives), `not_json`, `html`,
//!   `huge` (9 MiB), `redirect` (`location`) and `status_false_on_200`. Unless stated otherwise, the call is not handled
//!   and the fault's answer replaces the provider's.
//! * `POST /_sandbox/rate_limit {"provider": "kwik", "per_second": 100, "retry_after": true}` answers 429 to
//!   more calls within any second of the sandbox's time. `"per_second": 0` turns it off, the default. `GET` shows it,
//!   with the number of `refused` calls.
//! * `POST /_sandbox/webhooks {"url": "http://127.0.0.1:4000/hooks", "secret": "…"}` subscribes to OnlineApp's events:
//!   http on loopback addresses only, since a sandbox never connects to other machines. `GET` lists the endpoints and
//!   `DELETE` removes them, or the one with a `url`. `POST /_sandbox/webhooks/redeliver {"id": "evt_…"}` sends an event once more, and
//!   `POST /_sandbox/webhooks/trigger {"type": "payment.completed"}` sends an event without a cause, about the first
//!   subscription or that of `subscription_id`. Each endpoint gets its deliveries one after another, whatever other endpoints do. They are retried as
//!   documented on the sandbox's time, and survive a restart.
//!   Kwik's webhooks are not sent, because its documentation does not say how they are signed.
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

mod account;
mod clock;
mod control;
mod error;
mod faults;
mod home;
mod journal;
mod openapi;
mod pages;
mod providers;
mod sandbox;
mod schedule;
mod seed;
mod server;
mod state;
mod store;
mod token;
mod webhook;

pub use account::{ProviderAccount, SandboxInfo};
pub use clock::{Clock, ManualClock, SystemClock};
pub use error::Error;
pub use jiff::Timestamp;
pub use providers::onlineapp::dialect::Dialect;
pub use sandbox::{Builder, Sandbox};
pub use seed::Seed;
