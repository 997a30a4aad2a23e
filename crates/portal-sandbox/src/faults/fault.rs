use axum::http::{HeaderValue, StatusCode};
use serde::ser::{Serialize, SerializeMap as _, Serializer};
use serde_json::Value;

use crate::providers::info::ProviderInfo;

/// A fault that the next calls of a provider get.
#[derive(Clone, Debug)]
pub(crate) struct QueuedFault {
    pub(crate) provider: &'static ProviderInfo,
    pub(crate) fault: Fault,
    /// How many more calls get it; never 0.
    pub(crate) times: u64,
}

/// A fault of one call.
#[derive(Clone, Debug)]
pub(crate) enum Fault {
    /// An answer of this status.
    Status {
        status: StatusCode,
        retry_after: Option<HeaderValue>,
        body: Option<Value>,
    },
    /// The provider answers as usual after a delay.
    Delay { seconds: f64 },
    /// The request is read and the connection closed; the call is not handled.
    CloseBeforeAnswer,
    /// The call is handled, and the connection closes after half of the answer's body.
    CloseMidBody,
    /// 200 with the content type of JSON, but invalid JSON.
    NotJson,
    /// 200 with a web page, as from a proxy.
    Html,
    /// 200 with 9 MiB of JSON.
    Huge,
    /// 307 to `location`.
    Redirect { location: HeaderValue },
    /// 200 whose body says that the call failed.
    StatusFalseOn200,
}

impl Fault {
    fn name(&self) -> &'static str {
        match self {
            Self::Status { .. } => "status",
            Self::Delay { .. } => "delay",
            Self::CloseBeforeAnswer => "close_before_answer",
            Self::CloseMidBody => "close_mid_body",
            Self::NotJson => "not_json",
            Self::Html => "html",
            Self::Huge => "huge",
            Self::Redirect { .. } => "redirect",
            Self::StatusFalseOn200 => "status_false_on_200",
        }
    }
}

impl Serialize for QueuedFault {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("provider", &self.provider)?;
        map.serialize_entry("fault", self.fault.name())?;
        map.serialize_entry("times", &self.times)?;
        match &self.fault {
            Fault::Status {
                status,
                retry_after,
                body,
            } => {
                map.serialize_entry("status", &status.as_u16())?;
                if let Some(retry_after) = retry_after {
                    map.serialize_entry("retry_after", &text(retry_after))?;
                }
                if let Some(body) = body {
                    map.serialize_entry("body", body)?;
                }
            }
            Fault::Delay { seconds } => map.serialize_entry("seconds", seconds)?,
            Fault::Redirect { location } => map.serialize_entry("location", &text(location))?,
            _ => {}
        }
        map.end()
    }
}
