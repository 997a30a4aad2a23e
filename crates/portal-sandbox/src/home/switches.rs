//! The clock and the faults, worked as any client works them: by the control API, asked within this process.

use std::convert::Infallible;
use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, Request, StatusCode, Uri, header};
use axum::response::{IntoResponse, Redirect, Response};
use hyper::service::Service as _;
use hyper_util::service::TowerToHyperService;
use serde_json::{Value, json};

use super::form::Fields;
use crate::control;
use crate::server::Peer;
use crate::world::World;

/// Who asks the control API: what its guard looks at is the caller's own.
pub(super) struct Caller {
    pub(super) world: Arc<World>,
    peer: Peer,
    headers: HeaderMap,
}

impl FromRequestParts<Arc<World>> for Caller {
    type Rejection = Infallible;

    async fn from_request_parts(
        parts: &mut Parts,
        world: &Arc<World>,
    ) -> Result<Self, Self::Rejection> {
        let peer = parts.extensions.get::<Peer>();
        Ok(Self {
            world: Arc::clone(world),
            peer: *peer.expect("every request carries the peer of its connection"),
            headers: parts.headers.clone(),
        })
    }
}

/// What the page shows of the switches.
pub(super) struct Switches {
    /// The faults that wait, in words.
    pub(super) faults: Vec<String>,
    pub(super) limited: bool,
    pub(super) choices: &'static [Choice],
}

/// A fault that the form offers.
pub(super) struct Choice {
    pub(super) key: &'static str,
    pub(super) text: &'static str,
    /// The fields of the control API, as JSON.
    fields: &'static str,
}

impl Switches {
    /// Reads what is switched on; `None` where the control API has no such switches.
    pub(super) async fn of(caller: &Caller) -> Option<Self> {
        let faults = caller.read("/_sandbox/faults").await?;
        let limit = caller.read("/_sandbox/rate_limit").await?;
        Some(Self {
            faults: faults.as_array()?.iter().map(in_words).collect(),
            limited: !limit["rate_limit"].is_null(),
            choices: CHOICES,
        })
    }
}

/// Moves the clock by the form's `seconds`.
pub(super) async fn clock(caller: &Caller, fields: &Fields) -> Result<Redirect, Response> {
    let seconds: Option<u64> = fields.get("seconds").and_then(|text| text.parse().ok());
    let body = json!({ "advance_seconds": seconds });
    caller
        .change(Method::POST, "/_sandbox/clock", &body)
        .await?;
    Ok(Redirect::to("/#clock"))
}

/// Queues the form's `fault` for its `provider`, for so many `times`; without a fault, forgets all that wait.
pub(super) async fn fault(caller: &Caller, fields: &Fields) -> Result<Redirect, Response> {
    let back = Redirect::to("/#faults");
    let Some(key) = fields.get("fault") else {
        caller
            .change(Method::DELETE, "/_sandbox/faults", &json!({}))
            .await?;
        return Ok(back);
    };
    let chosen = CHOICES.iter().find(|choice| choice.key == key);
    let fields_of_fault = chosen.map_or("{}", |choice| choice.fields);
    let mut body: Value = serde_json::from_str(fields_of_fault).unwrap_or_default();
    let times: Option<u64> = fields.get("times").and_then(|text| text.parse().ok());
    body["provider"] = json!(fields.get("provider"));
    body["times"] = json!(times);
    caller
        .change(Method::POST, "/_sandbox/faults", &body)
        .await?;
    Ok(back)
}

/// Switches Kwik's documented limit on or off: the form's `limit` is `off`, `on`, or `told`, which adds `Retry-After`.
pub(super) async fn rate_limit(caller: &Caller, fields: &Fields) -> Result<Redirect, Response> {
    let limit = fields.get("limit").map_or("", String::as_str);
    let per_second = if limit == "off" { 0 } else { 100 };
    let body =
        json!({ "provider": "kwik", "per_second": per_second, "retry_after": limit == "told" });
    caller
        .change(Method::POST, "/_sandbox/rate_limit", &body)
        .await?;
    Ok(Redirect::to("/#faults"))
}

