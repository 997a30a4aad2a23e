//! `/_sandbox/…`: the control API for developers and tests on this machine.

mod clock;
mod error;
mod faults;
mod fields;
pub(crate) mod guard;
mod webhooks;

use std::sync::Arc;

use axum::extract::{Extension, Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::json;

use self::error::ControlError;
use self::guard::refusal;
use crate::clock::truncate_to_seconds;
use crate::journal::Entry;
use crate::providers::PROVIDERS;
use crate::providers::definition::Records;
use crate::server::peer::Peer;
use crate::state::AppState;
use crate::store;
use crate::store::links::{self, Link};

pub(crate) fn router() -> Router<Arc<AppState>> {
    Router::new()
        .route("/_sandbox/journal", get(journal))
        .route("/_sandbox/state", get(snapshot))
        .route("/_sandbox/reset", post(reset))
        .route("/_sandbox/clock", get(clock::show).post(clock::advance))
        .route(
            "/_sandbox/faults",
            get(faults::list).post(faults::add).delete(faults::clear),
        )
        .route(
            "/_sandbox/rate_limit",
            get(faults::limit).post(faults::set_limit),
        )
        .route(
            "/_sandbox/webhooks",
            get(webhooks::list)
                .post(webhooks::subscribe)
                .delete(webhooks::unsubscribe),
        )
        .route("/_sandbox/webhooks/redeliver", post(webhooks::redeliver))
        .route("/_sandbox/webhooks/trigger", post(webhooks::trigger))
        .route_layer(middleware::from_fn(check_guard))
}

/// The sandbox's state, without the tokens of links.
#[derive(Serialize)]
struct Snapshot {
    now: Timestamp,
    onlineapp_dialect: String,
    #[serde(flatten)]
    records: Records,
    links: Vec<Link>,
}

async fn journal(State(state): State<Arc<AppState>>) -> Json<Vec<Entry>> {
    Json(state.journal.entries())
}

async fn snapshot(State(state): State<Arc<AppState>>) -> Result<Json<Snapshot>, ControlError> {
    let (now, onlineapp_dialect) = (state.now(), state.dialect.to_string());
    let read = move |tx: &rusqlite::Transaction<'_>| -> store::Result<Snapshot> {
        let mut records = Records::default();
        for provider in PROVIDERS {
            (provider.list_records)(tx, &mut records)?;
        }
        Ok(Snapshot {
            now,
            onlineapp_dialect,
            records,
            links: links::list_all(tx)?,
        })
    };
    Ok(Json(state.store.run(read).await?))
}

/// Restores the seed and the clock's own time; removes faults, the rate limit, webhooks and the journal.
async fn reset(State(state): State<Arc<AppState>>) -> Result<StatusCode, ControlError> {
    let now = truncate_to_seconds(state.clock.now());
    let seed = Arc::clone(&state.seed);
    let restore = move |tx: &rusqlite::Transaction<'_>| {
        store::clear(tx).and_then(|()| seed.seed_database(tx, now))
    };
    state.store.run(restore).await?;
    state.set_offset(0);
    state.faults.clear();
    state.journal.clear();
    Ok(StatusCode::NO_CONTENT)
}

async fn check_guard(
    Extension(Peer(peer)): Extension<Peer>,
    request: Request,
    next: Next,
) -> Response {
    match refusal(peer.ip(), request.headers()) {
        None => (
            [(header::CACHE_CONTROL, "no-store")],
            next.run(request).await,
        )
            .into_response(),
        Some(why) => (StatusCode::FORBIDDEN, Json(json!({ "error": why }))).into_response(),
    }
}
