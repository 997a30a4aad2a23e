//! Renews or ends a subscription at the end of its period.

use jiff::Timestamp;
use rusqlite::Transaction;

use super::event::{self, EventKind};
use super::store::invoices::OnlineAppInvoice;
use super::store::subscriptions::{self, OnlineAppStatus, OnlineAppSubscription};
use crate::providers::definition::PeriodEnd;
use crate::store::period::Period as _;
use crate::store::record::Record as _;
use crate::store::{Result, invoice_numbers};

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

fn renew(tx: &Transaction<'_>, mut subscription: OnlineAppSubscription) -> Result<()> {
    let at = subscription.current_period_end;
    // A trial that was not cancelled becomes a paid subscription.
    subscription.status = OnlineAppStatus::Active;
    subscription.current_period_start = at;
    subscription.current_period_end = subscription.billing_interval.after(at);
    subscription.update(tx)?;
    let invoice = OnlineAppInvoice {
        number: invoice_numbers::next(tx)?,
        user_id: subscription.user_id.clone(),
        paywall_id: subscription.paywall_id.clone(),
        issued_at: at,
        unit_amount: subscription.unit_amount,
    };
    invoice.insert(tx)?;
    event::emit(tx, EventKind::SubscriptionUpdated, &subscription, at)
}

fn end(tx: &Transaction<'_>, mut subscription: OnlineAppSubscription) -> Result<()> {
    let at = subscription.current_period_end;
    subscription.status = OnlineAppStatus::Canceled;
    subscription.canceled_at.get_or_insert(at);
    subscription.ended_at = Some(at);
    subscription.update(tx)?;
    event::emit(tx, EventKind::SubscriptionCancelled, &subscription, at)
}
