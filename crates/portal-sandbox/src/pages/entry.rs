//! The way in: which link a request comes with, whether it opens, and whether a form is the page's own.

use axum::body::Bytes;
use axum::extract::{Path, rejection::PathRejection};
use axum::http::{HeaderMap, Method, header};
use jiff::Timestamp;
use rusqlite::Transaction;
use serde::Deserialize;
use url::form_urlencoded;

use super::page::Page;
use super::seal;
use crate::provider::Provider;
use crate::store::links::{self, Link, Opened};
use crate::store::{Result, accounts};
use crate::token::{self, Token};

/// What the path names. It need not be text, and then it names no link.
pub(crate) type Target = std::result::Result<Path<Names>, PathRejection>;

/// The names in a portal page's path.
#[derive(Deserialize)]
pub(crate) struct Names {
    token: String,
    /// The step that is looked at or taken; `None` for the page itself.
    step: Option<String>,
}

/// A request for one of a provider's pages.
pub(super) struct Request {
    provider: Provider,
    names: Names,
    method: Method,
    headers: HeaderMap,
    fields: Fields,
}

/// The fields of a query or of a form.
pub(super) struct Fields(Vec<(String, String)>);

/// Somebody with a live link, and what they came for.
pub(super) struct Entry {
    pub(super) link: Link,
    pub(super) now: Timestamp,
    /// The page's path, to which steps are appended.
    pub(super) home: String,
    /// The hidden field of every form.
    pub(super) seal: String,
    pub(super) step: Option<String>,
    pub(super) fields: Fields,
    /// Whether the step is taken (`POST`) and not looked at.
    pub(super) acts: bool,
    /// Whether a page will be seen, as with `GET` and not with `HEAD`.
    pub(super) looks: bool,
}

const COOKIE: &str = "portal_session";

impl Request {
    /// Takes a request's parts; `None` where the path names nothing that could be a link.
    pub(super) fn new(
        provider: Provider,
        target: Target,
        method: Method,
        headers: HeaderMap,
        query: Option<&str>,
        body: &Bytes,
    ) -> Option<Self> {
        let Ok(Path(names)) = target else {
            return None;
        };
        let fields = match method {
            Method::POST => Fields::of(body),
            _ => Fields::of(query.unwrap_or_default().as_bytes()),
        };
        Some(Self {
            provider,
            names,
            method,
            headers,
            fields,
        })
    }

    /// Lets the request in and makes its page by `answer`, or says why not.
    pub(super) fn enter(
        self,
        tx: &Transaction<'_>,
        now: Timestamp,
        answer: fn(&Transaction<'_>, &Entry) -> Result<Page>,
    ) -> Result<Page> {
        let mut link = match links::open(tx, &self.names.token, now)? {
            Opened::Live(link) if link.portal.provider() == self.provider => *link,
            Opened::Live(_) | Opened::Unknown => return Ok(Page::unknown()),
            Opened::Expired => return Ok(Page::expired()),
        };
        let home = match self.provider {
            Provider::OnlineApp => format!("/p/session/{}", self.names.token),
            Provider::Kwik => format!("/portal/{}", self.names.token),
        };
        let (acts, looks) = (self.method == Method::POST, self.method == Method::GET);
        let mut cookie = None;
        if accounts::binds_links(tx, &link.portal)? {
            match &link.session {
                Some(bound) if self.session() == Some(*bound) => {}
                Some(_) => return Ok(Page::used_up()),
                // Whoever previews a link with `HEAD` does not use it up.
                None if looks => {
                    let session = Token::random();
                    links::bind(tx, &link.id, &session)?;
                    link.session = Some(session.digest());
                    cookie = Some(session);
                }
                // Before the page was ever seen, no form can come from it.
                None if acts => return Ok(Page::forged()),
                None => {}
            }
        }
        if acts && !self.is_genuine(&link) {
            return Ok(Page::forged());
        }
        let entry = Entry {
            seal: seal::make(&self.names.token, link.session.as_ref()),
            link,
            now,
            home: home.clone(),
            step: self.names.step,
            fields: self.fields,
            acts,
            looks,
        };
        let mut page = answer(tx, &entry)?;
        if let Some(session) = cookie {
            // Lax, not Strict: the link is followed from another site, and must find its own browser there again.
            let value = session.expose();
            page.set_cookie(&format!(
                "{COOKIE}={value}; Path={home}; HttpOnly; SameSite=Lax"
            ));
        }
        Ok(page)
    }

    fn is_genuine(&self, link: &Link) -> bool {
        let given = self.fields.text("csrf").unwrap_or_default();
        !seal::is_foreign(&self.headers)
            && seal::holds(given, &self.names.token, link.session.as_ref())
    }

    /// Reads the cookie; the look-up compares digests, so its time tells nothing about it.
    fn session(&self) -> Option<token::Digest> {
        let cookies = self.headers.get_all(header::COOKIE).iter();
        cookies
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(';'))
            .filter_map(|cookie| cookie.trim().split_once('='))
            .find(|(name, _)| *name == COOKIE)
            .map(|(_, value)| token::digest(value))
    }
}

impl Entry {
    /// Takes the line that the last action left, on the view that shows it.
    pub(super) fn notice(&self, tx: &Transaction<'_>) -> Result<Option<String>> {
        if self.looks {
            links::take_notice(tx, &self.link.id)
        } else {
            Ok(None)
        }
    }

    /// Ends an action: back to the page, which then says `notice`.
    pub(super) fn done(&self, tx: &Transaction<'_>, notice: &str) -> Result<Page> {
        links::leave_notice(tx, &self.link.id, notice)?;
        Ok(Page::see(&self.home))
    }
}

impl Fields {
    /// Returns a field's text; the first where it is given twice.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        let mut fields = self.0.iter();
        fields
            .find(|(given, _)| given == name)
            .map(|(_, text)| text.as_str())
    }

    fn of(encoded: &[u8]) -> Self {
        Self(form_urlencoded::parse(encoded).into_owned().collect())
    }
}
