//! Kwik's products, to which customers subscribe.

use jiff::Span;
use rusqlite::Transaction;
use serde::Serialize;

use crate::store::Result;
use crate::store::column_enum::column_enum;
use crate::store::period::Period;
use crate::store::record::{Record as _, record};

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

record!(Product in "kwik_products": id, name, amount_cents, billing_period);

pub(crate) fn find(tx: &Transaction<'_>, id: &str) -> Result<Option<Product>> {
    Product::find(tx, "WHERE id = ?1", [id])
}

/// Lists all products, smallest amount first.
pub(crate) fn list_all(tx: &Transaction<'_>) -> Result<Vec<Product>> {
    Product::list(tx, "ORDER BY amount_cents, id", [])
}
