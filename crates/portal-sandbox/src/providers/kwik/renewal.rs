//! Renews or ends a subscription at the end of its period.

use jiff::Timestamp;
use rusqlite::Transaction;

use super::store::invoices::KwikInvoice;
use super::store::products;
use super::store::subscriptions::{self, KwikStatus, KwikSubscription};
use crate::providers::definition::PeriodEnd;
use crate::store::period::Period as _;
use crate::store::record::Record as _;
use crate::store::{Result, StoreError, invoice_numbers};

pub(super) fn next_period_end(tx: &Transaction<'_>, until: Timestamp) -> Result<Option<PeriodEnd>> {
    let subscription = subscriptions::next_to_end(tx, until)?;
    Ok(subscription.map(|subscription| PeriodEnd {
        at: subscription.current_period_end,
        apply: match subscription.cancel_at_period_end {
            true => Box::new(|tx| end(tx, subscription)),
            false => Box::new(|tx| renew(tx, subscription)),
        },
    }))
}

fn renew(tx: &Transaction<'_>, mut subscription: KwikSubscription) -> Result<()> {
    let at = subscription.current_period_end;
    let product = products::find(tx, &subscription.product_id)?
        .ok_or(StoreError::Database(rusqlite::Error::QueryReturnedNoRows))?;
    subscription.current_period_start = at;
    subscription.current_period_end = product.billing_period.after(at);
    subscription.update(tx)?;
    let invoice = KwikInvoice {
        number: invoice_numbers::next(tx)?,
        customer_id: subscription.customer_id,
        issued_at: at,
        amount_cents: product.amount_cents,
    };
    invoice.insert(tx)
}

fn end(tx: &Transaction<'_>, mut subscription: KwikSubscription) -> Result<()> {
    let at = subscription.current_period_end;
    subscription.status = KwikStatus::Inactive;
    subscription.canceled_at.get_or_insert(at);
    subscription.ended_at = Some(at);
    subscription.update(tx)
}
