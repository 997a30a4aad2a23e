//! The outcome of every fault for a client, as a table in a document.

mod document;
mod fault;
mod outcome;

use crate::Declaration;
use crate::fault_table::document::section;
use crate::fault_table::fault::faults;
use crate::fault_table::outcome::outcome;
use crate::trial_setup::{TrialSetup, run};

pub use crate::fault_table::document::FaultTable;

/// Runs a client of the declared adapter against every fault of the network and of the provider's
/// answers, checks each outcome, and returns the table of outcomes.
///
/// ```no_run
/// # fn declaration() -> portal_testkit::Declaration { unreachable!() }
/// // In an adapter's `tests/conformance.rs`:
/// #[test]
/// fn acme_does_what_the_fault_table_says() {
///     portal_testkit::fault_table(&declaration()).assert_documented("docs/faults.md");
/// }
/// ```
///
/// # Panics
/// If an outcome is not the promised one, or the declaration has no link.
#[must_use]
pub fn fault_table(declaration: &Declaration) -> FaultTable {
    let setup = TrialSetup { declaration };
    let provider = declaration.adapter.info().id;
    let Some(link) = setup.links().next() else {
        panic!("{provider}: no documented answer is a link; hint: add one to `answers`");
    };
    let mut rows = Vec::new();
    for fault in faults(&setup, link) {
        let outcome = run(outcome(&setup, link, &fault));
        outcome.check(&setup, link, &fault);
        rows.push((fault.name, outcome));
    }
    FaultTable {
        provider,
        text: section(provider, &rows),
    }
}
