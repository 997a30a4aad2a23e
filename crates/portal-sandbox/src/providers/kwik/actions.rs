//! The actions of a customer on the portal page. Each action runs in the caller's transaction and is idempotent.
//!
//! [`PortalContent`](super::portal_content::PortalContent) says whether the link allows it. The provider does not
//! document how a plan change is charged: here the plan changes at once and the price from the next invoice on.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use rusqlite::Transaction;

use super::settings::CancelType;
use super::store::cards::{self, Card};
use super::store::customers::{self, Billing, Customer};
use super::store::invoices::KwikInvoice;
use super::store::products::Product;
use super::store::subscriptions::{KwikStatus, KwikSubscription};
use crate::store::period::Period as _;
use crate::store::record::Record as _;
use crate::store::{Result, invoice_numbers};
use crate::token;

/// The outcome of an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ActionOutcome {
    Subscribed,
    SubscribedAlready,
    CancelledNow,
    CancelledAtPeriodEnd,
    CancelledAlready,
    Kept,
    NothingToKeep,
    Switched,
    SamePlan,
    /// No plan is switched while a cancellation is pending.
    EndingSoon,
    /// No plan is switched once the subscription has ended.
    Ended,
    Reactivated,
    ActiveAlready,
    BillingSaved,
    BillingUnchanged,
    CardReplaced,
    CardUnchanged,
}

/// Starts a subscription whose first period begins now and is invoiced at once; returns its id.
pub(crate) fn subscribe(
    tx: &Transaction<'_>,
    customer: &Customer,
    product: &Product,
    now: Timestamp,
) -> Result<String> {
    let subscription = KwikSubscription {
        id: token::id("sub"),
        customer_id: customer.id.clone(),
        product_id: product.id.clone(),
        status: KwikStatus::Active,
        current_period_start: now,
        current_period_end: product.billing_period.after(now),
        cancel_at_period_end: false,
        canceled_at: None,
        ended_at: None,
    };
    subscription.insert(tx)?;
    charge(tx, &customer.id, product, now)?;
    Ok(subscription.id)
}

/// Cancels now, or marks the subscription to end with its period.
pub(crate) fn cancel(
    tx: &Transaction<'_>,
    mut subscription: KwikSubscription,
    takes_effect: CancelType,
    now: Timestamp,
) -> Result<ActionOutcome> {
    let pending = subscription.cancel_at_period_end;
    let outcome = match (subscription.status, takes_effect) {
        (KwikStatus::Inactive, _) => return Ok(ActionOutcome::CancelledAlready),
        (KwikStatus::Active, CancelType::AfterBillingPeriod) if pending => {
            return Ok(ActionOutcome::CancelledAlready);
        }
        (KwikStatus::Active, CancelType::AfterBillingPeriod) => {
            subscription.cancel_at_period_end = true;
            ActionOutcome::CancelledAtPeriodEnd
        }
        // The period's end is unchanged: it shows what was paid for.
        (KwikStatus::Active, CancelType::Now) => {
            subscription.status = KwikStatus::Inactive;
            subscription.cancel_at_period_end = false;
            subscription.ended_at = Some(now);
            ActionOutcome::CancelledNow
        }
    };
    subscription.canceled_at.get_or_insert(now);
    subscription.update(tx)?;
    Ok(outcome)
}

/// Withdraws a pending cancellation.
pub(crate) fn keep(
    tx: &Transaction<'_>,
    mut subscription: KwikSubscription,
) -> Result<ActionOutcome> {
    if subscription.status == KwikStatus::Inactive || !subscription.cancel_at_period_end {
        return Ok(ActionOutcome::NothingToKeep);
    }
    subscription.cancel_at_period_end = false;
    subscription.canceled_at = None;
    subscription.update(tx)?;
    Ok(ActionOutcome::Kept)
}

/// Changes the product; the current period is paid for and stays.
pub(crate) fn switch_plan(
    tx: &Transaction<'_>,
    mut subscription: KwikSubscription,
    product: &Product,
) -> Result<ActionOutcome> {
    if subscription.product_id == product.id {
        return Ok(ActionOutcome::SamePlan);
    }
    if subscription.status == KwikStatus::Inactive {
        return Ok(ActionOutcome::Ended);
    }
    if subscription.cancel_at_period_end {
        return Ok(ActionOutcome::EndingSoon);
    }
    subscription.product_id = product.id.clone();
    subscription.update(tx)?;
    Ok(ActionOutcome::Switched)
}

/// Reactivates an ended subscription, with a period that starts now and is invoiced at once.
pub(crate) fn reactivate(
    tx: &Transaction<'_>,
    mut subscription: KwikSubscription,
    product: &Product,
    now: Timestamp,
) -> Result<ActionOutcome> {
    if subscription.status == KwikStatus::Active {
        return Ok(ActionOutcome::ActiveAlready);
    }
    subscription.status = KwikStatus::Active;
    subscription.current_period_start = now;
    subscription.current_period_end = product.billing_period.after(now);
    subscription.cancel_at_period_end = false;
    subscription.canceled_at = None;
    subscription.ended_at = None;
    subscription.update(tx)?;
    charge(tx, &subscription.customer_id, product, now)?;
    Ok(ActionOutcome::Reactivated)
}

/// Stores the billing information that the customer entered.
pub(crate) fn update_billing(
    tx: &Transaction<'_>,
    customer: &Customer,
    billing: &Billing,
) -> Result<ActionOutcome> {
    if customer.billing == *billing {
        return Ok(ActionOutcome::BillingUnchanged);
    }
    customers::save_billing(tx, &customer.id, billing)?;
    Ok(ActionOutcome::BillingSaved)
}

/// Charges `card` from the next invoice on, instead of the card that was charged so far.
pub(crate) fn use_card(
    tx: &Transaction<'_>,
    current: Option<&Card>,
    card: &Card,
) -> Result<ActionOutcome> {
    match current {
        Some(current) if current.last_four == card.last_four => {
            return Ok(ActionOutcome::CardUnchanged);
        }
        Some(current) => {
            let replaced = Card {
                id: current.id.clone(),
                ..card.clone()
            };
            replaced.update(tx)?;
        }
        None => card.insert(tx)?,
    }
    Ok(ActionOutcome::CardReplaced)
}

/// Returns the cards that customers can use: no real number belongs in a sandbox.
pub(crate) fn demo_cards(customer_id: &str, now: Timestamp) -> [Card; 2] {
    [("Visa", "4242"), ("Mastercard", "4444")].map(|(brand, last_four)| Card {
        id: token::id("card"),
        customer_id: customer_id.to_owned(),
        brand: brand.to_owned(),
        last_four: last_four.to_owned(),
        expires: format!("12/{}", now.to_zoned(TimeZone::UTC).year() + 4),
    })
}

/// Returns the card that a customer without one pays with.
pub(crate) fn demo_card(customer_id: &str, now: Timestamp) -> Card {
    let [card, _] = demo_cards(customer_id, now);
    card
}

/// Invoices a period, and gives a customer without any card the demo card that pays for it.
fn charge(
    tx: &Transaction<'_>,
    customer_id: &str,
    product: &Product,
    now: Timestamp,
) -> Result<()> {
    if cards::list(tx, customer_id)?.is_empty() {
        demo_card(customer_id, now).insert(tx)?;
    }
    let invoice = KwikInvoice {
        number: invoice_numbers::next(tx)?,
        customer_id: customer_id.to_owned(),
        issued_at: now,
        amount_cents: product.amount_cents,
    };
    invoice.insert(tx)
}
