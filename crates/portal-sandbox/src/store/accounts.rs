//! Keys, OnlineApp's paywalls, and the Kwik account with its defaults.

use rusqlite::{OptionalExtension as _, Transaction};

use super::Result;
use crate::kwik::Settings;
use crate::token;

/// The Kwik account as its dashboard would show it.
pub(crate) struct KwikAccount {
    pub(crate) name: String,
    /// What a link's settings fall back to.
    pub(crate) settings: Settings,
}

pub(crate) fn add_onlineapp_key(tx: &Transaction<'_>, key: &str) -> Result<()> {
    tx.execute(
        "INSERT INTO onlineapp_keys (key_sha256) VALUES (?1)",
        [token::digest(key)],
    )?;
    Ok(())
}

/// Says whether the key is one of ours. The look-up compares digests, so its time tells nothing about the key.
pub(crate) fn knows_onlineapp_key(tx: &Transaction<'_>, key: &str) -> Result<bool> {
    let mut rows = tx.prepare_cached("SELECT 1 FROM onlineapp_keys WHERE key_sha256 = ?1")?;
    Ok(rows.exists([token::digest(key)])?)
}

pub(crate) fn add_paywall(tx: &Transaction<'_>, id: &str, name: &str) -> Result<()> {
    tx.execute(
        "INSERT INTO onlineapp_paywalls (id, name) VALUES (?1, ?2)",
        [id, name],
    )?;
    Ok(())
}

pub(crate) fn paywall_name(tx: &Transaction<'_>, id: &str) -> Result<Option<String>> {
    let mut rows = tx.prepare_cached("SELECT name FROM onlineapp_paywalls WHERE id = ?1")?;
    Ok(rows.query_row([id], |row| row.get(0)).optional()?)
}

pub(crate) fn set_kwik_account(
    tx: &Transaction<'_>,
    credential: &str,
    account: &KwikAccount,
) -> Result<()> {
    tx.execute(
        "INSERT INTO kwik_account (credential_sha256, name, settings) VALUES (?1, ?2, ?3)",
        (
            token::digest(credential),
            &account.name,
            serde_json::to_value(&account.settings)?,
        ),
    )?;
    Ok(())
}

/// Says whether `api_key:api_secret` is the account's credential.
pub(crate) fn knows_kwik_credential(tx: &Transaction<'_>, credential: &str) -> Result<bool> {
    let mut rows = tx.prepare_cached("SELECT 1 FROM kwik_account WHERE credential_sha256 = ?1")?;
    Ok(rows.exists([token::digest(credential)])?)
}

pub(crate) fn kwik_account(tx: &Transaction<'_>) -> Result<KwikAccount> {
    let mut rows = tx.prepare_cached("SELECT name, settings FROM kwik_account")?;
    let (name, settings) = rows.query_row([], |row| Ok((row.get(0)?, row.get("settings")?)))?;
    Ok(KwikAccount {
        name,
        settings: serde_json::from_value(settings)?,
    })
}
