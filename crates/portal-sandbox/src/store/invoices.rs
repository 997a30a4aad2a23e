//! Kwik's invoices.

use jiff::Timestamp;
use rusqlite::Transaction;

use super::Result;

/// A paid invoice of a Kwik customer.
pub(crate) struct Invoice {
    pub(crate) number: String,
    pub(crate) customer_id: String,
    pub(crate) issued_at: Timestamp,
    pub(crate) amount_cents: i64,
}

pub(crate) fn add(tx: &Transaction<'_>, invoice: &Invoice) -> Result<()> {
    tx.execute(
        "INSERT INTO kwik_invoices (number, customer_id, issued_at, amount_cents) VALUES (?1, ?2, ?3, ?4)",
        (&invoice.number, &invoice.customer_id, invoice.issued_at, invoice.amount_cents),
    )?;
    Ok(())
}

/// A customer's invoices, newest first.
pub(crate) fn of_customer(tx: &Transaction<'_>, customer_id: &str) -> Result<Vec<Invoice>> {
    let mut rows = tx.prepare_cached(
        "SELECT number, customer_id, issued_at, amount_cents FROM kwik_invoices
         WHERE customer_id = ?1 ORDER BY issued_at DESC, number DESC",
    )?;
    let invoices = rows.query_map([customer_id], |row| {
        Ok(Invoice {
            number: row.get("number")?,
            customer_id: row.get("customer_id")?,
            issued_at: row.get("issued_at")?,
            amount_cents: row.get("amount_cents")?,
        })
    })?;
    Ok(invoices.collect::<rusqlite::Result<_>>()?)
}
