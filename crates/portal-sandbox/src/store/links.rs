//! Links: the portal that each opens, and its expiry.

use jiff::{SignedDuration, Timestamp};
use rusqlite::{OptionalExtension as _, Row, Transaction};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use super::Result;
use crate::providers::info::ProviderInfo;
use crate::token::{self, Digest, Token};

/// A link, without the token that opens it.
#[derive(Serialize)]
pub(crate) struct Link {
    pub(crate) id: String,
    pub(crate) created_at: Timestamp,
    pub(crate) expires_at: Timestamp,
    /// The portal that the link opens: the provider's id and the provider's own fields.
    #[serde(flatten)]
    portal: Map<String, Value>,
    /// The digest of the session that the link is bound to, if it is.
    #[serde(skip)]
    pub(crate) session: Option<Digest>,
}

impl Link {
    /// Returns the id of the provider whose portal the link opens.
    pub(crate) fn provider(&self) -> &str {
        self.portal
            .get("provider")
            .and_then(Value::as_str)
            .unwrap_or_default()
    }

    /// Returns the portal that the link opens, as the provider stored it.
    pub(crate) fn portal<T: DeserializeOwned>(&self) -> Result<T> {
        Ok(serde_json::from_value(Value::from(self.portal.clone()))?)
    }
}

/// The result of looking a token up.
pub(crate) enum LinkStatus {
    Live(Box<Link>),
    Expired,
    Unknown,
}

/// No provider documents a lifetime.
const LIFETIME: SignedDuration = SignedDuration::from_hours(1);

/// Stores a new link under `id`; returns its token, which is never stored, and its expiry.
pub(crate) fn create(
    tx: &Transaction<'_>,
    id: &str,
    provider: &ProviderInfo,
    portal: &impl Serialize,
    now: Timestamp,
) -> Result<(Token, Timestamp)> {
    let token = Token::random();
    let expires_at = now.saturating_add(LIFETIME).unwrap_or(Timestamp::MAX);
    let mut row = tx.prepare_cached(
        "INSERT INTO links (id, token_sha256, created_at, expires_at, portal) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    row.execute((
        id,
        token.digest(),
        now,
        expires_at,
        tagged(provider, portal)?,
    ))?;
    Ok((token, expires_at))
}

/// Finds the link of a token; at `expires_at` it has already expired.
pub(crate) fn open(tx: &Transaction<'_>, token: &str, now: Timestamp) -> Result<LinkStatus> {
    let mut rows = tx.prepare_cached("SELECT * FROM links WHERE token_sha256 = ?1")?;
    Ok(
        match rows.query_row([token::digest(token)], read).optional()? {
            None => LinkStatus::Unknown,
            Some(link) if now >= link.expires_at => LinkStatus::Expired,
            Some(link) => LinkStatus::Live(Box::new(link)),
        },
    )
}

/// Binds a link to the browser with the session cookie `session`, of which only the digest is stored.
pub(crate) fn bind(tx: &Transaction<'_>, id: &str, session: &Token) -> Result<()> {
    tx.execute(
        "UPDATE links SET session_sha256 = ?2 WHERE id = ?1",
        (id, session.digest()),
    )?;
    Ok(())
}

/// Changes the portal that a link opens.
pub(crate) fn set_portal(
    tx: &Transaction<'_>,
    id: &str,
    provider: &ProviderInfo,
    portal: &impl Serialize,
) -> Result<()> {
    tx.execute(
        "UPDATE links SET portal = ?2 WHERE id = ?1",
        (id, tagged(provider, portal)?),
    )?;
    Ok(())
}

/// Stores a notice for the next view of the link's page.
pub(crate) fn set_notice(tx: &Transaction<'_>, id: &str, notice: &str) -> Result<()> {
    tx.execute("UPDATE links SET notice = ?2 WHERE id = ?1", [id, notice])?;
    Ok(())
}

/// Returns the notice and deletes it.
pub(crate) fn take_notice(tx: &Transaction<'_>, id: &str) -> Result<Option<String>> {
    let mut rows = tx.prepare_cached("SELECT notice FROM links WHERE id = ?1")?;
    let notice = rows.query_row([id], |row| row.get::<_, Option<String>>(0))?;
    if notice.is_some() {
        tx.execute("UPDATE links SET notice = NULL WHERE id = ?1", [id])?;
    }
    Ok(notice)
}

pub(crate) fn list_all(tx: &Transaction<'_>) -> Result<Vec<Link>> {
    let mut rows = tx.prepare_cached("SELECT * FROM links ORDER BY created_at, rowid")?;
    Ok(rows.query_map([], read)?.collect::<rusqlite::Result<_>>()?)
}

fn tagged(provider: &ProviderInfo, portal: &impl Serialize) -> Result<Value> {
    let mut portal = serde_json::to_value(portal)?;
    portal["provider"] = json!(provider);
    Ok(portal)
}

fn read(row: &Row<'_>) -> rusqlite::Result<Link> {
    let portal: Value = row.get("portal")?;
    Ok(Link {
        id: row.get("id")?,
        created_at: row.get("created_at")?,
        expires_at: row.get("expires_at")?,
        portal: portal.as_object().cloned().unwrap_or_default(),
        session: row.get("session_sha256")?,
    })
}
