use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use jiff::Timestamp;
use serde::Serialize;

use super::error::ControlError;
use super::fields::{InvalidField, JsonFields};
use crate::state::AppState;

/// The maximum move in seconds: a leap year. A longer move takes several calls.
const MAX_ADVANCE: u64 = 366 * 24 * 3600;
/// The maximum time in seconds since the Unix epoch. Periods that start before still end within the calendar.
const MAX_TIME: i64 = 200_000_000_000;

#[derive(Serialize)]
pub(super) struct CurrentTime {
    now: Timestamp,
}

pub(super) async fn show(State(state): State<Arc<AppState>>) -> Json<CurrentTime> {
    Json(CurrentTime { now: state.now() })
}

/// Advances the clock; answers once everything due by the new time is applied and delivered.
pub(super) async fn advance(
    State(state): State<Arc<AppState>>,
    body: Bytes,
) -> Result<Json<CurrentTime>, ControlError> {
    let mut fields = JsonFields::read(&body)?;
    let seconds = fields.integer("advance_seconds", 0..=MAX_ADVANCE)?;
    let seconds = seconds.ok_or_else(|| InvalidField::new("advance_seconds", "is required"))?;
    fields.finish("a move of the clock")?;
    let seconds = i64::try_from(seconds).expect("it is within its range");
    if state.now().as_second() + seconds > MAX_TIME {
        let message = "is later than the sandbox's clock can show";
        return Err(InvalidField::new("advance_seconds", message).into());
    }
    let now = state.scheduler.advance(seconds).await?;
    Ok(Json(CurrentTime { now }))
}
