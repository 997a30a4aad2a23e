//! OnlineApp's invoices. The sandbox marks every invoice as paid at once.

use jiff::Timestamp;
use rusqlite::Transaction;
use serde::Serialize;

use crate::store::Result;
use crate::store::record::{Record as _, record};

/// A paid invoice of a user on one paywall.
#[derive(Serialize)]
pub(crate) struct OnlineAppInvoice {
    pub(crate) number: String,
    pub(crate) user_id: String,
    pub(crate) paywall_id: String,
    pub(crate) issued_at: Timestamp,
    /// In minor units.
    pub(crate) unit_amount: i64,
}

record!(OnlineAppInvoice in "onlineapp_invoices": number, user_id, paywall_id, issued_at, unit_amount);

/// Lists a user's invoices on a paywall, newest first.
pub(crate) fn list(
    tx: &Transaction<'_>,
    user_id: &str,
    paywall_id: &str,
) -> Result<Vec<OnlineAppInvoice>> {
    OnlineAppInvoice::list(
        tx,
        "WHERE user_id = ?1 AND paywall_id = ?2 ORDER BY issued_at DESC, number DESC",
        [user_id, paywall_id],
    )
}

/// Lists all invoices, oldest first.
pub(crate) fn list_all(tx: &Transaction<'_>) -> Result<Vec<OnlineAppInvoice>> {
    OnlineAppInvoice::list(tx, "ORDER BY issued_at, number", [])
}
