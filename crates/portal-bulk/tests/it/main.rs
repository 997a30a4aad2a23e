//! Bulk runs against a test provider: every row gets its line, even after an interruption.

#![expect(clippy::unwrap_used, reason = "a failing test may panic")]

mod common;
mod damaged_files;
mod interrupted_runs;
mod ledger;
mod limit;
mod outages;
mod retries;
mod rows;
