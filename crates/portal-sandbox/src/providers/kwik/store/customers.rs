//! Kwik's customers.

use jiff::Timestamp;
use rusqlite::{OptionalExtension as _, Row, Transaction};
use serde::Serialize;

use crate::store::Result;

/// A customer of the Kwik account.
#[derive(Serialize)]
pub(crate) struct Customer {
    pub(crate) id: String,
    #[serde(flatten)]
    pub(crate) billing: Billing,
    pub(crate) created_at: Timestamp,
}

/// The recipient of an invoice. Missing values are empty texts.
#[derive(Clone, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Billing {
    pub(crate) name: String,
    pub(crate) email: String,
    pub(crate) company: String,
    pub(crate) vat_number: String,
    pub(crate) street: String,
    pub(crate) city: String,
    pub(crate) postal_code: String,
    pub(crate) country: String,
}

pub(crate) fn add(tx: &Transaction<'_>, customer: &Customer) -> Result<()> {
    tx.execute(
        "INSERT INTO kwik_customers
         (id, name, email, company, vat_number, street, city, postal_code, country, created_at)
         VALUES (?1, '', '', '', '', '', '', '', '', ?2)",
        (&customer.id, customer.created_at),
    )?;
    save_billing(tx, &customer.id, &customer.billing)
}

pub(crate) fn save_billing(tx: &Transaction<'_>, id: &str, billing: &Billing) -> Result<()> {
    tx.execute(
        "UPDATE kwik_customers SET name = ?2, email = ?3, company = ?4, vat_number = ?5, street = ?6, city = ?7,
         postal_code = ?8, country = ?9 WHERE id = ?1",
        (
            id,
            &billing.name,
            &billing.email,
            &billing.company,
            &billing.vat_number,
            &billing.street,
            &billing.city,
            &billing.postal_code,
            &billing.country,
        ),
    )?;
    Ok(())
}

pub(crate) fn find(tx: &Transaction<'_>, id: &str) -> Result<Option<Customer>> {
    let mut rows = tx.prepare_cached("SELECT * FROM kwik_customers WHERE id = ?1")?;
    Ok(rows.query_row([id], read).optional()?)
}

pub(crate) fn list_all(tx: &Transaction<'_>) -> Result<Vec<Customer>> {
    let mut rows = tx.prepare_cached("SELECT * FROM kwik_customers ORDER BY id")?;
    Ok(rows.query_map([], read)?.collect::<rusqlite::Result<_>>()?)
}

fn read(row: &Row<'_>) -> rusqlite::Result<Customer> {
    Ok(Customer {
        id: row.get("id")?,
        billing: Billing {
            name: row.get("name")?,
            email: row.get("email")?,
            company: row.get("company")?,
            vat_number: row.get("vat_number")?,
            street: row.get("street")?,
            city: row.get("city")?,
            postal_code: row.get("postal_code")?,
            country: row.get("country")?,
        },
        created_at: row.get("created_at")?,
    })
}
