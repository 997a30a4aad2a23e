//! OnlineApp's invoices. The sandbox marks every invoice as paid at once.

use jiff::Timestamp;
use rusqlite::Transaction;
use serde::Serialize;

use crate::store::Result;
use crate::store::from_row::from_row;

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

pub(crate) fn add(tx: &Transaction<'_>, invoice: &OnlineAppInvoice) -> Result<()> {
    tx.execute(
        "INSERT INTO onlineapp_invoices (number, user_id, paywall_id, issued_at, unit_amount)
         VALUES (?1, ?2, ?3, ?4, ?5)",
        (
            &invoice.number,
            &invoice.user_id,
            &invoice.paywall_id,
            invoice.issued_at,
            invoice.unit_amount,
        ),
    )?;
    Ok(())
}

/// Lists a user's invoices on a paywall, newest first.
pub(crate) fn list(
    tx: &Transaction<'_>,
    user_id: &str,
    paywall_id: &str,
) -> Result<Vec<OnlineAppInvoice>> {
    let mut rows = tx.prepare_cached(
        "SELECT * FROM onlineapp_invoices WHERE user_id = ?1 AND paywall_id = ?2
         ORDER BY issued_at DESC, number DESC",
    )?;
    let invoices = rows.query_map([user_id, paywall_id], read)?;
    Ok(invoices.collect::<rusqlite::Result<_>>()?)
}

/// Lists all invoices, oldest first.
pub(crate) fn list_all(tx: &Transaction<'_>) -> Result<Vec<OnlineAppInvoice>> {
    let mut rows =
        tx.prepare_cached("SELECT * FROM onlineapp_invoices ORDER BY issued_at, number")?;
    Ok(rows.query_map([], read)?.collect::<rusqlite::Result<_>>()?)
}

fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<OnlineAppInvoice> {
    from_row!(row => OnlineAppInvoice, number, user_id, paywall_id, issued_at, unit_amount)
}
