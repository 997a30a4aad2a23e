use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use jiff::Timestamp;
use serde::Serialize;

use super::Refusal;
use super::fields::{Fields, Wrong};
use crate::world::World;

/// A leap year: what is further away takes another call.
const FURTHEST: u64 = 366 * 24 * 3600;
/// Later than any test needs, and early enough for every period that starts before.
const LATEST: i64 = 200_000_000_000;

#[derive(Serialize)]
pub(super) struct Shown {
    now: Timestamp,
}

pub(super) async fn show(State(world): State<Arc<World>>) -> Json<Shown> {
    Json(Shown { now: world.now() })
}

/// Moves the time, and answers once everything that was due by then was done and delivered.
pub(super) async fn advance(
    State(world): State<Arc<World>>,
    body: Bytes,
) -> Result<Json<Shown>, Refusal> {
    let mut fields = Fields::read(&body)?;
    let seconds = fields.whole("advance_seconds", 0..=FURTHEST)?;
    let seconds = seconds.ok_or_else(|| Wrong::field("advance_seconds", "is required"))?;
    fields.end("a move of the clock")?;
    let seconds = i64::try_from(seconds).expect("it is within its range");
    if world.now().as_second() + seconds > LATEST {
        let message = "leads beyond the last moment that the sandbox's clock can show";
        return Err(Wrong::field("advance_seconds", message).into());
    }
    let now = world.timekeeper.advance(seconds).await?;
    Ok(Json(Shown { now }))
}
