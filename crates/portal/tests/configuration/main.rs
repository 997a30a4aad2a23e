//! The configuration file and the layers above it, as a program meets them: real files, and
//! variables that are the test's own.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

mod common;
mod keys;
mod permissions;
mod precedence;
mod property;
mod refusals;
