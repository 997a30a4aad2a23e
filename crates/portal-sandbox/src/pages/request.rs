use axum::body::Bytes;
use axum::extract::{Path, rejection::PathRejection};
use axum::http::{HeaderMap, Method, header};
use jiff::Timestamp;
use rusqlite::Transaction;
use serde::Deserialize;

use super::context::{Fields, PageContext};
use super::csrf;
use super::page::Page;
use crate::providers::info::ProviderInfo;
use crate::store::Result;
use crate::store::links::{self, Link, LinkStatus};
use crate::token::{self, Token};

/// A provider's portal pages.
pub(crate) struct PortalPages {
    pub(crate) provider: &'static ProviderInfo,
    /// Returns whether a link is bound to the first browser that opens it.
    pub(crate) binds_links: fn(&Transaction<'_>, &Link) -> Result<bool>,
    /// Creates the page for a request with a live link.
    pub(crate) answer: fn(&Transaction<'_>, &PageContext) -> Result<Page>,
}

/// The parameters of the path. A path that is not UTF-8 names no link.
pub(super) type PathNames = std::result::Result<Path<Names>, PathRejection>;

#[derive(Deserialize)]
pub(super) struct Names {
    token: String,
    /// The step that is shown or submitted; `None` for the overview.
    step: Option<String>,
}

/// A request for a portal page, before its link is checked.
pub(super) struct PageRequest {
    portal: &'static PortalPages,
    names: Names,
    method: Method,
    headers: HeaderMap,
    fields: Fields,
}

const COOKIE: &str = "portal_session";

impl PageRequest {
    /// Collects a request's parts; `None` if the path can name no link.
    pub(super) fn new(
        portal: &'static PortalPages,
        names: PathNames,
        method: Method,
        headers: HeaderMap,
        query: Option<&str>,
        body: &Bytes,
    ) -> Option<Self> {
        let Ok(Path(names)) = names else {
            return None;
        };
        let fields = match method {
            Method::POST => Fields::parse(body),
            _ => Fields::parse(query.unwrap_or_default().as_bytes()),
        };
        Some(Self {
            portal,
            names,
            method,
            headers,
            fields,
        })
    }

    /// Checks the link and, for a form, its origin. Then creates the portal's page, or the page for the refusal.
    pub(super) fn answer(self, tx: &Transaction<'_>, now: Timestamp) -> Result<Page> {
        let provider = self.portal.provider;
        let mut link = match links::open(tx, &self.names.token, now)? {
            LinkStatus::Live(link) if link.provider() == provider.id => *link,
            LinkStatus::Live(_) | LinkStatus::Unknown => return Ok(Page::not_found()),
            LinkStatus::Expired => return Ok(Page::expired()),
        };
        let path = format!("{}/{}", provider.portal_path, self.names.token);
        let is_submission = self.method == Method::POST;
        let is_shown = self.method == Method::GET;
        let mut cookie = None;
        if (self.portal.binds_links)(tx, &link)? {
            match &link.session {
                Some(bound) if self.session() == Some(*bound) => {}
                Some(_) => return Ok(Page::already_used()),
                // A preview with `HEAD` does not use the link up.
                None if is_shown => {
                    let session = Token::random();
                    links::bind(tx, &link.id, &session)?;
                    link.session = Some(session.digest());
                    cookie = Some(session);
                }
                // No form can come from a page that was never shown.
                None if is_submission => return Ok(Page::rejected_form()),
                None => {}
            }
        }
        if is_submission && !self.is_genuine(&link) {
            return Ok(Page::rejected_form());
        }
        let context = PageContext {
            csrf_token: csrf::sign(&self.names.token, link.session.as_ref()),
            link,
            now,
            path: path.clone(),
            step: self.names.step,
            fields: self.fields,
            is_submission,
            is_shown,
        };
        let mut page = (self.portal.answer)(tx, &context)?;
        if let Some(session) = cookie {
            // Lax, not Strict: the link is opened from another site, and the browser must still send the cookie.
            let value = session.expose();
            page.set_cookie(&format!(
                "{COOKIE}={value}; Path={path}; HttpOnly; SameSite=Lax"
            ));
        }
        Ok(page)
    }

    fn is_genuine(&self, link: &Link) -> bool {
        let field = self.fields.text("csrf").unwrap_or_default();
        !csrf::is_cross_site(&self.headers)
            && csrf::verify(field, &self.names.token, link.session.as_ref())
    }

    /// Returns the digest of the session cookie. Digests are compared, so timing reveals nothing about the cookie.
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
