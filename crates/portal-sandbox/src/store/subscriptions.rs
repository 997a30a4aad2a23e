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
#[derive(Serialize)]
pub(crate) struct OnlineAppSubscription {
    pub(crate) id: String,
    pub(crate) user_id: String,
    pub(crate) paywall_id: String,
    pub(crate) plan: String,
    pub(crate) status: OnlineAppStatus,
    pub(crate) current_period_end: Timestamp,
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
#[derive(Serialize)]
pub(crate) struct KwikSubscription {
    pub(crate) id: String,
    pub(crate) customer_id: String,
    pub(crate) product_id: String,
    pub(crate) status: KwikStatus,
    pub(crate) current_period_end: Timestamp,
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
        "INSERT INTO onlineapp_subscriptions (id, user_id, paywall_id, plan, status, current_period_end)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        (
            &subscription.id,
            &subscription.user_id,
            &subscription.paywall_id,
            &subscription.plan,
            subscription.status,
            subscription.current_period_end,
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
        "INSERT INTO kwik_subscriptions (id, customer_id, product_id, status, current_period_end)
         VALUES (?1, ?2, ?3, ?4, ?5)",
        (
            &subscription.id,
            &subscription.customer_id,
            &subscription.product_id,
            subscription.status,
            subscription.current_period_end,
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
        status: row.get("status")?,
        current_period_end: row.get("current_period_end")?,
    })
}

fn read_kwik(row: &Row<'_>) -> rusqlite::Result<KwikSubscription> {
    Ok(KwikSubscription {
        id: row.get("id")?,
        customer_id: row.get("customer_id")?,
        product_id: row.get("product_id")?,
        status: row.get("status")?,
        current_period_end: row.get("current_period_end")?,
    })
}
