use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::Json;
use axum::body::{Body, Bytes, HttpBody, to_bytes};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use hyper::body::Frame;
use serde_json::{Value, json};

use super::fault::Fault;
use crate::providers::info::ProviderInfo;

/// Marks an answer for which the connection closes and nothing is sent. It is also the error that makes hyper close it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CloseConnection;

/// The size of the huge answer in bytes: more than a client should accept.
const HUGE: usize = 9 << 20;
/// The maximum size of an answer that is cut in half; all answers of the sandbox are smaller.
const MAX_ANSWER_BYTES: usize = 1 << 20;

/// Returns the answer that replaces the provider's; `None` for a fault that needs the provider's own.
pub(crate) fn replacement(fault: Fault, provider: &'static ProviderInfo) -> Option<Response> {
    Some(match fault {
        Fault::Delay { .. } | Fault::CloseMidBody => return None,
        Fault::Status {
            status,
            retry_after,
            body,
        } => status_response(provider, status, retry_after, body),
        Fault::CloseBeforeAnswer => {
            let mut answer = StatusCode::NO_CONTENT.into_response();
            answer.extensions_mut().insert(CloseConnection);
            answer
        }
        Fault::NotJson => json_response("this is not JSON {"),
        Fault::Html => Html(
            "<!doctype html><html lang=\"en\"><title>Be right back</title><h1>Be right back</h1></html>\n",
        )
        .into_response(),
        Fault::Huge => {
            let mut body = "{\"padding\":\"".to_owned();
            body.extend(std::iter::repeat_n('x', HUGE - body.len() - 2));
            body.push_str("\"}");
            json_response(body)
        }
        Fault::Redirect { location } => (
            // 307 makes a careless client send its request and its key again.
            StatusCode::TEMPORARY_REDIRECT,
            [(header::LOCATION, location)],
        )
            .into_response(),
        Fault::StatusFalseOn200 => Json(json!({
            "status": false,
            "error_code": "005",
            "error_message": "Validation failed",
            "error_details": [],
        }))
        .into_response(),
    })
}

/// Returns the answer beyond the rate limit. Kwik does not document it; 429 is the standard status.
pub(crate) fn too_many(provider: &'static ProviderInfo, retry_after: Option<u64>) -> Response {
    status_response(
        provider,
        StatusCode::TOO_MANY_REQUESTS,
        retry_after.map(HeaderValue::from),
        None,
    )
}

/// Returns the answer with its full length announced and half of its body, before the connection closes.
pub(crate) async fn truncated(answer: Response) -> Response {
    let (mut parts, body) = answer.into_parts();
    let body = to_bytes(body, MAX_ANSWER_BYTES).await.unwrap_or_default();
    parts
        .headers
        .insert(header::CONTENT_LENGTH, HeaderValue::from(body.len()));
    let half = body.slice(..body.len() / 2);
    Response::from_parts(parts, Body::new(TruncatedBody::First(half)))
}

fn status_response(
    provider: &'static ProviderInfo,
    status: StatusCode,
    retry_after: Option<HeaderValue>,
    body: Option<Value>,
) -> Response {
    let reason = status.canonical_reason().unwrap_or("Unknown");
    let mut answer = match body {
        // Text is sent unchanged, so that any body can be tested.
        Some(Value::String(text)) => text.into_response(),
        Some(body) => Json(body).into_response(),
        None => Json((provider.error_body)(reason)).into_response(),
    };
    *answer.status_mut() = status;
    if let Some(retry_after) = retry_after {
        answer
            .headers_mut()
            .insert(header::RETRY_AFTER, retry_after);
    }
    answer
}

fn json_response(body: impl Into<Body>) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], body.into()).into_response()
}

/// A body that sends its first half, waits for it to be flushed, and fails.
enum TruncatedBody {
    First(Bytes),
    Flush,
    Break,
}

impl HttpBody for TruncatedBody {
    type Data = Bytes;
    type Error = CloseConnection;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, CloseConnection>>> {
        match std::mem::replace(&mut *self, Self::Break) {
            Self::First(half) => {
                *self = Self::Flush;
                Poll::Ready(Some(Ok(Frame::data(half))))
            }
            // hyper flushes its buffer when a body is pending.
            Self::Flush => {
                context.waker().wake_by_ref();
                Poll::Pending
            }
            Self::Break => Poll::Ready(Some(Err(CloseConnection))),
        }
    }
}

impl fmt::Display for CloseConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the connection is closed on request")
    }
}

impl std::error::Error for CloseConnection {}
