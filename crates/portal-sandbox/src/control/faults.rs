use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;

use super::Refusal;
use super::fields::Wrong;
use crate::fault::{MOST_PENDING, Pending, RateLimit};
use crate::world::World;

/// `null` where there is no limit.
#[derive(Serialize)]
pub(super) struct Limit {
    rate_limit: Option<RateLimit>,
}

pub(super) async fn list(State(world): State<Arc<World>>) -> Json<Vec<Pending>> {
    Json(world.faults.pending())
}

/// Queues a fault and answers with it as it was understood.
pub(super) async fn add(
    State(world): State<Arc<World>>,
    body: Bytes,
) -> Result<Json<Pending>, Refusal> {
    let pending = Pending::read(&body)?;
    if !world.faults.push(pending.clone()) {
        let message = format!("cannot be queued: {MOST_PENDING} others wait already");
        return Err(Wrong::field("fault", &message).into());
    }
    Ok(Json(pending))
}

pub(super) async fn clear(State(world): State<Arc<World>>) -> StatusCode {
    world.faults.clear_pending();
    StatusCode::NO_CONTENT
}

pub(super) async fn limit(State(world): State<Arc<World>>) -> Json<Limit> {
    let rate_limit = world.faults.rate_limit();
    Json(Limit { rate_limit })
}

pub(super) async fn set_limit(
    State(world): State<Arc<World>>,
    body: Bytes,
) -> Result<Json<Limit>, Refusal> {
    let rate_limit = RateLimit::read(&body)?;
    world.faults.set_rate_limit(rate_limit.clone());
    Ok(Json(Limit { rate_limit }))
}
