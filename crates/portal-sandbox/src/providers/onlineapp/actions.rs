//! The actions of a user on the portal page. Each action runs in the caller's transaction and is idempotent.

use jiff::Timestamp;
use rusqlite::Transaction;

use super::event::EventKind;
use super::portal::OnlineAppPortal;
use super::store::invoices::OnlineAppInvoice;
use super::store::subscriptions::{self, Interval, OnlineAppStatus, OnlineAppSubscription};
use crate::store::period::Period as _;
use crate::store::record::Record as _;
use crate::store::{Result, invoice_numbers};
use crate::token;

/// An action that a user requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// Start a demo subscription, so that every user can try the page.
    Start,
    CancelNow,
    CancelAtPeriodEnd,
    /// Withdraw a pending cancellation.
    Keep,
    Reactivate,
}

/// The result of an action.
pub(crate) struct ActionResult {
    pub(crate) outcome: ActionOutcome,
    /// The subscription afterwards; `None` if there is none.
    pub(crate) subscription: Option<OnlineAppSubscription>,
}

/// The effect of an action, or the reason why it had none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ActionOutcome {
    Started,
    StartedAlready,
    CancelledNow,
    CancelledAtPeriodEnd,
    CancelledAlready,
    Kept,
    NothingToKeep,
    Reactivated,
    ActiveAlready,
    NoSubscription,
}

impl ActionOutcome {
    /// Returns the event that the provider documents for it; `None` if nothing changed.
    ///
    /// A cancellation at the period's end is an update now and a cancellation when the period ends.
    pub(crate) fn event(self) -> Option<EventKind> {
        match self {
            Self::Started => Some(EventKind::SubscriptionCreated),
            Self::CancelledAtPeriodEnd | Self::Kept | Self::Reactivated => {
                Some(EventKind::SubscriptionUpdated)
            }
            Self::CancelledNow => Some(EventKind::SubscriptionCancelled),
            Self::StartedAlready
            | Self::CancelledAlready
            | Self::NothingToKeep
            | Self::ActiveAlready
            | Self::NoSubscription => None,
        }
    }
}

/// Applies an action to the subscription of a portal.
pub(crate) fn perform(
    tx: &Transaction<'_>,
    portal: &OnlineAppPortal,
    action: Action,
    now: Timestamp,
) -> Result<ActionResult> {
    let Some(mut subscription) =
        subscriptions::find_of_user(tx, &portal.user_id, &portal.paywall_id)?
    else {
        return match action {
            Action::Start => start(tx, portal, now),
            _ => Ok(ActionResult {
                outcome: ActionOutcome::NoSubscription,
                subscription: None,
            }),
        };
    };
    let outcome = match action {
        Action::Start => ActionOutcome::StartedAlready,
        Action::CancelNow => cancel_now(&mut subscription, now),
        Action::CancelAtPeriodEnd => cancel_at_period_end(&mut subscription, now),
        Action::Keep => keep(&mut subscription),
        Action::Reactivate => reactivate(&mut subscription, now),
    };
    if outcome.event().is_some() {
        subscription.update(tx)?;
    }
    if outcome == ActionOutcome::Reactivated {
        invoice(tx, &subscription, now)?;
    }
    Ok(ActionResult {
        outcome,
        subscription: Some(subscription),
    })
}

/// Returns whether a subscription with this status is running, and so can be cancelled.
pub(crate) fn is_running(status: OnlineAppStatus) -> bool {
    match status {
        OnlineAppStatus::Active | OnlineAppStatus::Trialing | OnlineAppStatus::PastDue => true,
        OnlineAppStatus::Canceled | OnlineAppStatus::Incomplete => false,
    }
}

fn start(tx: &Transaction<'_>, portal: &OnlineAppPortal, now: Timestamp) -> Result<ActionResult> {
    let interval = Interval::Month;
    let subscription = OnlineAppSubscription {
        id: token::id("sub"),
        user_id: portal.user_id.clone(),
        paywall_id: portal.paywall_id.clone(),
        plan: "Demo, monthly".to_owned(),
        price_id: "price_demo_monthly".to_owned(),
        unit_amount: 999,
        billing_interval: interval,
        status: OnlineAppStatus::Active,
        current_period_start: now,
        current_period_end: interval.after(now),
        cancel_at_period_end: false,
        canceled_at: None,
        ended_at: None,
    };
    subscription.insert(tx)?;
    invoice(tx, &subscription, now)?;
    Ok(ActionResult {
        outcome: ActionOutcome::Started,
        subscription: Some(subscription),
    })
}

/// "One `subscription.cancelled`, `ended_at` set and `current_period_end` left as it was."
fn cancel_now(subscription: &mut OnlineAppSubscription, now: Timestamp) -> ActionOutcome {
    if !is_running(subscription.status) {
        return ActionOutcome::CancelledAlready;
    }
    subscription.status = OnlineAppStatus::Canceled;
    subscription.cancel_at_period_end = false;
    subscription.canceled_at.get_or_insert(now);
    subscription.ended_at = Some(now);
    ActionOutcome::CancelledNow
}

/// "Still active, `cancel_at_period_end: true`."
fn cancel_at_period_end(subscription: &mut OnlineAppSubscription, now: Timestamp) -> ActionOutcome {
    if !is_running(subscription.status) || subscription.cancel_at_period_end {
        return ActionOutcome::CancelledAlready;
    }
    subscription.cancel_at_period_end = true;
    subscription.canceled_at = Some(now);
    ActionOutcome::CancelledAtPeriodEnd
}

fn keep(subscription: &mut OnlineAppSubscription) -> ActionOutcome {
    if !is_running(subscription.status) || !subscription.cancel_at_period_end {
        return ActionOutcome::NothingToKeep;
    }
    subscription.cancel_at_period_end = false;
    subscription.canceled_at = None;
    ActionOutcome::Kept
}

/// Starts a new period now, even if the old one has not ended.
fn reactivate(subscription: &mut OnlineAppSubscription, now: Timestamp) -> ActionOutcome {
    if is_running(subscription.status) {
        return ActionOutcome::ActiveAlready;
    }
    subscription.status = OnlineAppStatus::Active;
    subscription.current_period_start = now;
    subscription.current_period_end = subscription.billing_interval.after(now);
    subscription.cancel_at_period_end = false;
    subscription.canceled_at = None;
    subscription.ended_at = None;
    ActionOutcome::Reactivated
}

fn invoice(
    tx: &Transaction<'_>,
    subscription: &OnlineAppSubscription,
    now: Timestamp,
) -> Result<()> {
    let invoice = OnlineAppInvoice {
        number: invoice_numbers::next(tx)?,
        user_id: subscription.user_id.clone(),
        paywall_id: subscription.paywall_id.clone(),
        issued_at: now,
        unit_amount: subscription.unit_amount,
    };
    invoice.insert(tx)
}
