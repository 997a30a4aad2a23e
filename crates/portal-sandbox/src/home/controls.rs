//! The page's controls for the clock and the faults. They call the control API within this process.

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

use crate::control;
use crate::providers::PROVIDERS;
use crate::providers::definition::FormFields;
use crate::providers::info::ProviderInfo;
use crate::server::peer::Peer;
use crate::state::AppState;

/// Calls the control API with the peer and the headers of the page's request, which the guard checks.
pub(super) struct ControlClient {
    pub(super) state: Arc<AppState>,
    peer: Peer,
    headers: HeaderMap,
}

impl FromRequestParts<Arc<AppState>> for ControlClient {
    type Rejection = Infallible;

    async fn from_request_parts(
        parts: &mut Parts,
        state: &Arc<AppState>,
    ) -> Result<Self, Self::Rejection> {
        let peer = parts.extensions.get::<Peer>();
        Ok(Self {
            state: Arc::clone(state),
            peer: *peer.expect("every request carries the peer of its connection"),
            headers: parts.headers.clone(),
        })
    }
}

/// The state of the controls.
pub(super) struct Controls {
    /// Descriptions of the queued faults.
    pub(super) faults: Vec<String>,
    pub(super) limited: bool,
    /// The providers that document a rate limit.
    pub(super) limits: Vec<&'static ProviderInfo>,
    pub(super) providers: Vec<&'static ProviderInfo>,
    pub(super) choices: &'static [FaultChoice],
}

/// A fault that the form offers.
pub(super) struct FaultChoice {
    pub(super) key: &'static str,
    pub(super) text: &'static str,
    /// The fields of the control API, as JSON.
    fields: &'static str,
}

impl Controls {
    /// Reads the state of the controls from the control API.
    pub(super) async fn load(client: &ControlClient) -> Option<Self> {
        let faults = client.read("/_sandbox/faults").await?;
        let limit = client.read("/_sandbox/rate_limit").await?;
        Some(Self {
            faults: faults.as_array()?.iter().map(describe).collect(),
            limited: !limit["rate_limit"].is_null(),
            limits: documented_limits().collect(),
            providers: PROVIDERS.iter().map(|provider| provider.info).collect(),
            choices: FAULT_CHOICES,
        })
    }
}

/// Advances the clock by the form's `seconds`.
pub(super) async fn clock(
    client: &ControlClient,
    fields: &FormFields,
) -> Result<Redirect, Response> {
    let seconds: Option<u64> = fields.get("seconds").and_then(|text| text.parse().ok());
    let body = json!({ "advance_seconds": seconds });
    client
        .change(Method::POST, "/_sandbox/clock", &body)
        .await?;
    Ok(Redirect::to("/#clock"))
}

/// Queues the form's `fault` for its `provider`, `times` times; without a fault, clears the queue.
pub(super) async fn fault(
    client: &ControlClient,
    fields: &FormFields,
) -> Result<Redirect, Response> {
    let back = Redirect::to("/#faults");
    let Some(key) = fields.get("fault") else {
        client
            .change(Method::DELETE, "/_sandbox/faults", &json!({}))
            .await?;
        return Ok(back);
    };
    let chosen = FAULT_CHOICES.iter().find(|choice| choice.key == key);
    let fields_of_fault = chosen.map_or("{}", |choice| choice.fields);
    let mut body: Value = serde_json::from_str(fields_of_fault).unwrap_or_default();
    let times: Option<u64> = fields.get("times").and_then(|text| text.parse().ok());
    body["provider"] = json!(fields.get("provider"));
    body["times"] = json!(times);
    client
        .change(Method::POST, "/_sandbox/faults", &body)
        .await?;
    Ok(back)
}

/// Turns the documented limit of the form's `provider` on or off. `limit` is `off`, `on` or `retry_after`, which adds the header.
pub(super) async fn rate_limit(
    client: &ControlClient,
    fields: &FormFields,
) -> Result<Redirect, Response> {
    let limit = fields.get("limit").map_or("", String::as_str);
    let provider = fields.get("provider");
    let documented = documented_limits().find(|info| provider.is_some_and(|id| id == info.id));
    let documented = documented.and_then(|info| info.calls_per_second);
    let per_second = if limit == "off" { Some(0) } else { documented };
    let body = json!({ "provider": provider, "per_second": per_second, "retry_after": limit == "retry_after" });
    client
        .change(Method::POST, "/_sandbox/rate_limit", &body)
        .await?;
    Ok(Redirect::to("/#faults"))
}

