//! Invoice numbers, which all providers share.

use rusqlite::Transaction;

use super::Result;

/// Returns the number after the highest that is `INV-` and digits.
pub(crate) fn next(tx: &Transaction<'_>) -> Result<String> {
    let mut rows = tx.prepare_cached(
        "SELECT coalesce(max(CAST(substr(number, 5) AS INTEGER)), 0) + 1
         FROM (SELECT number FROM kwik_invoices UNION ALL SELECT number FROM onlineapp_invoices)
         WHERE number GLOB 'INV-[0-9]*' AND substr(number, 5) NOT GLOB '*[^0-9]*' AND length(number) < 20",
    )?;
    let next: i64 = rows.query_row([], |row| row.get(0))?;
    Ok(format!("INV-{next:04}"))
}
