//! The stored endpoints, events and deliveries.

use jiff::Timestamp;
use rusqlite::{OptionalExtension as _, Transaction};
use serde::Serialize;
use serde_json::Value;

use crate::store::Result;
use crate::store::from_row::from_row;
use crate::token;

/// A subscribed endpoint, as the control API shows it: whether it has a secret, but not the secret.
#[derive(Serialize)]
pub(crate) struct Endpoint {
    pub(crate) id: String,
    pub(crate) url: String,
    pub(crate) signed: bool,
    pub(crate) created_at: Timestamp,
    /// The number of deliveries that are still to be attempted.
    pub(crate) pending: i64,
}

/// An event that is due at an endpoint. It holds the endpoint's secret, so there is no Debug.
pub(crate) struct Delivery {
    pub(crate) id: String,
    pub(crate) endpoint_id: String,
    /// The number of earlier attempts.
    pub(crate) attempts: u8,
    pub(crate) due_at: Timestamp,
    pub(crate) url: String,
    pub(crate) secret: Option<String>,
    pub(crate) body: String,
}

/// Subscribes `url`. An existing endpoint keeps its id and its deliveries, and gets the new secret.
pub(crate) fn subscribe(
    tx: &Transaction<'_>,
    url: &str,
    secret: Option<&str>,
    now: Timestamp,
) -> Result<Endpoint> {
    tx.execute(
        "INSERT INTO webhook_endpoints (id, url, secret, created_at) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (url) DO UPDATE SET secret = excluded.secret",
        (token::id("whk"), url, secret, now),
    )?;
    let mut endpoints = endpoints(tx)?;
    endpoints.retain(|endpoint| endpoint.url == url);
    endpoints
        .pop()
        .ok_or(rusqlite::Error::QueryReturnedNoRows.into())
}

pub(crate) fn endpoints(tx: &Transaction<'_>) -> Result<Vec<Endpoint>> {
    let mut rows = tx.prepare_cached(
        "SELECT id, url, secret IS NOT NULL AS signed, created_at,
                (SELECT count(*) FROM webhook_deliveries
                 WHERE endpoint_id = webhook_endpoints.id AND due_at IS NOT NULL) AS pending
         FROM webhook_endpoints ORDER BY webhook_endpoints.rowid",
    )?;
    let endpoints = rows.query_map(
        [],
        |row| from_row!(row => Endpoint, id, url, signed, created_at, pending),
    )?;
    Ok(endpoints.collect::<rusqlite::Result<_>>()?)
}

/// Removes the endpoint with this URL and its deliveries.
pub(crate) fn unsubscribe(tx: &Transaction<'_>, url: &str) -> Result<()> {
    tx.execute(
        "DELETE FROM webhook_deliveries WHERE endpoint_id IN (SELECT id FROM webhook_endpoints WHERE url = ?1)",
        [url],
    )?;
    tx.execute("DELETE FROM webhook_endpoints WHERE url = ?1", [url])?;
    Ok(())
}

/// Removes all endpoints and their deliveries.
pub(crate) fn unsubscribe_all(tx: &Transaction<'_>) -> Result<()> {
    tx.execute("DELETE FROM webhook_deliveries", [])?;
    tx.execute("DELETE FROM webhook_endpoints", [])?;
    Ok(())
}

/// Stores an event and queues its delivery to every endpoint.
pub(crate) fn add(tx: &Transaction<'_>, event_id: &str, body: &str, now: Timestamp) -> Result<()> {
    tx.execute(
        "INSERT INTO webhook_events (id, created_at, body) VALUES (?1, ?2, ?3)",
        (event_id, now, body),
    )?;
    dispatch(tx, event_id, now)
}

/// Queues a stored event to every endpoint once more; `false` if there is no such event.
pub(crate) fn redeliver(tx: &Transaction<'_>, event_id: &str, now: Timestamp) -> Result<bool> {
    let mut rows = tx.prepare_cached("SELECT 1 FROM webhook_events WHERE id = ?1")?;
    let known = rows.exists([event_id])?;
    if known {
        dispatch(tx, event_id, now)?;
    }
    Ok(known)
}

fn dispatch(tx: &Transaction<'_>, event_id: &str, now: Timestamp) -> Result<()> {
    for endpoint in endpoints(tx)? {
        tx.execute(
            "INSERT INTO webhook_deliveries (id, event_id, endpoint_id, attempts, due_at) VALUES (?1, ?2, ?3, 0, ?4)",
            (token::id("dlv"), event_id, endpoint.id, now),
        )?;
    }
    Ok(())
}

/// Finds the delivery that is due first; of several at the same time, the one queued first. Leaves out those to the
/// `busy` endpoints, an array of their ids.
pub(crate) fn next_due(tx: &Transaction<'_>, busy: &Value) -> Result<Option<Delivery>> {
    let mut rows = tx.prepare_cached(
        "SELECT webhook_deliveries.id, endpoint_id, attempts, due_at, url, secret, body FROM webhook_deliveries
         JOIN webhook_events ON webhook_events.id = event_id
         JOIN webhook_endpoints ON webhook_endpoints.id = endpoint_id
         WHERE due_at IS NOT NULL AND endpoint_id NOT IN (SELECT value FROM json_each(?1)) ORDER BY due_at, webhook_deliveries.rowid LIMIT 1",
    )?;
    let delivery = rows.query_row(
        [busy],
        |row| from_row!(row => Delivery, id, endpoint_id, attempts, due_at, url, secret, body),
    );
    Ok(delivery.optional()?)
}

/// Records an attempt: the next is due at `next`, or the delivery is finished.
pub(crate) fn record_attempt(
    tx: &Transaction<'_>,
    id: &str,
    next: Option<Timestamp>,
) -> Result<()> {
    tx.execute(
        "UPDATE webhook_deliveries SET attempts = attempts + 1, due_at = ?2 WHERE id = ?1",
        (id, next),
    )?;
    Ok(())
}