fn documented_limits() -> impl Iterator<Item = &'static ProviderInfo> {
    let providers = PROVIDERS.iter().map(|provider| provider.info);
    providers.filter(|info| info.calls_per_second.is_some())
}

impl ControlClient {
    async fn read(&self, path: &'static str) -> Option<Value> {
        let answer = self.call(Method::GET, path, Body::empty()).await;
        if answer.status() != StatusCode::OK {
            return None;
        }
        // The answer comes from this process, so its length is bounded.
        let body = to_bytes(answer.into_body(), usize::MAX).await.ok()?;
        serde_json::from_slice(&body).ok()
    }

    async fn change(
        &self,
        method: Method,
        path: &'static str,
        body: &Value,
    ) -> Result<(), Response> {
        let answer = self.call(method, path, Body::from(body.to_string())).await;
        match answer.status().is_success() {
            true => Ok(()),
            false => Err(answer),
        }
    }

    async fn call(&self, method: Method, path: &'static str, body: Body) -> Response {
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
        let router = control::router().with_state(Arc::clone(&self.state));
        match TowerToHyperService::new(router).call(request).await {
            Ok(answer) => answer.into_response(),
            Err(never) => match never {},
        }
    }
}

/// Describes a queued fault of the control API: `kwik: status, status 429, 2 times`.
fn describe(fault: &Value) -> String {
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

const FAULT_CHOICES: &[FaultChoice] = &[
    FaultChoice {
        key: "429",
        text: "429 Too Many Requests",
        fields: r#"{"fault":"status","status":429}"#,
    },
    FaultChoice {
        key: "429_retry_after",
        text: "429, retry after 2 seconds",
        fields: r#"{"fault":"status","status":429,"retry_after":2}"#,
    },
    FaultChoice {
        key: "500",
        text: "500 Internal Server Error",
        fields: r#"{"fault":"status","status":500}"#,
    },
    FaultChoice {
        key: "503",
        text: "503 Service Unavailable",
        fields: r#"{"fault":"status","status":503}"#,
    },
    FaultChoice {
        key: "delay",
        text: "an answer after 10 seconds",
        fields: r#"{"fault":"delay","seconds":10}"#,
    },
    FaultChoice {
        key: "close_before_answer",
        text: "connection closed before the answer",
        fields: r#"{"fault":"close_before_answer"}"#,
    },
    FaultChoice {
        key: "close_mid_body",
        text: "connection closed within the answer",
        fields: r#"{"fault":"close_mid_body"}"#,
    },
    FaultChoice {
        key: "not_json",
        text: "an answer that is not JSON",
        fields: r#"{"fault":"not_json"}"#,
    },
    FaultChoice {
        key: "html",
        text: "a web page in place of the answer",
        fields: r#"{"fault":"html"}"#,
    },
    FaultChoice {
        key: "huge",
        text: "an answer that is far too large",
        fields: r#"{"fault":"huge"}"#,
    },
    FaultChoice {
        key: "redirect",
        text: "a redirect to another site",
        fields: r#"{"fault":"redirect","location":"https://example.com/"}"#,
    },
    FaultChoice {
        key: "status_false_on_200",
        text: "200 with a failure in its body",
        fields: r#"{"fault":"status_false_on_200"}"#,
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_choice_is_an_object_with_its_fault() {
        for choice in FAULT_CHOICES {
            let fields: Value = serde_json::from_str(choice.fields).unwrap();
            assert!(fields["fault"].is_string(), "{}", choice.key);
        }
    }

    #[test]
    fn a_queued_fault_is_described_with_all_its_fields() {
        let fault = json!({ "provider": "kwik", "fault": "status", "status": 429, "times": 2, "body": null });
        assert_eq!(describe(&fault), "kwik: status, status 429, 2 times");
    }
}
