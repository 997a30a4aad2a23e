//! Kwik's invoices. The sandbox marks every invoice as paid at once.

use jiff::Timestamp;
use rusqlite::Transaction;
use serde::Serialize;

use crate::store::Result;
use crate::store::record::{Record as _, record};

/// A paid invoice of a Kwik customer.
#[derive(Serialize)]
pub(crate) struct KwikInvoice {
    pub(crate) number: String,
    pub(crate) customer_id: String,
    pub(crate) issued_at: Timestamp,
    pub(crate) amount_cents: i64,
}

record!(KwikInvoice in "kwik_invoices": number, customer_id, issued_at, amount_cents);

/// Lists a customer's invoices, newest first.
pub(crate) fn list(tx: &Transaction<'_>, customer_id: &str) -> Result<Vec<KwikInvoice>> {
    KwikInvoice::list(
        tx,
        "WHERE customer_id = ?1 ORDER BY issued_at DESC, number DESC",
        [customer_id],
    )
}

/// Lists all invoices, oldest first.
pub(crate) fn list_all(tx: &Transaction<'_>) -> Result<Vec<KwikInvoice>> {
    KwikInvoice::list(tx, "ORDER BY issued_at, number", [])
}
