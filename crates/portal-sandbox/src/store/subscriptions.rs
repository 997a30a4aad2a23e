//! Both providers' subscriptions.

use jiff::Timestamp;
use rusqlite::{OptionalExtension as _, Row, Transaction};
use serde::Serialize;

use super::Result;

/// A subscription of either provider, as the control API shows it.
#[derive(Serialize)]
#[serde(tag = "provider", rename_all = "lowercase")]
pub(crate) enum Subscription {
    OnlineApp(OnlineAppSubscription),
    Kwik(KwikSubscription),
}

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
    /// Whether it ends, in place of being renewed, when the current period does.
    pub(crate) cancel_at_period_end: bool,
    /// When the cancellation was asked for.
    pub(crate) canceled_at: Option<Timestamp>,
    /// When it ended.
    pub(crate) ended_at: Option<Timestamp>,
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

/// A customer's subscription to a product.
#[derive(Clone, Serialize)]
pub(crate) struct KwikSubscription {
    pub(crate) id: String,
    pub(crate) customer_id: String,
    pub(crate) product_id: String,
    pub(crate) status: KwikStatus,
    pub(crate) current_period_start: Timestamp,
    pub(crate) current_period_end: Timestamp,
    /// Whether it ends, in place of being renewed, when the current period does.
    pub(crate) cancel_at_period_end: bool,
    /// When the cancellation was asked for.
    pub(crate) canceled_at: Option<Timestamp>,
    /// When it ended.
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

/// Writes what may change in a subscription's life.
pub(crate) fn update_onlineapp(
    tx: &Transaction<'_>,
    subscription: &OnlineAppSubscription,
) -> Result<()> {
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

pub(crate) fn find_onlineapp(
    tx: &Transaction<'_>,
    id: &str,
) -> Result<Option<OnlineAppSubscription>> {
    let mut rows = tx.prepare_cached("SELECT * FROM onlineapp_subscriptions WHERE id = ?1")?;
    Ok(rows.query_row([id], read_onlineapp).optional()?)
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
         (id, customer_id, product_id, status, current_period_start, current_period_end,
          cancel_at_period_end, canceled_at, ended_at)
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

/// Writes what may change in a subscription's life.
pub(crate) fn update_kwik(tx: &Transaction<'_>, subscription: &KwikSubscription) -> Result<()> {
    tx.execute(
        "UPDATE kwik_subscriptions
         SET product_id = ?2, status = ?3, current_period_start = ?4, current_period_end = ?5,
             cancel_at_period_end = ?6, canceled_at = ?7, ended_at = ?8
         WHERE id = ?1",
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

/// The subscription whose period ends first and by `until`, among those to which something happens then.
///
/// An overdue one is neither renewed nor ended, unless its customer asked for the end.
pub(crate) fn next_to_end(tx: &Transaction<'_>, until: Timestamp) -> Result<Option<Subscription>> {
    let mut onlineapp = tx.prepare_cached(
        "SELECT * FROM onlineapp_subscriptions
         WHERE (status IN ('active', 'trialing') OR (status = 'past_due' AND cancel_at_period_end))
         AND current_period_end <= ?1 ORDER BY current_period_end, id LIMIT 1",
    )?;
    let mut kwik = tx.prepare_cached(
        "SELECT * FROM kwik_subscriptions
         WHERE status = 'ACTIVE' AND current_period_end <= ?1 ORDER BY current_period_end, id LIMIT 1",
    )?;
    let onlineapp = onlineapp.query_row([until], read_onlineapp).optional()?;
    let kwik = kwik.query_row([until], read_kwik).optional()?;
    Ok(match (onlineapp, kwik) {
        (Some(first), Some(second)) if second.current_period_end < first.current_period_end => {
            Some(Subscription::Kwik(second))
        }
        (Some(first), _) => Some(Subscription::OnlineApp(first)),
        (None, second) => second.map(Subscription::Kwik),
    })
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
        price_id: row.get("price_id")?,
        unit_amount: row.get("unit_amount")?,
        billing_interval: row.get("billing_interval")?,
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
