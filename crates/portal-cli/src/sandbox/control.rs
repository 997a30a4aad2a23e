use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, StatusCode, header};
use http_body_util::{BodyExt as _, Limited};
use portal::{Delivery, Error, Kind};
use serde_json::Value;

use super::loopback::{self, BoxError};
use super::start_hint::START_HINT;
use crate::cli::{DEFAULT_SANDBOX_URL, GlobalArgs};
use crate::errors::CommandError;

/// The maximum size of an answer: more than the whole journal.
const MAX_ANSWER: usize = 64 << 20;

/// A client for the control API of a running sandbox.
pub(crate) struct Control {
    /// The origin, without a trailing slash.
    url: String,
    timeout: Option<Duration>,
}

impl Control {
    /// Controls the sandbox that `--sandbox` names, or the one at the default address.
    pub(crate) fn new(global: &GlobalArgs) -> Result<Self, Error> {
        let url = global.sandbox.as_deref().unwrap_or(DEFAULT_SANDBOX_URL);
        if let Err(why) = loopback::parse_url(url) {
            let message = format!("`--sandbox` does not take this URL: {why}");
            return Err(Error::configuration("sandbox", message)
                .with_hint("a sandbox runs on this machine, as at `http://127.0.0.1:8787`"));
        }
        Ok(Self {
            url: url.trim_end_matches('/').to_owned(),
            timeout: global.timeout,
        })
    }

    pub(crate) async fn get(&self, name: &str) -> Result<Value, CommandError> {
        self.call(Method::GET, name, &Value::Null).await
    }

    pub(crate) async fn post(&self, name: &str, body: &Value) -> Result<Value, CommandError> {
        self.call(Method::POST, name, body).await
    }

    pub(crate) async fn delete(&self, name: &str, body: &Value) -> Result<Value, CommandError> {
        self.call(Method::DELETE, name, body).await
    }

    /// Returns the answer's JSON; `null` for an answer without a body.
    async fn call(&self, method: Method, name: &str, body: &Value) -> Result<Value, CommandError> {
        let body = match body {
            Value::Null => Bytes::new(),
            body => body.to_string().into(),
        };
        let request = Request::builder()
            .method(method)
            .uri(format!("{}/_sandbox/{name}", self.url))
            .header(header::CONTENT_TYPE, "application/json")
            .body(body)
            .map_err(|error| CommandError::internal("the request cannot be built", &error))?;
        let exchange = async {
            let answer = loopback::send(request).await?;
            let status = answer.status();
            let body = Limited::new(answer.into_body(), MAX_ANSWER)
                .collect()
                .await?;
            Ok((status, body.to_bytes()))
        };
        let answer = match self.timeout {
            None => exchange.await,
            Some(time) => match tokio::time::timeout(time, exchange).await {
                Ok(answer) => answer,
                Err(_) => {
                    let message = format!("the sandbox at `{}` did not answer in time", self.url);
                    let error = Error::new(Kind::Timeout, Delivery::Unknown, message);
                    return Err(error.with_hint("give it more time with `--timeout`").into());
                }
            },
        };
        let (status, body) = answer.map_err(|error| self.unavailable(&error))?;
        self.read(status, &body).map_err(CommandError::Error)
    }

    fn unavailable(&self, error: &BoxError) -> Error {
        let delivery = match loopback::is_connect_error(error) {
            true => Delivery::NotSent,
            false => Delivery::Unknown,
        };
        let message = format!("no sandbox answers at `{}`", self.url);
        Error::new(Kind::Unavailable, delivery, message)
            .with_hint(START_HINT)
            .with_source(std::io::Error::other(error.to_string()))
    }

    fn read(&self, status: StatusCode, body: &[u8]) -> Result<Value, Error> {
        let answer = match body {
            [] => Some(Value::Null),
            body => serde_json::from_slice(body).ok(),
        };
        if let (true, Some(answer)) = (status.is_success(), &answer) {
            return Ok(answer.clone());
        }
        let answer = answer.unwrap_or_default();
        let text = |name: &str| answer.get(name).and_then(Value::as_str).map(str::to_owned);
        let (kind, message) = match (status, text("error")) {
            (StatusCode::BAD_REQUEST, Some(message)) => (Kind::Invalid, message),
            (StatusCode::FORBIDDEN, Some(message)) => (Kind::Forbidden, message),
            (StatusCode::INTERNAL_SERVER_ERROR, Some(message)) => {
                (Kind::Unavailable, format!("the sandbox failed: {message}"))
            }
            _ => {
                let message = format!("the server at `{}` is not a sandbox", self.url);
                return Err(Error::protocol(message).with_status(status).with_hint(
                    "name the URL that `portal sandbox` printed, as in `--sandbox=URL`",
                ));
            }
        };
        let error = Error::new(kind, Delivery::Refused, message)
            .with_status(status)
            .with_hint("see the command's `--help`");
        Err(match text("field") {
            Some(field) => error.with_field(field),
            None => error,
        })
    }
}
