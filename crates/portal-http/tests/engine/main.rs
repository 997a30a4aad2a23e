//! The engine over real HTTP on loopback, with a scripted server and a clock that the tests turn.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

mod calls;
mod cancellation;
mod common;
mod connections;
mod credential_rotation;
mod diagnostics;
mod failures;
mod http2;
mod http2_host;
mod kept_connections;
mod own_limiter;
mod rate_limit;
mod retry_budget;
mod scripted_host;
mod tls;
