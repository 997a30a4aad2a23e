//! The engine over real HTTP on loopback, with a scripted server and a clock that the tests turn.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

mod calls;
mod common;
mod connections;
mod diagnostics;
mod door;
mod dropping;
mod failures;
mod limit;
mod rotation;
mod storm;
mod tls;
