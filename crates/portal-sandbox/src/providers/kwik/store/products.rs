//! Kwik's products, to which customers subscribe.

use jiff::Span;
use rusqlite::{OptionalExtension as _, Row, Transaction};
use serde::Serialize;

use crate::store::Result;
use crate::store::column_enum::column_enum;
use crate::store::from_row::from_row;
use crate::store::period::Period;

/// A plan that the Kwik account sells.
#[derive(Serialize)]
pub(crate) struct Product {
    pub(crate) id: String,
    pub(crate) name: String,
    /// The price of a period, VAT included.
    pub(crate) amount_cents: i64,
    pub(crate) billing_period: BillingPeriod,
}

column_enum! {
    /// A product's billing period. The shortest is first, which is the order on the page.
    BillingPeriod {
        Daily = "DAILY",
        Weekly = "WEEKLY",
        Monthly = "MONTHLY",
        Quarterly = "EVERY_3_MONTHS",
        HalfYearly = "EVERY_6_MONTHS",
        Yearly = "YEARLY",
    }
}

impl Period for BillingPeriod {
    fn span(self) -> Span {
        match self {
            Self::Daily => Span::new().days(1),
            Self::Weekly => Span::new().weeks(1),
            Self::Monthly => Span::new().months(1),
            Self::Quarterly => Span::new().months(3),
            Self::HalfYearly => Span::new().months(6),
            Self::Yearly => Span::new().years(1),
        }
    }
}

pub(crate) fn add(tx: &Transaction<'_>, product: &Product) -> Result<()> {
    tx.execute(
        "INSERT INTO kwik_products (id, name, amount_cents, billing_period) VALUES (?1, ?2, ?3, ?4)",
        (&product.id, &product.name, product.amount_cents, product.billing_period),
    )?;
    Ok(())
}

pub(crate) fn find(tx: &Transaction<'_>, id: &str) -> Result<Option<Product>> {
    let mut rows = tx.prepare_cached("SELECT * FROM kwik_products WHERE id = ?1")?;
    Ok(rows.query_row([id], read).optional()?)
}

/// Lists all products, smallest amount first.
pub(crate) fn list_all(tx: &Transaction<'_>) -> Result<Vec<Product>> {
    let mut rows = tx.prepare_cached("SELECT * FROM kwik_products ORDER BY amount_cents, id")?;
    Ok(rows.query_map([], read)?.collect::<rusqlite::Result<_>>()?)
}

fn read(row: &Row<'_>) -> rusqlite::Result<Product> {
    from_row!(row => Product, id, name, amount_cents, billing_period)
}
