//! What happens as time passes.
//!
//! Links expire by comparison. Periods end, and webhooks are due, at moments that the database knows: each is applied
//! at its own moment, in order, whether the time was moved or passed by itself.

mod turn;

use jiff::Timestamp;
use rusqlite::Transaction;

use crate::period::Period as _;
use crate::store::invoices::{self, Invoice, OnlineAppInvoice};
use crate::store::outbox::{self, Delivery};
use crate::store::subscriptions::{
    self, KwikStatus, KwikSubscription, OnlineAppStatus, OnlineAppSubscription, Subscription,
};
use crate::store::{Failure, Result, products};
use crate::webhook::{self, EventKind};

pub(crate) use self::turn::{Orders, Timekeeper, run};

/// The next thing that happens.
pub(crate) enum Due {
    PeriodEnd(Box<Subscription>),
    Delivery(Delivery),
}

impl Due {
    pub(crate) fn at(&self) -> Timestamp {
        match self {
            Self::PeriodEnd(subscription) => period_end(subscription),
            Self::Delivery(delivery) => delivery.due_at,
        }
    }
}

/// Finds what happens next, however far ahead. What a period's end causes comes after other events of that moment.
pub(crate) fn next(tx: &Transaction<'_>) -> Result<Option<Due>> {
    let ending = subscriptions::next_to_end(tx, Timestamp::MAX)?;
    let sending = outbox::next_due(tx)?;
    Ok(match (ending, sending) {
        (Some(ending), Some(sending)) if period_end(&ending) < sending.due_at => {
            Some(Due::PeriodEnd(Box::new(ending)))
        }
        (_, Some(sending)) => Some(Due::Delivery(sending)),
        (ending, None) => ending.map(|ending| Due::PeriodEnd(Box::new(ending))),
    })
}

/// Ends every period that is over at `now`; what that has to tell the world goes into the outbox.
pub(crate) fn catch_up(tx: &Transaction<'_>, now: Timestamp) -> Result<()> {
    while let Some(subscription) = subscriptions::next_to_end(tx, now)? {
        end_period(tx, subscription)?;
    }
    Ok(())
}

/// Renews the subscription or ends it, at the moment at which its period ends.
pub(crate) fn end_period(tx: &Transaction<'_>, subscription: Subscription) -> Result<()> {
    match subscription {
        Subscription::OnlineApp(subscription) if subscription.cancel_at_period_end => {
            end_onlineapp(tx, subscription)
        }
        Subscription::OnlineApp(subscription) => renew_onlineapp(tx, subscription),
        Subscription::Kwik(subscription) if subscription.cancel_at_period_end => {
            end_kwik(tx, subscription)
        }
        Subscription::Kwik(subscription) => renew_kwik(tx, subscription),
    }
}

fn renew_onlineapp(tx: &Transaction<'_>, mut subscription: OnlineAppSubscription) -> Result<()> {
    let at = subscription.current_period_end;
    // A trial that nobody cancelled becomes a paid subscription.
    subscription.status = OnlineAppStatus::Active;
    subscription.current_period_start = at;
    subscription.current_period_end = subscription.billing_interval.after(at);
    subscriptions::update_onlineapp(tx, &subscription)?;
    invoices::add_onlineapp(
        tx,
        &OnlineAppInvoice {
            number: invoices::next_number(tx)?,
            user_id: subscription.user_id.clone(),
            paywall_id: subscription.paywall_id.clone(),
            issued_at: at,
            unit_amount: subscription.unit_amount,
        },
    )?;
    webhook::emit(tx, EventKind::SubscriptionUpdated, &subscription, at)
}

fn end_onlineapp(tx: &Transaction<'_>, mut subscription: OnlineAppSubscription) -> Result<()> {
    let at = subscription.current_period_end;
    subscription.status = OnlineAppStatus::Canceled;
    subscription.canceled_at.get_or_insert(at);
    subscription.ended_at = Some(at);
    subscriptions::update_onlineapp(tx, &subscription)?;
    webhook::emit(tx, EventKind::SubscriptionCancelled, &subscription, at)
}

fn renew_kwik(tx: &Transaction<'_>, mut subscription: KwikSubscription) -> Result<()> {
    let at = subscription.current_period_end;
    let product = products::find(tx, &subscription.product_id)?
        .ok_or(Failure::Database(rusqlite::Error::QueryReturnedNoRows))?;
    subscription.current_period_start = at;
    subscription.current_period_end = product.billing_period.after(at);
    subscriptions::update_kwik(tx, &subscription)?;
    invoices::add(
        tx,
        &Invoice {
            number: invoices::next_number(tx)?,
            customer_id: subscription.customer_id,
            issued_at: at,
            amount_cents: product.amount_cents,
        },
    )
}

fn end_kwik(tx: &Transaction<'_>, mut subscription: KwikSubscription) -> Result<()> {
    let at = subscription.current_period_end;
    subscription.status = KwikStatus::Inactive;
    subscription.canceled_at.get_or_insert(at);
    subscription.ended_at = Some(at);
    subscriptions::update_kwik(tx, &subscription)
}

fn period_end(subscription: &Subscription) -> Timestamp {
    match subscription {
        Subscription::OnlineApp(subscription) => subscription.current_period_end,
        Subscription::Kwik(subscription) => subscription.current_period_end,
    }
}
