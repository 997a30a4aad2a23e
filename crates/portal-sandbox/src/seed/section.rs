use jiff::Timestamp;
use rusqlite::Transaction;

use super::check::CheckResult;
use super::values::Id;
use crate::providers::info::ProviderInfo;
use crate::store::Result;

/// A provider's part of a seed.
pub(crate) trait Section {
    fn provider(&self) -> &'static ProviderInfo;

    /// Returns the settings that a client needs beside the base URL, by name.
    fn settings(&self) -> Vec<(&'static str, String)>;

    /// Returns every secret that authorises calls; a journal entry shows none of them.
    fn secrets(&self) -> Vec<String>;

    fn invoice_numbers(&self) -> Vec<&Id>;

    /// Checks that the section does not contradict itself.
    fn check(&self) -> CheckResult;

    /// Fills an empty database; periods and invoices lie around `now`.
    fn fill(&self, tx: &Transaction<'_>, now: Timestamp) -> Result<()>;

    /// Returns whether a database accepts the credentials that this seed would give it.
    fn matches(&self, tx: &Transaction<'_>) -> Result<bool>;
}
