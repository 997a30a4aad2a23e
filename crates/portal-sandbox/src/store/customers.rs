//! Kwik's customers.

use jiff::Timestamp;
use rusqlite::{OptionalExtension as _, Row, Transaction};
use serde::Serialize;

use super::Result;

/// A customer of the Kwik account.
#[derive(Serialize)]
pub(crate) struct Customer {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) email: String,
    pub(crate) created_at: Timestamp,
}

pub(crate) fn add(tx: &Transaction<'_>, customer: &Customer) -> Result<()> {
    tx.execute(
        "INSERT INTO kwik_customers (id, name, email, created_at) VALUES (?1, ?2, ?3, ?4)",
        (
            &customer.id,
            &customer.name,
            &customer.email,
            customer.created_at,
        ),
    )?;
    Ok(())
}

pub(crate) fn find(tx: &Transaction<'_>, id: &str) -> Result<Option<Customer>> {
    let mut rows = tx.prepare_cached("SELECT * FROM kwik_customers WHERE id = ?1")?;
    Ok(rows.query_row([id], read).optional()?)
}

pub(crate) fn all(tx: &Transaction<'_>) -> Result<Vec<Customer>> {
    let mut rows = tx.prepare_cached("SELECT * FROM kwik_customers ORDER BY id")?;
    Ok(rows.query_map([], read)?.collect::<rusqlite::Result<_>>()?)
}

fn read(row: &Row<'_>) -> rusqlite::Result<Customer> {
    Ok(Customer {
        id: row.get("id")?,
        name: row.get("name")?,
        email: row.get("email")?,
        created_at: row.get("created_at")?,
    })
}
