//! Kwik's subscriptions.

use jiff::Timestamp;
use rusqlite::Transaction;
use serde::Serialize;

use crate::store::Result;
use crate::store::column_enum::column_enum;
use crate::store::record::{Record as _, record};

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
    /// When it was cancelled, even if it ends later.
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

record! {
    KwikSubscription in "kwik_subscriptions":
    id, customer_id, product_id, status, current_period_start, current_period_end,
    cancel_at_period_end, canceled_at, ended_at,
}

/// Finds a customer's subscription; another customer's is not found.
pub(crate) fn find_of_customer(
    tx: &Transaction<'_>,
    customer_id: &str,
    id: &str,
) -> Result<Option<KwikSubscription>> {
    KwikSubscription::find(tx, "WHERE customer_id = ?1 AND id = ?2", [customer_id, id])
}

/// Finds the active subscription whose period ends first, by `until`.
pub(crate) fn next_to_end(
    tx: &Transaction<'_>,
    until: Timestamp,
) -> Result<Option<KwikSubscription>> {
    KwikSubscription::find(
        tx,
        "WHERE status = 'ACTIVE' AND current_period_end <= ?1 ORDER BY current_period_end, id LIMIT 1",
        [until],
    )
}

/// Lists all subscriptions by id.
pub(crate) fn list_all(tx: &Transaction<'_>) -> Result<Vec<KwikSubscription>> {
    KwikSubscription::list(tx, "ORDER BY id", [])
}
