//! Kwik's invoices. The sandbox marks every invoice as paid at once.

use jiff::Timestamp;
use rusqlite::Transaction;
use serde::Serialize;

use crate::store::Result;
use crate::store::from_row::from_row;

/// A paid invoice of a Kwik customer.
#[derive(Serialize)]
pub(crate) struct KwikInvoice {
    pub(crate) number: String,
    pub(crate) customer_id: String,
    pub(crate) issued_at: Timestamp,
    pub(crate) amount_cents: i64,
}

pub(crate) fn add(tx: &Transaction<'_>, invoice: &KwikInvoice) -> Result<()> {
    tx.execute(
        "INSERT INTO kwik_invoices (number, customer_id, issued_at, amount_cents) VALUES (?1, ?2, ?3, ?4)",
        (&invoice.number, &invoice.customer_id, invoice.issued_at, invoice.amount_cents),
    )?;
    Ok(())
}

/// Lists a customer's invoices, newest first.
pub(crate) fn list(tx: &Transaction<'_>, customer_id: &str) -> Result<Vec<KwikInvoice>> {
    let mut rows = tx.prepare_cached(
        "SELECT number, customer_id, issued_at, amount_cents FROM kwik_invoices
         WHERE customer_id = ?1 ORDER BY issued_at DESC, number DESC",
    )?;
    let invoices = rows.query_map([customer_id], read)?;
    Ok(invoices.collect::<rusqlite::Result<_>>()?)
}

/// Lists all invoices, oldest first.
pub(crate) fn list_all(tx: &Transaction<'_>) -> Result<Vec<KwikInvoice>> {
    let mut rows = tx.prepare_cached("SELECT * FROM kwik_invoices ORDER BY issued_at, number")?;
    Ok(rows.query_map([], read)?.collect::<rusqlite::Result<_>>()?)
}

fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<KwikInvoice> {
    from_row!(row => KwikInvoice, number, customer_id, issued_at, amount_cents)
}
