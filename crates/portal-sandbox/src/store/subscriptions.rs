//! Both providers' subscriptions.

use jiff::{Timestamp, ToSpan as _};
use rusqlite::{OptionalExtension as _, Row, Transaction};
use serde::Serialize;

use super::{Result, period};

/// A subscription of either provider, as the control API shows it.
#[derive(Serialize)]
#[serde(tag = "provider", rename_all = "lowercase")]
pub(crate) enum Subscription {
    OnlineApp(OnlineAppSubscription),
    Kwik(KwikSubscription),
}

/// A user's subscription through a paywall.
#[derive(Serialize)]
pub(crate) struct OnlineAppSubscription {
    pub(crate) id: String,
    pub(crate) user_id: String,
    pub(crate) paywall_id: String,
    pub(crate) plan: String,
    /// In cents of a US dollar.
    pub(crate) unit_amount: i64,
    pub(crate) interval: Interval,
    pub(crate) status: OnlineAppStatus,
    pub(crate) current_period_start: Timestamp,
    pub(crate) current_period_end: Timestamp,
    /// Whether a cancellation waits for the end of the period.
    pub(crate) cancel_at_period_end: bool,
    /// When the cancellation was asked for.
    pub(crate) canceled_at: Option<Timestamp>,
    /// When it ceased to be; `None` while it is.
    pub(crate) ended_at: Option<Timestamp>,
}

stored_words! {
    /// A subscription's status as OnlineApp's webhooks spell it.
    OnlineAppStatus {
        Active = "active",
        Trialing = "trialing",
        PastDue = "past_due",
        Canceled = "canceled",
        Incomplete = "incomplete",
    }
}

stored_words! {
    /// How often OnlineApp bills, as its webhooks spell it.
    Interval {
        Day = "day",
        Week = "week",
        Month = "month",
        Year = "year",
    }
}

impl Interval {
    /// Returns when a period that begins at `start` ends.
    pub(crate) fn end(self, start: Timestamp) -> Timestamp {
        let length = match self {
            Self::Day => 1.day(),
            Self::Week => 1.week(),
            Self::Month => 1.month(),
            Self::Year => 1.year(),
        };
        period::end(start, length)
    }
}

/// A customer's subscription to a product.
#[derive(Clone, Serialize)]
pub(crate) struct KwikSubscription {
    pub(crate) id: String,
    pub(crate) customer_id: String,
    pub(crate) product_id: String,
    pub(crate) status: KwikStatus,
    pub(crate) current_period_start: Timestamp,
    pub(crate) current_period_end: Timestamp,
    /// Whether a cancellation waits for the end of the period.
    pub(crate) cancel_at_period_end: bool,
    /// When the cancellation was asked for.
    pub(crate) canceled_at: Option<Timestamp>,
    /// When it ceased to be; `None` while it is.
    pub(crate) ended_at: Option<Timestamp>,
}

stored_words! {
    /// The two states that Kwik's documentation of the portal tells apart.
    KwikStatus {
        Active = "ACTIVE",
        Inactive = "INACTIVE",
    }
}

