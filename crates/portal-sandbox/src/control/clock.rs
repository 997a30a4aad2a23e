use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use jiff::Timestamp;
use serde::Serialize;

use super::error::ControlError;
use super::fields::{InvalidField, JsonFields};
use crate::state::AppState;

/// A leap year; a longer move takes several calls.
const FURTHEST: u64 = 366 * 24 * 3600;
/// Later than any test needs, but with room for every period that starts before.
const LATEST: i64 = 200_000_000_000;

#[derive(Serialize)]
pub(super) struct CurrentTime {
    now: Timestamp,
}

pub(super) async fn show(State(state): State<Arc<AppState>>) -> Json<CurrentTime> {
    Json(CurrentTime { now: state.now() })
}

/// Advances the clock; answers once everything that was due by then is done and delivered.
pub(super) async fn advance(
    State(state): State<Arc<AppState>>,
    body: Bytes,
) -> Result<Json<CurrentTime>, ControlError> {
    let mut fields = JsonFields::read(&body)?;
    let seconds = fields.whole("advance_seconds", 0..=FURTHEST)?;
    let seconds = seconds.ok_or_else(|| InvalidField::new("advance_seconds", "is required"))?;
    fields.finish("a move of the clock")?;
    let seconds = i64::try_from(seconds).expect("it is within its range");
    if state.now().as_second() + seconds > LATEST {
        let message = "is later than the sandbox's clock can show";
        return Err(InvalidField::new("advance_seconds", message).into());
    }
    let now = state.scheduler.advance(seconds).await?;
    Ok(Json(CurrentTime { now }))
}
