//! Runs with a provider of the test's own: what becomes of rows, however a run ends.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

mod common;
mod damage;
mod ends;
mod ledger;
mod rows;
