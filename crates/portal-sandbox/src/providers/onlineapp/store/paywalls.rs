//! OnlineApp's API keys and paywalls.

use rusqlite::Transaction;

use crate::store::Result;
use crate::store::record::{Record as _, record};
use crate::token;

/// An OnlineApp paywall with its settings.
pub(crate) struct Paywall {
    pub(crate) id: String,
    pub(crate) name: String,
    /// Binds a link to the first browser that opens it.
    pub(crate) single_use_links: bool,
}

record!(Paywall in "onlineapp_paywalls": id, name, single_use_links);

pub(crate) fn add_key(tx: &Transaction<'_>, key: &str) -> Result<()> {
    tx.execute(
        "INSERT INTO onlineapp_keys (key_sha256) VALUES (?1)",
        [token::digest(key)],
    )?;
    Ok(())
}

/// Returns whether the key is valid. Digests are compared, so timing reveals nothing about the key.
pub(crate) fn has_key(tx: &Transaction<'_>, key: &str) -> Result<bool> {
    let mut rows = tx.prepare_cached("SELECT 1 FROM onlineapp_keys WHERE key_sha256 = ?1")?;
    Ok(rows.exists([token::digest(key)])?)
}

pub(crate) fn find(tx: &Transaction<'_>, id: &str) -> Result<Option<Paywall>> {
    Paywall::find(tx, "WHERE id = ?1", [id])
}
