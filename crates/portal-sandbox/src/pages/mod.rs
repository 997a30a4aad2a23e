//! The portal pages behind the links: the overview shows what the link allows, its forms are sent to steps below its path,
//! and each step leads back to the overview.

pub(crate) mod confirm;
pub(crate) mod context;
mod csrf;
pub(crate) mod format;
pub(crate) mod layout;
pub(crate) mod page;
pub(crate) mod request;

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, Uri, header};
use axum::response::IntoResponse;
use axum::routing::get;

use self::page::Page;
use self::request::{PageRequest, PathNames, PortalPages};
use crate::state::AppState;
use crate::store::StoreError;

/// Serves the stylesheet that all portals share.
pub(crate) fn router() -> Router<Arc<AppState>> {
    Router::new().route("/assets/portal.css", get(stylesheet))
}

/// Serves a provider's portal pages at `/{portal_path}/{token}` and `/{portal_path}/{token}/{step}`.
pub(crate) fn portal_router(portal: &'static PortalPages) -> Router<Arc<AppState>> {
    let page = move |State(state): State<Arc<AppState>>,
                     names: PathNames,
                     method: Method,
                     uri: Uri,
                     headers: HeaderMap,
                     body: Bytes| async move {
        let request = PageRequest::new(portal, names, method, headers, uri.query(), &body);
        let now = state.now();
        match request {
            Some(request) => state.store.run(move |tx| request.answer(tx, now)).await,
            None => Ok::<_, StoreError>(Page::not_found()),
        }
    };
    let path = portal.provider.portal_path;
    Router::new()
        .route(&format!("{path}/{{token}}"), get(page))
        .route(&format!("{path}/{{token}}/{{step}}"), get(page).post(page))
}

async fn stylesheet() -> impl IntoResponse {
    let headers = [
        (header::CONTENT_TYPE, "text/css; charset=utf-8"),
        (header::CACHE_CONTROL, "no-cache"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, include_str!("../../templates/portal.css"))
}
