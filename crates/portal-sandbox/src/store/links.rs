//! Links: what was minted, what each opens, and until when.

use jiff::{SignedDuration, Timestamp};
use rusqlite::{OptionalExtension as _, Row, Transaction, types::Type};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Result;
use crate::kwik::Settings;
use crate::provider::Provider;
use crate::token::{self, Digest, Token};

/// A minted link, without the token that opens it.
#[derive(Serialize)]
pub(crate) struct Link {
    pub(crate) id: String,
    pub(crate) created_at: Timestamp,
    pub(crate) expires_at: Timestamp,
    #[serde(flatten)]
    pub(crate) portal: Portal,
    /// The one browser that the link is bound to, if it is.
    #[serde(skip)]
    pub(crate) session: Option<Digest>,
}

/// What a link opens.
#[derive(Deserialize, Serialize)]
#[serde(tag = "provider", rename_all = "lowercase")]
pub(crate) enum Portal {
    OnlineApp(OnlineAppPortal),
    Kwik(KwikPortal),
}

impl Portal {
    pub(crate) fn provider(&self) -> Provider {
        match self {
            Self::OnlineApp(_) => Provider::OnlineApp,
            Self::Kwik(_) => Provider::Kwik,
        }
    }
}

/// A user's portal on one paywall.
#[derive(Deserialize, Serialize)]
pub(crate) struct OnlineAppPortal {
    pub(crate) user_id: String,
    pub(crate) paywall_id: String,
    pub(crate) return_url: Option<String>,
}

/// A customer's portal, with the settings that this link was asked for.
#[derive(Deserialize, Serialize)]
pub(crate) struct KwikPortal {
    pub(crate) session_id: String,
    pub(crate) customer_id: String,
    pub(crate) subscription_id: Option<String>,
    pub(crate) settings: Settings,
}

/// What somebody who comes with a token finds.
pub(crate) enum Opened {
    Live(Box<Link>),
    Expired,
    Unknown,
}

/// Neither provider documents a lifetime; Kwik's `expires_at` is all that there is.
const LIFETIME: SignedDuration = SignedDuration::from_hours(1);

/// Stores a new link under `id` and says until when it opens; the token is returned this once and never stored.
pub(crate) fn mint(
    tx: &Transaction<'_>,
    id: &str,
    portal: &Portal,
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
        serde_json::to_value(portal)?,
    ))?;
    Ok((token, expires_at))
}

/// Finds what a token opens at `now`; the moment of `expires_at` is already too late.
pub(crate) fn open(tx: &Transaction<'_>, token: &str, now: Timestamp) -> Result<Opened> {
    let mut rows = tx.prepare_cached("SELECT * FROM links WHERE token_sha256 = ?1")?;
    Ok(
        match rows.query_row([token::digest(token)], read).optional()? {
            None => Opened::Unknown,
            Some(link) if now >= link.expires_at => Opened::Expired,
            Some(link) => Opened::Live(Box::new(link)),
        },
    )
}

/// Binds a link to the browser that holds `session`, of which only the digest is stored.
pub(crate) fn bind(tx: &Transaction<'_>, id: &str, session: &Token) -> Result<()> {
    tx.execute(
        "UPDATE links SET session_sha256 = ?2 WHERE id = ?1",
        (id, session.digest()),
    )?;
    Ok(())
}

/// Makes a link open `portal` from now on.
pub(crate) fn lead_to(tx: &Transaction<'_>, id: &str, portal: &Portal) -> Result<()> {
    tx.execute(
        "UPDATE links SET portal = ?2 WHERE id = ?1",
        (id, serde_json::to_value(portal)?),
    )?;
    Ok(())
}

/// Keeps one line of text for the next view of the link's page.
pub(crate) fn leave_notice(tx: &Transaction<'_>, id: &str, notice: &str) -> Result<()> {
    tx.execute("UPDATE links SET notice = ?2 WHERE id = ?1", [id, notice])?;
    Ok(())
}

/// Takes what [`leave_notice`] left, which is then gone.
pub(crate) fn take_notice(tx: &Transaction<'_>, id: &str) -> Result<Option<String>> {
    let mut rows = tx.prepare_cached("SELECT notice FROM links WHERE id = ?1")?;
    let notice = rows.query_row([id], |row| row.get::<_, Option<String>>(0))?;
    if notice.is_some() {
        tx.execute("UPDATE links SET notice = NULL WHERE id = ?1", [id])?;
    }
    Ok(notice)
}

pub(crate) fn all(tx: &Transaction<'_>) -> Result<Vec<Link>> {
    let mut rows = tx.prepare_cached("SELECT * FROM links ORDER BY created_at, rowid")?;
    Ok(rows.query_map([], read)?.collect::<rusqlite::Result<_>>()?)
}

fn read(row: &Row<'_>) -> rusqlite::Result<Link> {
    let portal = serde_json::from_value(row.get::<_, Value>("portal")?).map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(0, Type::Text, Box::new(error))
    })?;
    Ok(Link {
        id: row.get("id")?,
        created_at: row.get("created_at")?,
        expires_at: row.get("expires_at")?,
        portal,
        session: row.get("session_sha256")?,
    })
}
