use axum::http::{HeaderValue, StatusCode};
use serde::ser::{Serialize, SerializeMap as _, Serializer};
use serde_json::Value;

use crate::control::fields::{Fields, Wrong};
use crate::provider::Provider;

/// A fault that waits for its calls.
#[derive(Clone, Debug)]
pub(crate) struct Pending {
    pub(crate) provider: Provider,
    pub(crate) fault: Fault,
    /// How many calls still meet it; never 0.
    pub(crate) times: u64,
}

/// What goes wrong with a call.
#[derive(Clone, Debug)]
pub(crate) enum Fault {
    /// An answer of this status, in place of the provider's.
    Status {
        status: StatusCode,
        retry_after: Option<HeaderValue>,
        body: Option<Value>,
    },
    /// The provider takes its time, and then answers as ever.
    Delay { seconds: f64 },
    /// The request is read and the connection closed; nothing was done.
    CloseBeforeAnswer,
    /// The provider acts, and the connection closes after half of its answer's body.
    CloseMidBody,
    /// 200 and JSON by its content type, but none by its content.
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
const MOST_TIMES: u64 = 1_000_000;
/// In seconds of real time: beyond every client's patience.
const LONGEST_DELAY: f64 = 300.0;

impl Pending {
    /// Reads `{"provider", "fault", "times", …}`; `times` is 1 unless given.
    pub(crate) fn read(body: &[u8]) -> Result<Self, Wrong> {
        let mut fields = Fields::read(body)?;
        let provider = fields.provider()?;
        let name = fields.one_of("fault", &NAMES)?;
        let times = fields.whole("times", 1..=MOST_TIMES)?.unwrap_or(1);
        let fault = Fault::read(name, &mut fields)?;
        fields.end(&format!("the fault `{name}`"))?;
        Ok(Self {
            provider,
            fault,
            times,
        })
    }
}

impl Fault {
    fn read(name: &str, fields: &mut Fields) -> Result<Self, Wrong> {
        Ok(match name {
            "status" => Self::Status {
                status: status(fields)?,
                retry_after: retry_after(fields)?,
                body: fields.any("body"),
            },
            "delay" => Self::Delay {
                seconds: fields.number("seconds", 0.0..=LONGEST_DELAY)?,
            },
            "close_before_answer" => Self::CloseBeforeAnswer,
            "close_mid_body" => Self::CloseMidBody,
            "not_json" => Self::NotJson,
            "html" => Self::Html,
            "huge" => Self::Huge,
            "redirect" => Self::Redirect {
                location: header("location", &fields.required_text("location")?)?,
            },
            _ => Self::StatusFalseOn200,
        })
    }

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

fn status(fields: &mut Fields) -> Result<StatusCode, Wrong> {
    let status = fields.whole("status", 200..=599)?;
    status
        .and_then(|status| u16::try_from(status).ok())
        .and_then(|status| StatusCode::from_u16(status).ok())
        .ok_or_else(|| Wrong::field("status", "is required"))
}

/// Whole seconds as a number, or any text, such as a date.
fn retry_after(fields: &mut Fields) -> Result<Option<HeaderValue>, Wrong> {
    match fields.any("retry_after") {
        None => Ok(None),
        Some(Value::String(text)) => header("retry_after", &text).map(Some),
        Some(Value::Number(number)) if number.is_u64() => {
            header("retry_after", &number.to_string()).map(Some)
        }
        Some(_) => Err(Wrong::field(
            "retry_after",
            "must be whole seconds, or a text such as an HTTP date",
        )),
    }
}

fn header(field: &'static str, text: &str) -> Result<HeaderValue, Wrong> {
    HeaderValue::from_str(text)
        .map_err(|_| Wrong::field(field, "must be text that a header can hold"))
}

impl Serialize for Pending {
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
