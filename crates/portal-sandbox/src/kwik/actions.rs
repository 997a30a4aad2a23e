//! What a customer does on the portal page: each a step inside the caller's transaction, harmless when done twice.
//!
//! Whether the link allows a step is asked before, of the [`Visit`](super::Visit). How a plan change is charged the
//! provider does not document: here it takes effect at once and its price from the next invoice on.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use rusqlite::Transaction;

use super::CancelType;
use crate::period::Period as _;
use crate::store::Result;
use crate::store::cards::{self, Card};
use crate::store::customers::{self, Billing, Customer};
use crate::store::invoices::{self, Invoice};
use crate::store::products::Product;
use crate::store::subscriptions::{self, KwikStatus, KwikSubscription};
use crate::token;

/// What came of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
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
    subscriptions::add_kwik(tx, &subscription)?;
    charge(tx, &customer.id, product, now)?;
    Ok(subscription.id)
}

/// Cancels now, or marks the subscription to end with its period.
pub(crate) fn cancel(
    tx: &Transaction<'_>,
    mut subscription: KwikSubscription,
    takes_effect: CancelType,
    now: Timestamp,
) -> Result<Outcome> {
    let pending = subscription.cancel_at_period_end;
    let outcome = match (subscription.status, takes_effect) {
        (KwikStatus::Inactive, _) => return Ok(Outcome::CancelledAlready),
        (KwikStatus::Active, CancelType::AfterBillingPeriod) if pending => {
            return Ok(Outcome::CancelledAlready);
        }
        (KwikStatus::Active, CancelType::AfterBillingPeriod) => {
            subscription.cancel_at_period_end = true;
            Outcome::CancelledAtPeriodEnd
        }
        // The period's end stays as it was: it tells what was paid for.
        (KwikStatus::Active, CancelType::Now) => {
            subscription.status = KwikStatus::Inactive;
            subscription.cancel_at_period_end = false;
            subscription.ended_at = Some(now);
            Outcome::CancelledNow
        }
    };
    subscription.canceled_at.get_or_insert(now);
    subscriptions::update_kwik(tx, &subscription)?;
    Ok(outcome)
}

/// Takes a pending cancellation back.
pub(crate) fn keep(tx: &Transaction<'_>, mut subscription: KwikSubscription) -> Result<Outcome> {
    if subscription.status == KwikStatus::Inactive || !subscription.cancel_at_period_end {
        return Ok(Outcome::NothingToKeep);
    }
    subscription.cancel_at_period_end = false;
    subscription.canceled_at = None;
    subscriptions::update_kwik(tx, &subscription)?;
    Ok(Outcome::Kept)
}

/// Makes it a subscription to another product; the period under way is paid for and stays.
pub(crate) fn switch_plan(
    tx: &Transaction<'_>,
    mut subscription: KwikSubscription,
    product: &Product,
) -> Result<Outcome> {
    if subscription.product_id == product.id {
        return Ok(Outcome::SamePlan);
    }
    if subscription.status == KwikStatus::Inactive {
        return Ok(Outcome::Ended);
    }
    if subscription.cancel_at_period_end {
        return Ok(Outcome::EndingSoon);
    }
    subscription.product_id = product.id.clone();
    subscriptions::update_kwik(tx, &subscription)?;
    Ok(Outcome::Switched)
}

/// Makes an ended subscription active again, with a period that begins now and is invoiced at once.
pub(crate) fn reactivate(
    tx: &Transaction<'_>,
    mut subscription: KwikSubscription,
    product: &Product,
    now: Timestamp,
) -> Result<Outcome> {
    if subscription.status == KwikStatus::Active {
        return Ok(Outcome::ActiveAlready);
    }
    subscription.status = KwikStatus::Active;
    subscription.current_period_start = now;
    subscription.current_period_end = product.billing_period.after(now);
    subscription.cancel_at_period_end = false;
    subscription.canceled_at = None;
    subscription.ended_at = None;
    subscriptions::update_kwik(tx, &subscription)?;
    charge(tx, &subscription.customer_id, product, now)?;
    Ok(Outcome::Reactivated)
}

/// Stores the billing information that the customer entered.
pub(crate) fn update_billing(
    tx: &Transaction<'_>,
    customer: &Customer,
    billing: &Billing,
) -> Result<Outcome> {
    if customer.billing == *billing {
        return Ok(Outcome::BillingUnchanged);
    }
    customers::save_billing(tx, &customer.id, billing)?;
    Ok(Outcome::BillingSaved)
}

/// Returns the card that somebody without one pays with: nobody types a real number into a sandbox.
pub(crate) fn demo_card(customer_id: &str, now: Timestamp) -> Card {
    Card {
        id: token::id("card"),
        customer_id: customer_id.to_owned(),
        brand: "Visa".to_owned(),
        last_four: "4242".to_owned(),
        expires: format!("12/{}", now.to_zoned(TimeZone::UTC).year() + 4),
    }
}

/// Invoices a period, and gives a customer without any card the demo card that pays for it.
fn charge(
    tx: &Transaction<'_>,
    customer_id: &str,
    product: &Product,
    now: Timestamp,
) -> Result<()> {
    if cards::of_customer(tx, customer_id)?.is_empty() {
        cards::add(tx, &demo_card(customer_id, now))?;
    }
    let invoice = Invoice {
        number: invoices::next_number(tx)?,
        customer_id: customer_id.to_owned(),
        issued_at: now,
        amount_cents: product.amount_cents,
    };
    invoices::add(tx, &invoice)
}
