//! OnlineApp's subscriptions.

use jiff::{Span, Timestamp};
use rusqlite::{OptionalExtension as _, Row, Transaction};
use serde::Serialize;

use crate::store::Result;
use crate::store::column_enum::column_enum;
use crate::store::from_row::from_row;
use crate::store::period::Period;

/// A user's subscription through a paywall.
#[derive(Clone, Serialize)]
pub(crate) struct OnlineAppSubscription {
    pub(crate) id: String,
    pub(crate) user_id: String,
    pub(crate) paywall_id: String,
    pub(crate) plan: String,
    pub(crate) price_id: String,
    /// In minor units.
    pub(crate) unit_amount: i64,
    pub(crate) billing_interval: Interval,
    pub(crate) status: OnlineAppStatus,
    pub(crate) current_period_start: Timestamp,
    pub(crate) current_period_end: Timestamp,
    /// Whether it ends with the current period and is not renewed.
    pub(crate) cancel_at_period_end: bool,
    /// When it was cancelled, also if it ends later.
    pub(crate) canceled_at: Option<Timestamp>,
    /// When it ended.
    pub(crate) ended_at: Option<Timestamp>,
}

column_enum! {
    /// OnlineApp's billing interval, spelled as in its webhooks.
    Interval {
        Day = "day",
        Week = "week",
        Month = "month",
        Year = "year",
    }
}

column_enum! {
    /// A subscription's status, spelled as in OnlineApp's webhooks.
    OnlineAppStatus {
        Active = "active",
        Trialing = "trialing",
        PastDue = "past_due",
        Canceled = "canceled",
        Incomplete = "incomplete",
    }
}

impl Period for Interval {
    fn span(self) -> Span {
        match self {
            Self::Day => Span::new().days(1),
            Self::Week => Span::new().weeks(1),
            Self::Month => Span::new().months(1),
            Self::Year => Span::new().years(1),
        }
    }
}

pub(crate) fn add(tx: &Transaction<'_>, subscription: &OnlineAppSubscription) -> Result<()> {
    tx.execute(
        "INSERT INTO onlineapp_subscriptions
         (id, user_id, paywall_id, plan, price_id, unit_amount, billing_interval, status,
          current_period_start, current_period_end, cancel_at_period_end, canceled_at, ended_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
        (
            &subscription.id,
            &subscription.user_id,
            &subscription.paywall_id,
            &subscription.plan,
            &subscription.price_id,
            subscription.unit_amount,
            subscription.billing_interval,
            subscription.status,
            subscription.current_period_start,
            subscription.current_period_end,
            subscription.cancel_at_period_end,
            subscription.canceled_at,
            subscription.ended_at,
        ),
    )?;
    Ok(())
}

/// Updates the columns that can change.
pub(crate) fn update(tx: &Transaction<'_>, subscription: &OnlineAppSubscription) -> Result<()> {
    tx.execute(
        "UPDATE onlineapp_subscriptions
         SET plan = ?2, price_id = ?3, unit_amount = ?4, billing_interval = ?5, status = ?6,
             current_period_start = ?7, current_period_end = ?8, cancel_at_period_end = ?9,
             canceled_at = ?10, ended_at = ?11
         WHERE id = ?1",
        (
            &subscription.id,
            &subscription.plan,
            &subscription.price_id,
            subscription.unit_amount,
            subscription.billing_interval,
            subscription.status,
            subscription.current_period_start,
            subscription.current_period_end,
            subscription.cancel_at_period_end,
            subscription.canceled_at,
            subscription.ended_at,
        ),
    )?;
    Ok(())
}

pub(crate) fn find(tx: &Transaction<'_>, id: &str) -> Result<Option<OnlineAppSubscription>> {
    let mut rows = tx.prepare_cached("SELECT * FROM onlineapp_subscriptions WHERE id = ?1")?;
    Ok(rows.query_row([id], read).optional()?)
}

pub(crate) fn find_of_user(
    tx: &Transaction<'_>,
    user_id: &str,
    paywall_id: &str,
) -> Result<Option<OnlineAppSubscription>> {
    let mut rows = tx.prepare_cached(
        "SELECT * FROM onlineapp_subscriptions WHERE user_id = ?1 AND paywall_id = ?2
         ORDER BY current_period_end DESC, id LIMIT 1",
    )?;
    Ok(rows.query_row([user_id, paywall_id], read).optional()?)
}

/// Finds the subscription whose period ends first, by `until`, among those that renew or end then.
///
/// An overdue one is neither renewed nor ended, unless its user cancelled it.
pub(crate) fn next_to_end(
    tx: &Transaction<'_>,
    until: Timestamp,
) -> Result<Option<OnlineAppSubscription>> {
    let mut rows = tx.prepare_cached(
        "SELECT * FROM onlineapp_subscriptions
         WHERE (status IN ('active', 'trialing') OR (status = 'past_due' AND cancel_at_period_end))
         AND current_period_end <= ?1 ORDER BY current_period_end, id LIMIT 1",
    )?;
    Ok(rows.query_row([until], read).optional()?)
}

/// Lists all subscriptions by id.
pub(crate) fn list_all(tx: &Transaction<'_>) -> Result<Vec<OnlineAppSubscription>> {
    let mut rows = tx.prepare_cached("SELECT * FROM onlineapp_subscriptions ORDER BY id")?;
    Ok(rows.query_map([], read)?.collect::<rusqlite::Result<_>>()?)
}

fn read(row: &Row<'_>) -> rusqlite::Result<OnlineAppSubscription> {
    from_row!(row => OnlineAppSubscription,
        id, user_id, paywall_id, plan, price_id, unit_amount, billing_interval, status,
        current_period_start, current_period_end, cancel_at_period_end, canceled_at,
        ended_at)
}
