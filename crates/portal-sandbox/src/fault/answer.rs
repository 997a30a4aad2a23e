use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::Json;
use axum::body::{Body, Bytes, HttpBody, to_bytes};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use hyper::body::Frame;
use serde_json::{Value, json};

use super::Fault;
use crate::provider::Provider;

/// An answer's mark: close the connection and send nothing of it. It is also the error that makes hyper do so.
#[derive(Clone, Copy, Debug)]
pub(crate) struct HangUp;

/// Well beyond what a client should take in.
const HUGE: usize = 9 << 20;
/// All of the sandbox's own answers are smaller.
const MOST_ANSWER_BYTES: usize = 1 << 20;

/// The answer that stands in the place of the provider's; `None` for a fault that needs the provider's own.
pub(crate) fn in_place(fault: Fault, provider: Provider) -> Option<Response> {
    Some(match fault {
        Fault::Delay { .. } | Fault::CloseMidBody => return None,
        Fault::Status {
            status,
            retry_after,
            body,
        } => of_status(provider, status, retry_after, body),
        Fault::CloseBeforeAnswer => {
            let mut answer = StatusCode::NO_CONTENT.into_response();
            answer.extensions_mut().insert(HangUp);
            answer
        }
        Fault::NotJson => as_json("this is not JSON {"),
        Fault::Html => Html(
            "<!doctype html><html lang=\"en\"><title>Be right back</title><h1>Be right back</h1></html>\n",
        )
        .into_response(),
        Fault::Huge => {
            let mut body = "{\"padding\":\"".to_owned();
            body.extend(std::iter::repeat_n('x', HUGE - body.len() - 2));
            body.push_str("\"}");
            as_json(body)
        }
        Fault::Redirect { location } => (
            // The one that makes a careless client send its request, and its key, again.
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

/// The answer past the rate limit, which is documented nowhere: 429 is what the status means.
pub(crate) fn too_many(provider: Provider, retry_after: Option<u64>) -> Response {
    of_status(
        provider,
        StatusCode::TOO_MANY_REQUESTS,
        retry_after.map(HeaderValue::from),
        None,
    )
}

/// The answer with half of its body, which the connection's end cuts off; its length is announced whole.
pub(crate) async fn broken_off(answer: Response) -> Response {
    let (mut parts, body) = answer.into_parts();
    let body = to_bytes(body, MOST_ANSWER_BYTES).await.unwrap_or_default();
    parts
        .headers
        .insert(header::CONTENT_LENGTH, HeaderValue::from(body.len()));
    let half = body.slice(..body.len() / 2);
    Response::from_parts(parts, Body::new(Half::First(half)))
}

fn of_status(
    provider: Provider,
    status: StatusCode,
    retry_after: Option<HeaderValue>,
    body: Option<Value>,
) -> Response {
    let reason = status.canonical_reason().unwrap_or("Unknown");
    let mut answer = match (body, provider) {
        // Text goes out as it stands, so that any body can be had.
        (Some(Value::String(text)), _) => text.into_response(),
        (Some(body), _) => Json(body).into_response(),
        (None, Provider::OnlineApp) => Json(json!({ "error": reason })).into_response(),
        (None, Provider::Kwik) => {
            Json(json!({ "status": false, "error_message": reason })).into_response()
        }
    };
    *answer.status_mut() = status;
    if let Some(retry_after) = retry_after {
        answer
            .headers_mut()
            .insert(header::RETRY_AFTER, retry_after);
    }
    answer
}

fn as_json(body: impl Into<Body>) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], body.into()).into_response()
}

/// A body that sends what it has, lets it be flushed, and breaks off.
enum Half {
    First(Bytes),
    Flush,
    Break,
}

impl HttpBody for Half {
    type Data = Bytes;
    type Error = HangUp;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, HangUp>>> {
        match std::mem::replace(&mut *self, Self::Break) {
            Self::First(half) => {
                *self = Self::Flush;
                Poll::Ready(Some(Ok(Frame::data(half))))
            }
            // hyper writes out what it holds when a body has no more for now.
            Self::Flush => {
                context.waker().wake_by_ref();
                Poll::Pending
            }
            Self::Break => Poll::Ready(Some(Err(HangUp))),
        }
    }
}

impl fmt::Display for HangUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the connection is closed, as it was asked for")
    }
}

impl std::error::Error for HangUp {}
