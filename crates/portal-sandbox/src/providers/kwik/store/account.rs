//! The Kwik account with its credential and defaults.

use rusqlite::Transaction;

use crate::providers::kwik::settings::Settings;
use crate::store::Result;
use crate::token;

/// The Kwik account with its settings.
pub(crate) struct KwikAccount {
    pub(crate) name: String,
    /// The defaults for a link's settings.
    pub(crate) settings: Settings,
    /// Binds a link to the first browser that opens it.
    pub(crate) single_use_links: bool,
}

pub(crate) fn create(tx: &Transaction<'_>, credential: &str, account: &KwikAccount) -> Result<()> {
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

/// Returns whether `api_key:api_secret` is the account's credential.
pub(crate) fn has_credential(tx: &Transaction<'_>, credential: &str) -> Result<bool> {
    let mut rows = tx.prepare_cached("SELECT 1 FROM kwik_account WHERE credential_sha256 = ?1")?;
    Ok(rows.exists([token::digest(credential)])?)
}

pub(crate) fn load(tx: &Transaction<'_>) -> Result<KwikAccount> {
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
