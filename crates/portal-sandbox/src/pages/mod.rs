//! The portal pages behind the links.

mod kwik;
mod onlineapp;
mod text;

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State, rejection::PathRejection};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use rusqlite::Transaction;

use crate::store::Failure;
use crate::store::links::{self, Link, Opened, Portal};
use crate::world::World;

/// The token of the path, which need not be text.
type Token = Result<Path<String>, PathRejection>;

/// Behind `/p/session/{token}`.
pub(crate) async fn onlineapp(
    State(world): State<Arc<World>>,
    token: Token,
) -> Result<Page, Failure> {
    open(&world, token, |tx, link| match &link.portal {
        Portal::OnlineApp(portal) => Page::live(&onlineapp::View::of(tx, link, portal)?),
        Portal::Kwik(_) => Ok(Page::unknown()),
    })
    .await
}

/// Behind `/portal/{token}`.
pub(crate) async fn kwik(State(world): State<Arc<World>>, token: Token) -> Result<Page, Failure> {
    open(&world, token, |tx, link| match &link.portal {
        Portal::Kwik(portal) => Page::live(&kwik::View::of(tx, link, portal)?),
        Portal::OnlineApp(_) => Ok(Page::unknown()),
    })
    .await
}

/// Shows the `live` page while the link opens, and otherwise why it does not.
async fn open(
    world: &World,
    token: Token,
    live: fn(&Transaction<'_>, &Link) -> Result<Page, Failure>,
) -> Result<Page, Failure> {
    let now = world.now();
    let Ok(Path(token)) = token else {
        return Ok(Page::unknown());
    };
    let page = move |tx: &Transaction<'_>| match links::open(tx, &token, now)? {
        Opened::Live(link) => live(tx, &link),
        Opened::Expired => Ok(Page::expired()),
        Opened::Unknown => Ok(Page::unknown()),
    };
    world.store.run(page).await
}

/// The one stylesheet of all pages.
pub(crate) async fn stylesheet() -> impl IntoResponse {
    let headers = [
        (header::CONTENT_TYPE, "text/css; charset=utf-8"),
        (header::CACHE_CONTROL, "no-cache"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, include_str!("../../templates/portal.css"))
}

/// A finished page with its status.
pub(crate) struct Page {
    status: StatusCode,
    html: String,
}

impl Page {
    fn live(view: &impl Template) -> Result<Self, Failure> {
        Ok(Self {
            status: StatusCode::OK,
            html: view.render()?,
        })
    }

    fn expired() -> Self {
        Self::notice(
            StatusCode::GONE,
            "This link has expired",
            "Portal links work for a limited time. Go back to the site that you came from and open your account there \
             to get a new one.",
        )
    }

    /// Says nothing about whether such a link, or a customer, ever was.
    fn unknown() -> Self {
        Self::notice(
            StatusCode::NOT_FOUND,
            "This link does not open anything",
            "Check that the address is complete, or go back to the site that you came from and open your account there \
             to get a new link.",
        )
    }

    fn notice(status: StatusCode, heading: &'static str, text: &'static str) -> Self {
        let html = Notice { heading, text }
            .render()
            .expect("two fixed texts fill the template");
        Self { status, html }
    }
}

#[derive(Template)]
#[template(path = "notice.html")]
struct Notice {
    heading: &'static str,
    text: &'static str,
}

/// A page's address is a login and its content is one customer's: nothing may store, frame, extend or pass it on.
const HEADERS: [(HeaderName, HeaderValue); 5] = [
    (
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(
            "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        ),
    ),
    (
        header::REFERRER_POLICY,
        HeaderValue::from_static("no-referrer"),
    ),
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    ),
];

impl IntoResponse for Page {
    fn into_response(self) -> Response {
        (self.status, HEADERS, Html(self.html)).into_response()
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        tracing::error!(
            error = &self as &dyn std::error::Error,
            "a page could not be made"
        );
        Page::notice(
            StatusCode::INTERNAL_SERVER_ERROR,
            "Something went wrong on our side",
            "Nothing was changed. Try again in a moment.",
        )
        .into_response()
    }
}
