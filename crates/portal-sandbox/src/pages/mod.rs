//! The portal pages behind the links: a page shows what the link allows, its forms are sent to steps under its path, and
//! each step leads back to the page.

mod confirm;
mod entry;
mod kwik;
mod onlineapp;
mod page;
mod seal;
mod shell;
mod text;

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, Uri, header};
use axum::response::IntoResponse;

use self::entry::{Request, Target};
use self::page::Page;
use crate::provider::Provider;
use crate::store::Failure;
use crate::world::World;

/// Behind `/p/session/{token}` and `/p/session/{token}/{step}`.
pub(crate) async fn onlineapp(
    State(world): State<Arc<World>>,
    target: Target,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Page, Failure> {
    let provider = Provider::OnlineApp;
    let request = Request::new(provider, target, method, headers, uri.query(), &body);
    answer(&world, request, onlineapp::answer).await
}

/// Behind `/portal/{token}` and `/portal/{token}/{step}`.
pub(crate) async fn kwik(
    State(world): State<Arc<World>>,
    target: Target,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Page, Failure> {
    let provider = Provider::Kwik;
    let request = Request::new(provider, target, method, headers, uri.query(), &body);
    answer(&world, request, kwik::answer).await
}

/// The one stylesheet of all portal pages.
pub(crate) async fn stylesheet() -> impl IntoResponse {
    let headers = [
        (header::CONTENT_TYPE, "text/css; charset=utf-8"),
        (header::CACHE_CONTROL, "no-cache"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, include_str!("../../templates/portal.css"))
}

async fn answer(
    world: &World,
    request: Option<Request>,
    by: fn(&rusqlite::Transaction<'_>, &entry::Entry) -> Result<Page, Failure>,
) -> Result<Page, Failure> {
    let now = world.now();
    match request {
        Some(request) => world.store.run(move |tx| request.enter(tx, now, by)).await,
        None => Ok(Page::unknown()),
    }
}
