//! Both adapters, through real clients over loopback, against everything that can go wrong; and
//! `docs/faults.md`, which is what they did. `UPDATE_SNAPSHOTS=1` writes it anew.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

mod fault;
mod injection;
mod outcome;
mod provider;
mod table;

use crate::fault::faults;
use crate::outcome::outcome;
use crate::provider::Provider;

/// One test for the table, so that it is written whole or not at all.
#[tokio::test]
async fn every_fault_has_its_kind_delivery_and_attempts_within_the_deadline() {
    let mut document = table::INTRODUCTION.to_owned();
    for provider in Provider::ALL {
        let mut rows = Vec::new();
        for fault in faults(provider) {
            let outcome = outcome(provider, &fault).await;
            outcome.check(provider, &fault);
            rows.push((fault.name, outcome));
        }
        document += &table::of(provider, &rows);
    }
    table::compare(&document);
}
