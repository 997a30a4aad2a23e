//! Both providers' invoices. What is invoiced here is paid at once.

use jiff::Timestamp;
use rusqlite::Transaction;
use serde::Serialize;

use super::Result;

/// An invoice of either provider, as the control API shows it.
#[derive(Serialize)]
#[serde(tag = "provider", rename_all = "lowercase")]
pub(crate) enum AnyInvoice {
    OnlineApp(OnlineAppInvoice),
    Kwik(Invoice),
}

/// A paid invoice of a Kwik customer.
#[derive(Serialize)]
pub(crate) struct Invoice {
    pub(crate) number: String,
    pub(crate) customer_id: String,
    pub(crate) issued_at: Timestamp,
    pub(crate) amount_cents: i64,
}

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

pub(crate) fn add(tx: &Transaction<'_>, invoice: &Invoice) -> Result<()> {
    tx.execute(
        "INSERT INTO kwik_invoices (number, customer_id, issued_at, amount_cents) VALUES (?1, ?2, ?3, ?4)",
        (&invoice.number, &invoice.customer_id, invoice.issued_at, invoice.amount_cents),
    )?;
    Ok(())
}

pub(crate) fn add_onlineapp(tx: &Transaction<'_>, invoice: &OnlineAppInvoice) -> Result<()> {
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

/// Returns the number after the highest of both providers' that read `INV-` and digits.
pub(crate) fn next_number(tx: &Transaction<'_>) -> Result<String> {
    let mut rows = tx.prepare_cached(
        "SELECT coalesce(max(CAST(substr(number, 5) AS INTEGER)), 0) + 1
         FROM (SELECT number FROM kwik_invoices UNION ALL SELECT number FROM onlineapp_invoices)
         WHERE number GLOB 'INV-[0-9]*' AND substr(number, 5) NOT GLOB '*[^0-9]*' AND length(number) < 20",
    )?;
    let next: i64 = rows.query_row([], |row| row.get(0))?;
    Ok(format!("INV-{next:04}"))
}

/// A customer's invoices, newest first.
pub(crate) fn of_customer(tx: &Transaction<'_>, customer_id: &str) -> Result<Vec<Invoice>> {
    let mut rows = tx.prepare_cached(
        "SELECT number, customer_id, issued_at, amount_cents FROM kwik_invoices
         WHERE customer_id = ?1 ORDER BY issued_at DESC, number DESC",
    )?;
    let invoices = rows.query_map([customer_id], read_kwik)?;
    Ok(invoices.collect::<rusqlite::Result<_>>()?)
}

/// A user's invoices through a paywall, newest first.
pub(crate) fn of_user(
    tx: &Transaction<'_>,
    user_id: &str,
    paywall_id: &str,
) -> Result<Vec<OnlineAppInvoice>> {
    let mut rows = tx.prepare_cached(
        "SELECT * FROM onlineapp_invoices WHERE user_id = ?1 AND paywall_id = ?2
         ORDER BY issued_at DESC, number DESC",
    )?;
    let invoices = rows.query_map([user_id, paywall_id], read_onlineapp)?;
    Ok(invoices.collect::<rusqlite::Result<_>>()?)
}

/// All invoices, oldest first by provider.
pub(crate) fn all(tx: &Transaction<'_>) -> Result<Vec<AnyInvoice>> {
    let mut onlineapp =
        tx.prepare_cached("SELECT * FROM onlineapp_invoices ORDER BY issued_at, number")?;
    let mut kwik = tx.prepare_cached("SELECT * FROM kwik_invoices ORDER BY issued_at, number")?;
    let onlineapp =
        onlineapp.query_map([], |row| read_onlineapp(row).map(AnyInvoice::OnlineApp))?;
    let kwik = kwik.query_map([], |row| read_kwik(row).map(AnyInvoice::Kwik))?;
    Ok(onlineapp.chain(kwik).collect::<rusqlite::Result<_>>()?)
}

fn read_kwik(row: &rusqlite::Row<'_>) -> rusqlite::Result<Invoice> {
    Ok(Invoice {
        number: row.get("number")?,
        customer_id: row.get("customer_id")?,
        issued_at: row.get("issued_at")?,
        amount_cents: row.get("amount_cents")?,
    })
}

fn read_onlineapp(row: &rusqlite::Row<'_>) -> rusqlite::Result<OnlineAppInvoice> {
    Ok(OnlineAppInvoice {
        number: row.get("number")?,
        user_id: row.get("user_id")?,
        paywall_id: row.get("paywall_id")?,
        issued_at: row.get("issued_at")?,
        unit_amount: row.get("unit_amount")?,
    })
}
