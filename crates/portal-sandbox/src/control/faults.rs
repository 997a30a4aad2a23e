use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode};
use serde::Serialize;
use serde_json::Value;

use super::error::ControlError;
use super::fields::{InvalidField, JsonFields, quote_all};
use crate::faults::fault::{Fault, QueuedFault};
use crate::faults::queue::MAX_QUEUED;
use crate::faults::rate_limit::RateLimiter;
use crate::providers::PROVIDERS;
use crate::providers::info::ProviderInfo;
use crate::state::AppState;

/// `null` if there is no limit.
#[derive(Serialize)]
pub(super) struct Limit {
    rate_limit: Option<RateLimiter>,
}

pub(super) async fn list(State(state): State<Arc<AppState>>) -> Json<Vec<QueuedFault>> {
    Json(state.faults.queued())
}

/// Queues a fault and answers with its parsed form.
pub(super) async fn add(
    State(state): State<Arc<AppState>>,
    body: Bytes,
) -> Result<Json<QueuedFault>, ControlError> {
    let queued = read_fault(&body)?;
    if !state.faults.push(queued.clone()) {
        let message = format!("cannot be queued: {MAX_QUEUED} faults are queued already");
        return Err(InvalidField::new("fault", &message).into());
    }
    Ok(Json(queued))
}

pub(super) async fn clear(State(state): State<Arc<AppState>>) -> StatusCode {
    state.faults.clear_queue();
    StatusCode::NO_CONTENT
}

pub(super) async fn limit(State(state): State<Arc<AppState>>) -> Json<Limit> {
    let rate_limit = state.faults.rate_limit();
    Json(Limit { rate_limit })
}

pub(super) async fn set_limit(
    State(state): State<Arc<AppState>>,
    body: Bytes,
) -> Result<Json<Limit>, ControlError> {
    let rate_limit = read_limit(&body)?;
    state.faults.set_rate_limit(rate_limit.clone());
    Ok(Json(Limit { rate_limit }))
}

const NAMES: [&str; 9] = [
    "status",
    "delay",
    "close_before_answer",
    "close_mid_body",
    "not_json",
    "html",
    "huge",
    "redirect",
    "status_false_on_200",
];
const MAX_TIMES: u64 = 1_000_000;
/// In seconds of real time, longer than any client's timeout.
const MAX_DELAY: f64 = 300.0;

/// Reads `{"provider", "fault", "times", …}`; `times` is 1 unless given.
fn read_fault(body: &[u8]) -> Result<QueuedFault, InvalidField> {
    let mut fields = JsonFields::read(body)?;
    let provider = fields.provider()?;
    let name = fields.one_of("fault", &NAMES)?;
    let times = fields.integer("times", 1..=MAX_TIMES)?.unwrap_or(1);
    let fault = read_kind(name, &mut fields)?;
    fields.finish(&format!("the fault `{name}`"))?;
    Ok(QueuedFault {
        provider,
        fault,
        times,
    })
}

fn read_kind(name: &str, fields: &mut JsonFields) -> Result<Fault, InvalidField> {
    Ok(match name {
        "status" => Fault::Status {
            status: status(fields)?,
            retry_after: retry_after(fields)?,
            body: fields.any("body"),
        },
        "delay" => Fault::Delay {
            seconds: fields.number("seconds", 0.0..=MAX_DELAY)?,
        },
        "close_before_answer" => Fault::CloseBeforeAnswer,
        "close_mid_body" => Fault::CloseMidBody,
        "not_json" => Fault::NotJson,
        "html" => Fault::Html,
        "huge" => Fault::Huge,
        "redirect" => Fault::Redirect {
            location: header("location", &fields.required_text("location")?)?,
        },
        _ => Fault::StatusFalseOn200,
    })
}

fn status(fields: &mut JsonFields) -> Result<StatusCode, InvalidField> {
    let status = fields.integer("status", 200..=599)?;
    status
        .and_then(|status| u16::try_from(status).ok())
        .and_then(|status| StatusCode::from_u16(status).ok())
        .ok_or_else(|| InvalidField::new("status", "is required"))
}

/// Reads whole seconds as a number, or any text, such as a date.
fn retry_after(fields: &mut JsonFields) -> Result<Option<HeaderValue>, InvalidField> {
    match fields.any("retry_after") {
        None => Ok(None),
        Some(Value::String(text)) => header("retry_after", &text).map(Some),
        Some(Value::Number(number)) if number.is_u64() => {
            header("retry_after", &number.to_string()).map(Some)
        }
        Some(_) => Err(InvalidField::new(
            "retry_after",
            "must be whole seconds, or a text such as an HTTP date",
        )),
    }
}

fn header(field: &'static str, text: &str) -> Result<HeaderValue, InvalidField> {
    HeaderValue::from_str(text)
        .map_err(|_| InvalidField::new(field, "must be text that a header can hold"))
}

const MAX_PER_SECOND: u64 = 10_000;

/// Reads `{"provider": "kwik", "per_second": 100, "retry_after": false}`, where the last two may be left out;
/// `"per_second": 0` is no limit.
fn read_limit(body: &[u8]) -> Result<Option<RateLimiter>, InvalidField> {
    let mut fields = JsonFields::read(body)?;
    let provider = fields.provider()?;
    let Some(documented) = provider.calls_per_second else {
        return Err(no_rate_limit(provider));
    };
    let per_second = fields.integer("per_second", 0..=MAX_PER_SECOND)?;
    let per_second = per_second.unwrap_or(documented);
    let retry_after = fields.flag("retry_after")?.unwrap_or(false);
    fields.finish("a rate limit")?;
    Ok((per_second > 0).then(|| RateLimiter::new(provider, per_second, retry_after)))
}

fn no_rate_limit(provider: &ProviderInfo) -> InvalidField {
    let limited = PROVIDERS
        .iter()
        .filter(|other| other.info.calls_per_second.is_some());
    let ids: Vec<_> = limited.map(|other| other.info.id).collect();
    let message = format!(
        "must be {}: {} documents no rate limit",
        quote_all(&ids),
        provider.name
    );
    InvalidField::new("provider", &message)
}
