//! Kwik's subscriptions.

use jiff::Timestamp;
use rusqlite::{OptionalExtension as _, Row, Transaction};
use serde::Serialize;

use crate::store::Result;
use crate::store::column_enum::column_enum;
use crate::store::from_row::from_row;

/// A customer's subscription to a product.
#[derive(Clone, Serialize)]
pub(crate) struct KwikSubscription {
    pub(crate) id: String,
    pub(crate) customer_id: String,
    pub(crate) product_id: String,
    pub(crate) status: KwikStatus,
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
    /// The two states in Kwik's documentation of the portal.
    KwikStatus {
        Active = "ACTIVE",
        Inactive = "INACTIVE",
    }
}

pub(crate) fn add(tx: &Transaction<'_>, subscription: &KwikSubscription) -> Result<()> {
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

/// Updates the columns that can change.
pub(crate) fn update(tx: &Transaction<'_>, subscription: &KwikSubscription) -> Result<()> {
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
pub(crate) fn find_of_customer(
    tx: &Transaction<'_>,
    customer_id: &str,
    id: &str,
) -> Result<Option<KwikSubscription>> {
    let mut rows =
        tx.prepare_cached("SELECT * FROM kwik_subscriptions WHERE customer_id = ?1 AND id = ?2")?;
    Ok(rows.query_row([customer_id, id], read).optional()?)
}

/// Finds the active subscription whose period ends first, by `until`.
pub(crate) fn next_to_end(
    tx: &Transaction<'_>,
    until: Timestamp,
) -> Result<Option<KwikSubscription>> {
    let mut rows = tx.prepare_cached(
        "SELECT * FROM kwik_subscriptions
         WHERE status = 'ACTIVE' AND current_period_end <= ?1 ORDER BY current_period_end, id LIMIT 1",
    )?;
    Ok(rows.query_row([until], read).optional()?)
}

/// Lists all subscriptions by id.
pub(crate) fn list_all(tx: &Transaction<'_>) -> Result<Vec<KwikSubscription>> {
    let mut rows = tx.prepare_cached("SELECT * FROM kwik_subscriptions ORDER BY id")?;
    Ok(rows.query_map([], read)?.collect::<rusqlite::Result<_>>()?)
}

fn read(row: &Row<'_>) -> rusqlite::Result<KwikSubscription> {
    from_row!(row => KwikSubscription,
        id, customer_id, product_id, status, current_period_start, current_period_end,
        cancel_at_period_end, canceled_at, ended_at)
}
