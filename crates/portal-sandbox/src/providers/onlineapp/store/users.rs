//! OnlineApp's users, identified by e-mail address, and their paywalls.

use jiff::Timestamp;
use rusqlite::{OptionalExtension as _, Transaction};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::store::Result;
use crate::store::from_row::from_row;
use crate::token;

/// A user on one paywall.
#[derive(Serialize)]
pub(crate) struct Member {
    pub(crate) id: String,
    pub(crate) email: String,
    pub(crate) paywall_id: String,
    #[serde(rename = "userMeta")]
    user_meta: Value,
    created_at: Timestamp,
}

/// Finds the user by e-mail, or creates it; returns its id.
///
/// Addresses are compared exactly: the provider does not document whether case matters.
pub(crate) fn find_or_create(tx: &Transaction<'_>, email: &str, now: Timestamp) -> Result<String> {
    if let Some(id) = find(tx, email)? {
        return Ok(id);
    }
    let id = token::id("usr");
    let row = (&id, email, now);
    tx.execute(
        "INSERT INTO onlineapp_users (id, email, created_at) VALUES (?1, ?2, ?3)",
        row,
    )?;
    Ok(id)
}

pub(crate) fn find(tx: &Transaction<'_>, email: &str) -> Result<Option<String>> {
    let mut rows = tx.prepare_cached("SELECT id FROM onlineapp_users WHERE email = ?1")?;
    Ok(rows.query_row([email], |row| row.get(0)).optional()?)
}

pub(crate) fn email(tx: &Transaction<'_>, id: &str) -> Result<String> {
    let mut rows = tx.prepare_cached("SELECT email FROM onlineapp_users WHERE id = ?1")?;
    Ok(rows.query_row([id], |row| row.get(0))?)
}

/// Returns the `userMeta` that is stored with the user of this paywall.
pub(crate) fn meta(tx: &Transaction<'_>, id: &str, paywall_id: &str) -> Result<Value> {
    let mut rows = tx.prepare_cached(
        "SELECT user_meta FROM onlineapp_memberships WHERE user_id = ?1 AND paywall_id = ?2",
    )?;
    Ok(rows.query_row([id, paywall_id], |row| row.get(0))?)
}

/// Links the user to the paywall and stores `userMeta` there.
///
/// The provider does not document whether a second call's `userMeta` merges or replaces. Here it replaces the object, and
/// a call without one keeps the stored object, so that a webhook returns exactly what one call sent.
pub(crate) fn join(
    tx: &Transaction<'_>,
    user_id: &str,
    paywall_id: &str,
    user_meta: Option<Map<String, Value>>,
) -> Result<()> {
    let sql = match user_meta {
        Some(_) => {
            "INSERT INTO onlineapp_memberships (user_id, paywall_id, user_meta) VALUES (?1, ?2, ?3)
             ON CONFLICT DO UPDATE SET user_meta = excluded.user_meta"
        }
        None => {
            "INSERT INTO onlineapp_memberships (user_id, paywall_id, user_meta) VALUES (?1, ?2, ?3)
             ON CONFLICT DO NOTHING"
        }
    };
    tx.prepare_cached(sql)?.execute((
        user_id,
        paywall_id,
        Value::from(user_meta.unwrap_or_default()),
    ))?;
    Ok(())
}

pub(crate) fn add_purchase(tx: &Transaction<'_>, user_id: &str, paywall_id: &str) -> Result<()> {
    let row = [user_id, paywall_id];
    tx.execute(
        "INSERT INTO onlineapp_purchases (user_id, paywall_id) VALUES (?1, ?2)",
        row,
    )?;
    Ok(())
}

pub(crate) fn has_active_purchase(
    tx: &Transaction<'_>,
    user_id: &str,
    paywall_id: &str,
) -> Result<bool> {
    let mut rows = tx.prepare_cached(
        "SELECT 1 FROM onlineapp_purchases WHERE user_id = ?1 AND paywall_id = ?2",
    )?;
    Ok(rows.exists([user_id, paywall_id])?)
}

pub(crate) fn list_all(tx: &Transaction<'_>) -> Result<Vec<Member>> {
    let mut rows = tx.prepare_cached(
        "SELECT id, email, paywall_id, user_meta, created_at
         FROM onlineapp_users JOIN onlineapp_memberships ON user_id = id ORDER BY onlineapp_users.rowid, paywall_id",
    )?;
    let members = rows.query_map(
        [],
        |row| from_row!(row => Member, id, email, paywall_id, user_meta, created_at),
    )?;
    Ok(members.collect::<rusqlite::Result<_>>()?)
}
