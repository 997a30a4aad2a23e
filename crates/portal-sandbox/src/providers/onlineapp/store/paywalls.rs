//! OnlineApp's API keys and paywalls.

use rusqlite::{OptionalExtension as _, Transaction};

use crate::store::Result;
use crate::store::from_row::from_row;
use crate::token;

/// An OnlineApp paywall with its settings.
pub(crate) struct Paywall {
    pub(crate) id: String,
    pub(crate) name: String,
    /// Binds a link to the first browser that opens it.
    pub(crate) single_use_links: bool,
}

pub(crate) fn add_key(tx: &Transaction<'_>, key: &str) -> Result<()> {
    tx.execute(
        "INSERT INTO onlineapp_keys (key_sha256) VALUES (?1)",
        [token::digest(key)],
    )?;
    Ok(())
}

/// Says whether the key is valid. Digests are compared, so timing reveals nothing about the key.
pub(crate) fn has_key(tx: &Transaction<'_>, key: &str) -> Result<bool> {
    let mut rows = tx.prepare_cached("SELECT 1 FROM onlineapp_keys WHERE key_sha256 = ?1")?;
    Ok(rows.exists([token::digest(key)])?)
}

pub(crate) fn add(tx: &Transaction<'_>, paywall: &Paywall) -> Result<()> {
    tx.execute(
        "INSERT INTO onlineapp_paywalls (id, name, single_use_links) VALUES (?1, ?2, ?3)",
        (&paywall.id, &paywall.name, paywall.single_use_links),
    )?;
    Ok(())
}

pub(crate) fn find(tx: &Transaction<'_>, id: &str) -> Result<Option<Paywall>> {
    let mut rows = tx.prepare_cached("SELECT * FROM onlineapp_paywalls WHERE id = ?1")?;
    let paywall = rows.query_row(
        [id],
        |row| from_row!(row => Paywall, id, name, single_use_links),
    );
    Ok(paywall.optional()?)
}
