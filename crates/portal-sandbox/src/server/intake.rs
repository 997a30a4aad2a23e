use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde_json::json;
use tokio::sync::watch;

use crate::clock::add_seconds;
use crate::faults::fault::Fault;
use crate::faults::queue::FaultDecision;
use crate::faults::response::{self, CloseConnection};
use crate::journal::Direction;
use crate::providers::PROVIDERS;
use crate::providers::info::ProviderInfo;
use crate::schedule::due::catch_up;
use crate::state::AppState;

/// A channel that changes when the sandbox shuts down.
#[derive(Clone, Debug)]
pub(super) struct ShuttingDown(pub(super) watch::Receiver<()>);

const MAX_BODY_BYTES: usize = 1 << 20;
const BODY_TIMEOUT: Duration = Duration::from_secs(30);

/// Reads the body within its limits, applies due events, records provider requests in the journal, and
/// injects their faults.
pub(super) async fn receive(
    State(state): State<Arc<AppState>>,
    request: Request,
    next: Next,
) -> Response {
    let (parts, body) = request.into_parts();
    let provider = provider_of(parts.uri.path());
    // The permit comes before the body, because many bodies at a time would fill the memory.
    let _permit = match provider {
        None => None,
        Some(_) => match state.limits.admit().await {
            Some(permit) => Some(permit),
            None => {
                let message = "The sandbox has too many calls at a time";
                return error_response(StatusCode::SERVICE_UNAVAILABLE, message);
            }
        },
    };
    let body = read_body(body).await;
    // The clock is read first, because updating the state may be slow on a busy disk.
    let arrived = state.clock.now();
    if let Err(error) = catch_up(&state).await {
        // The request may still succeed; if not, its handler answers with the error.
        tracing::error!(
            error = &error as &dyn std::error::Error,
            "the state could not be updated to the current time"
        );
    }
    let arrived = add_seconds(arrived, state.offset());
    let entry = provider.map(|provider| {
        let content = body.as_deref().unwrap_or_default();
        state
            .journal
            .open(arrived, provider, Direction::In, &parts, content)
    });
    let changes = !parts.method.is_safe() && provider.is_none();
    let response = match (body, provider) {
        (Err(response), _) => response,
        (Ok(body), Some(provider)) => {
            let request = Request::from_parts(parts, Body::from(body));
            answer_or_fault(&state, provider, arrived, request, next).await
        }
        (Ok(body), None) => next.run(Request::from_parts(parts, Body::from(body))).await,
    };
    if changes {
        // A page or the control API may have queued a webhook.
        state.scheduler.wake();
    }
    if let Some(entry) = entry
        && response.extensions().get::<CloseConnection>().is_none()
    {
        state.journal.close(entry, response.status());
    }
    response
}

/// Finds the provider whose API the path belongs to, even if the provider does not have that path.
fn provider_of(path: &str) -> Option<&'static ProviderInfo> {
    let mut providers = PROVIDERS.iter().map(|provider| provider.info);
    providers.find(|provider| path.starts_with(provider.api_path))
}

/// Answers a provider request, or injects the fault that is queued for it.
async fn answer_or_fault(
    state: &AppState,
    provider: &'static ProviderInfo,
    arrived: Timestamp,
    request: Request,
    next: Next,
) -> Response {
    match state.faults.decide(provider, arrived) {
        FaultDecision::Answer => next.run(request).await,
        FaultDecision::Refuse { retry_after } => response::too_many(provider, retry_after),
        FaultDecision::Inject(Fault::Delay { seconds }) => {
            let delay = tokio::time::sleep(Duration::from_secs_f64(seconds));
            // If the client disconnects, hyper drops this future.
            match request.extensions().get::<ShuttingDown>().cloned() {
                None => delay.await,
                Some(ShuttingDown(mut shutdown)) => tokio::select! {
                    () = delay => {}
                    _ = shutdown.changed() => {}
                },
            }
            next.run(request).await
        }
        FaultDecision::Inject(Fault::CloseMidBody) => {
            response::truncated(next.run(request).await).await
        }
        FaultDecision::Inject(fault) => match response::replacement(fault, provider) {
            Some(answer) => answer,
            None => next.run(request).await,
        },
    }
}

async fn read_body(body: Body) -> Result<Bytes, Response> {
    match tokio::time::timeout(BODY_TIMEOUT, to_bytes(body, MAX_BODY_BYTES)).await {
        Ok(Ok(bytes)) => Ok(bytes),
        // A body that breaks off also fails here, but then the client has disconnected.
        Ok(Err(_)) => Err(error_response(
            StatusCode::PAYLOAD_TOO_LARGE,
            "The request body is larger than 1 MiB",
        )),
        Err(_) => Err(error_response(
            StatusCode::REQUEST_TIMEOUT,
            "The request body took too long",
        )),
    }
}

/// Returns the server's own error, for cases that no provider documents.
pub(super) fn error_response(status: StatusCode, message: &str) -> Response {
    (status, Json(json!({ "error": message }))).into_response()
}
