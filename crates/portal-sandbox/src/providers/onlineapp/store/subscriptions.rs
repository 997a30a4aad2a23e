//! OnlineApp's subscriptions.

use jiff::{Span, Timestamp};
use rusqlite::Transaction;
use serde::Serialize;

use crate::store::Result;
use crate::store::column_enum::column_enum;
use crate::store::period::Period;
use crate::store::record::{Record as _, record};

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
    /// When it was cancelled, even if it ends later.
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

record! {
    OnlineAppSubscription in "onlineapp_subscriptions":
    id, user_id, paywall_id, plan, price_id, unit_amount, billing_interval, status,
    current_period_start, current_period_end, cancel_at_period_end, canceled_at, ended_at,
}

pub(crate) fn find(tx: &Transaction<'_>, id: &str) -> Result<Option<OnlineAppSubscription>> {
    OnlineAppSubscription::find(tx, "WHERE id = ?1", [id])
}

pub(crate) fn find_of_user(
    tx: &Transaction<'_>,
    user_id: &str,
    paywall_id: &str,
) -> Result<Option<OnlineAppSubscription>> {
    OnlineAppSubscription::find(
        tx,
        "WHERE user_id = ?1 AND paywall_id = ?2 ORDER BY current_period_end DESC, id LIMIT 1",
        [user_id, paywall_id],
    )
}

/// Finds the subscription whose period ends first, by `until`, among those that renew or end then.
///
/// An overdue one is neither renewed nor ended, unless its user cancelled it.
pub(crate) fn next_to_end(
    tx: &Transaction<'_>,
    until: Timestamp,
) -> Result<Option<OnlineAppSubscription>> {
    OnlineAppSubscription::find(
        tx,
        "WHERE (status IN ('active', 'trialing') OR (status = 'past_due' AND cancel_at_period_end))
         AND current_period_end <= ?1 ORDER BY current_period_end, id LIMIT 1",
        [until],
    )
}

/// Lists all subscriptions by id.
pub(crate) fn list_all(tx: &Transaction<'_>) -> Result<Vec<OnlineAppSubscription>> {
    OnlineAppSubscription::list(tx, "ORDER BY id", [])
}
