//! Keys, OnlineApp's paywalls, and the Kwik account with its defaults.

use rusqlite::{OptionalExtension as _, Transaction};

use super::Result;
use super::links::Portal;
use crate::kwik::Settings;
use crate::token;

/// The Kwik account as its dashboard would show it.
pub(crate) struct KwikAccount {
    pub(crate) name: String,
    /// What a link's settings fall back to.
    pub(crate) settings: Settings,
    /// Binds a link to the first browser that opens it.
    pub(crate) single_use_links: bool,
}

/// An OnlineApp paywall as its settings page would show it.
pub(crate) struct Paywall {
    pub(crate) id: String,
    pub(crate) name: String,
    /// Binds a link to the first browser that opens it.
    pub(crate) single_use_links: bool,
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

pub(crate) fn add_paywall(tx: &Transaction<'_>, paywall: &Paywall) -> Result<()> {
    tx.execute(
        "INSERT INTO onlineapp_paywalls (id, name, single_use_links) VALUES (?1, ?2, ?3)",
        (&paywall.id, &paywall.name, paywall.single_use_links),
    )?;
    Ok(())
}

pub(crate) fn paywall(tx: &Transaction<'_>, id: &str) -> Result<Option<Paywall>> {
    let mut rows = tx.prepare_cached("SELECT * FROM onlineapp_paywalls WHERE id = ?1")?;
    let paywall = rows.query_row([id], |row| {
        Ok(Paywall {
            id: row.get("id")?,
            name: row.get("name")?,
            single_use_links: row.get("single_use_links")?,
        })
    });
    Ok(paywall.optional()?)
}

pub(crate) fn set_kwik_account(
    tx: &Transaction<'_>,
    credential: &str,
    account: &KwikAccount,
) -> Result<()> {
    tx.execute(
        "INSERT INTO kwik_account (credential_sha256, name, settings, single_use_links)
         VALUES (?1, ?2, ?3, ?4)",
        (
            token::digest(credential),
            &account.name,
            serde_json::to_value(&account.settings)?,
            account.single_use_links,
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
    let mut rows =
        tx.prepare_cached("SELECT name, settings, single_use_links FROM kwik_account")?;
    let (name, settings, single_use_links) =
        rows.query_row([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    Ok(KwikAccount {
        name,
        settings: serde_json::from_value(settings)?,
        single_use_links,
    })
}

/// Says whether the account behind a portal binds each link to the first browser that opens it.
pub(crate) fn binds_links(tx: &Transaction<'_>, portal: &Portal) -> Result<bool> {
    Ok(match portal {
        Portal::OnlineApp(portal) => {
            paywall(tx, &portal.paywall_id)?.is_some_and(|paywall| paywall.single_use_links)
        }
        Portal::Kwik(_) => kwik_account(tx)?.single_use_links,
    })
}