impl Caller {
    async fn read(&self, path: &'static str) -> Option<Value> {
        let answer = self.ask(Method::GET, path, Body::empty()).await;
        if answer.status() != StatusCode::OK {
            return None;
        }
        // An answer of our own, made within this process, is as long as what was put into it.
        let body = to_bytes(answer.into_body(), usize::MAX).await.ok()?;
        serde_json::from_slice(&body).ok()
    }

    async fn change(
        &self,
        method: Method,
        path: &'static str,
        body: &Value,
    ) -> Result<(), Response> {
        let answer = self.ask(method, path, Body::from(body.to_string())).await;
        match answer.status().is_success() {
            true => Ok(()),
            false => Err(answer),
        }
    }

    async fn ask(&self, method: Method, path: &'static str, body: Body) -> Response {
        let mut request = Request::new(body);
        *request.method_mut() = method;
        *request.uri_mut() = Uri::from_static(path);
        *request.headers_mut() = self.headers.clone();
        request.headers_mut().insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/json"),
        );
        request.headers_mut().remove(header::CONTENT_LENGTH);
        request.extensions_mut().insert(self.peer);
        let router = control::router().with_state(Arc::clone(&self.world));
        match TowerToHyperService::new(router).call(request).await {
            Ok(answer) => answer.into_response(),
            Err(never) => match never {},
        }
    }
}

/// Writes a waiting fault as the control API lists it: `kwik: status, status 429, 2 times`.
fn in_words(fault: &Value) -> String {
    let text = |name: &str| match &fault[name] {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let mut words = format!("{}: {}", text("provider"), text("fault"));
    for (name, value) in fault.as_object().into_iter().flatten() {
        if !["provider", "fault", "times"].contains(&name.as_str()) && !value.is_null() {
            words.push_str(&format!(", {name} {}", text(name)));
        }
    }
    words.push_str(&format!(", {} times", text("times")));
    words
}

const CHOICES: &[Choice] = &[
    Choice {
        key: "429",
        text: "429 Too Many Requests",
        fields: r#"{"fault":"status","status":429}"#,
    },
    Choice {
        key: "429_told",
        text: "429, come back in 2 seconds",
        fields: r#"{"fault":"status","status":429,"retry_after":2}"#,
    },
    Choice {
        key: "500",
        text: "500 Internal Server Error",
        fields: r#"{"fault":"status","status":500}"#,
    },
    Choice {
        key: "503",
        text: "503 Service Unavailable",
        fields: r#"{"fault":"status","status":503}"#,
    },
    Choice {
        key: "delay",
        text: "an answer after 10 seconds",
        fields: r#"{"fault":"delay","seconds":10}"#,
    },
    Choice {
        key: "close_before_answer",
        text: "connection closed before the answer",
        fields: r#"{"fault":"close_before_answer"}"#,
    },
    Choice {
        key: "close_mid_body",
        text: "connection closed within the answer",
        fields: r#"{"fault":"close_mid_body"}"#,
    },
    Choice {
        key: "not_json",
        text: "an answer that is no JSON",
        fields: r#"{"fault":"not_json"}"#,
    },
    Choice {
        key: "html",
        text: "a web page in place of the answer",
        fields: r#"{"fault":"html"}"#,
    },
    Choice {
        key: "huge",
        text: "an answer that is far too large",
        fields: r#"{"fault":"huge"}"#,
    },
    Choice {
        key: "redirect",
        text: "a redirect to another site",
        fields: r#"{"fault":"redirect","location":"https://example.com/"}"#,
    },
    Choice {
        key: "status_false_on_200",
        text: "200 that says it failed",
        fields: r#"{"fault":"status_false_on_200"}"#,
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_choice_is_an_object_that_names_its_fault() {
        for choice in CHOICES {
            let fields: Value = serde_json::from_str(choice.fields).unwrap();
            assert!(fields["fault"].is_string(), "{}", choice.key);
        }
    }

    #[test]
    fn a_waiting_fault_is_written_with_all_that_it_was_given() {
        let fault = json!({ "provider": "kwik", "fault": "status", "status": 429, "times": 2, "body": null });
        assert_eq!(in_words(&fault), "kwik: status, status 429, 2 times");
    }
}
