//! Both providers' customer-portal servers on loopback, written from their documentation.
//!
//! One origin serves OnlineApp's and Kwik's endpoints at their own paths, the portal pages behind the links that it
//! mints, and a small control API under `/_sandbox`. It imports nothing from the adapters: it is a second, independent
//! reading of the documentation, so that a misreading on either side shows up as a failing call.
//!
//! # The control API
//!
//! JSON, for this machine only. What does not read gets 400 `{"error", "field"}`.
//!
//! * `GET /_sandbox/state` shows everything but what opens a link, `GET /_sandbox/journal` the provider requests seen
//!   (`"direction": "in"`) and the webhooks sent (`"out"`), secrets masked; an e-mail address reads `***@example.com`.
//! * `POST /_sandbox/reset` returns to the [`Seed`] and to the clock's own time; faults, the rate limit, webhooks and
//!   the journal are gone.
//! * `POST /_sandbox/clock {"advance_seconds": 86400}` moves the time by up to 366 days. Whatever is due until then
//!   happens in order and at its own moment: periods end, with a renewal and its invoice or with the end that was asked
//!   for, and webhooks are attempted. The answer `{"now": …}` comes when all that is done; 0 waits for what is due now.
//!   Links expire by the same time. A day that passes by itself does the same.
//! * `POST /_sandbox/faults {"provider": "kwik", "fault": "status", "times": 2, "status": 503}` queues a fault for the
//!   provider's next calls; `GET` lists what waits and `DELETE` clears it. The faults are `status` (with `status`, and
//!   optionally `retry_after` and `body`), `delay` (`seconds` of real time, up to 300; then the call is handled),
//!   `close_before_answer`, `close_mid_body` (the call is handled; half of its answer arrives), `not_json`, `html`,
//!   `huge` (9 MiB), `redirect` (`location`) and `status_false_on_200`. Where nothing else is said, the call is not
//!   handled: the fault's answer stands in the provider's place.
//! * `POST /_sandbox/rate_limit {"provider": "kwik", "per_second": 100, "retry_after": true}` refuses more calls than
//!   that within any second of the sandbox's time with 429; `"per_second": 0` turns it off, which it is at first. `GET`
//!   shows it, with how many calls were `refused`.
//! * `POST /_sandbox/webhooks {"url": "http://127.0.0.1:4000/hooks", "secret": "…"}` subscribes to OnlineApp's events:
//!   http on loopback addresses only, since a sandbox never speaks to other machines. `GET` lists who subscribed,
//!   `DELETE` forgets them. `POST /_sandbox/webhooks/redeliver {"id": "evt_…"}` sends an event once more, and
//!   `POST /_sandbox/webhooks/trigger {"type": "payment.completed", "subscription_id": "sub_…"}` tells of one that did
//!   not happen. Deliveries follow one another, are tried again as documented, on the sandbox's time, and survive a
//!   restart. Kwik's webhooks are not sent, because its documentation does not say how they are signed.
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

// Its macro is used below, and so it comes first.
#[macro_use]
mod word;

mod builder;
mod clock;
mod control;
mod dialect;
mod error;
mod fault;
mod home;
mod journal;
mod kwik;
mod mask;
mod onlineapp;
mod openapi;
mod pages;
mod period;
mod provider;
mod ready;
mod sandbox;
mod seed;
mod server;
mod store;
mod timeline;
mod token;
mod webhook;
mod wire;
mod world;

pub use builder::Builder;
pub use clock::{Clock, ManualClock, SystemClock};
pub use dialect::Dialect;
pub use error::Error;
pub use jiff::Timestamp;
pub use ready::{KwikCredentials, OnlineAppCredentials, Ready};
pub use sandbox::Sandbox;
pub use seed::Seed;