pub(crate) fn add_onlineapp(
    tx: &Transaction<'_>,
    subscription: &OnlineAppSubscription,
) -> Result<()> {
    tx.execute(
        "INSERT INTO onlineapp_subscriptions
         (id, user_id, paywall_id, plan, unit_amount, interval, status, current_period_start, current_period_end,
          cancel_at_period_end, canceled_at, ended_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
        (
            &subscription.id,
            &subscription.user_id,
            &subscription.paywall_id,
            &subscription.plan,
            subscription.unit_amount,
            subscription.interval,
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

/// Stores what may change about a subscription.
pub(crate) fn save_onlineapp(
    tx: &Transaction<'_>,
    subscription: &OnlineAppSubscription,
) -> Result<()> {
    tx.execute(
        "UPDATE onlineapp_subscriptions SET status = ?2, current_period_start = ?3, current_period_end = ?4,
         cancel_at_period_end = ?5, canceled_at = ?6, ended_at = ?7 WHERE id = ?1",
        (
            &subscription.id,
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

pub(crate) fn of_user(
    tx: &Transaction<'_>,
    user_id: &str,
    paywall_id: &str,
) -> Result<Option<OnlineAppSubscription>> {
    let mut rows = tx.prepare_cached(
        "SELECT * FROM onlineapp_subscriptions WHERE user_id = ?1 AND paywall_id = ?2
         ORDER BY current_period_end DESC, id LIMIT 1",
    )?;
    Ok(rows
        .query_row([user_id, paywall_id], read_onlineapp)
        .optional()?)
}

pub(crate) fn add_kwik(tx: &Transaction<'_>, subscription: &KwikSubscription) -> Result<()> {
    tx.execute(
        "INSERT INTO kwik_subscriptions
         (id, customer_id, product_id, status, current_period_start, current_period_end, cancel_at_period_end,
          canceled_at, ended_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        (
            &subscription.id,
            &subscription.customer_id,
            &subscription.product_id,
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

/// Stores what may change about a subscription.
pub(crate) fn save_kwik(tx: &Transaction<'_>, subscription: &KwikSubscription) -> Result<()> {
    tx.execute(
        "UPDATE kwik_subscriptions SET product_id = ?2, status = ?3, current_period_start = ?4,
         current_period_end = ?5, cancel_at_period_end = ?6, canceled_at = ?7, ended_at = ?8 WHERE id = ?1",
        (
            &subscription.id,
            &subscription.product_id,
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

/// Finds a customer's subscription; another customer's is not found.
pub(crate) fn of_customer(
    tx: &Transaction<'_>,
    customer_id: &str,
    id: &str,
) -> Result<Option<KwikSubscription>> {
    let mut rows =
        tx.prepare_cached("SELECT * FROM kwik_subscriptions WHERE customer_id = ?1 AND id = ?2")?;
    Ok(rows.query_row([customer_id, id], read_kwik).optional()?)
}

pub(crate) fn all(tx: &Transaction<'_>) -> Result<Vec<Subscription>> {
    let mut onlineapp = tx.prepare_cached("SELECT * FROM onlineapp_subscriptions ORDER BY id")?;
    let mut kwik = tx.prepare_cached("SELECT * FROM kwik_subscriptions ORDER BY id")?;
    let onlineapp =
        onlineapp.query_map([], |row| read_onlineapp(row).map(Subscription::OnlineApp))?;
    let kwik = kwik.query_map([], |row| read_kwik(row).map(Subscription::Kwik))?;
    Ok(onlineapp.chain(kwik).collect::<rusqlite::Result<_>>()?)
}

fn read_onlineapp(row: &Row<'_>) -> rusqlite::Result<OnlineAppSubscription> {
    Ok(OnlineAppSubscription {
        id: row.get("id")?,
        user_id: row.get("user_id")?,
        paywall_id: row.get("paywall_id")?,
        plan: row.get("plan")?,
        unit_amount: row.get("unit_amount")?,
        interval: row.get("interval")?,
        status: row.get("status")?,
        current_period_start: row.get("current_period_start")?,
        current_period_end: row.get("current_period_end")?,
        cancel_at_period_end: row.get("cancel_at_period_end")?,
        canceled_at: row.get("canceled_at")?,
        ended_at: row.get("ended_at")?,
    })
}

fn read_kwik(row: &Row<'_>) -> rusqlite::Result<KwikSubscription> {
    Ok(KwikSubscription {
        id: row.get("id")?,
        customer_id: row.get("customer_id")?,
        product_id: row.get("product_id")?,
        status: row.get("status")?,
        current_period_start: row.get("current_period_start")?,
        current_period_end: row.get("current_period_end")?,
        cancel_at_period_end: row.get("cancel_at_period_end")?,
        canceled_at: row.get("canceled_at")?,
        ended_at: row.get("ended_at")?,
    })
}
