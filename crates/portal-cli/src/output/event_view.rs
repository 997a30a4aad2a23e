use std::fmt;

use portal::webhook::WebhookEvent;
use serde::Serialize;
use serde_json::Value;

use crate::output::EscapeControl;

/// The JSON form of an event: every key is always present, `null` where unknown. The data is as the
/// provider sent it.
#[derive(Serialize)]
pub(crate) struct EventView<'a> {
    id: &'a str,
    #[serde(rename = "type")]
    kind: &'a str,
    created_at: String,
    occurred_at: Option<String>,
    data: Option<&'a Value>,
}

impl<'a> EventView<'a> {
    pub(crate) fn new(event: &'a WebhookEvent) -> Self {
        Self {
            id: &event.id,
            kind: event.kind.as_str(),
            created_at: event.created_at.to_string(),
            occurred_at: event.occurred_at.map(|time| time.to_string()),
            data: event.raw.get("data").filter(|data| !data.is_null()),
        }
    }
}

/// Writes a line for the event, each time and each block of its data.
impl fmt::Display for EventView<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", EscapeControl(self.kind), EscapeControl(self.id))?;
        write!(f, "\n  {:<12} {}", "created", self.created_at)?;
        if let Some(time) = &self.occurred_at {
            write!(f, "\n  {:<12} {time}", "occurred")?;
        }
        match self.data {
            Some(Value::Object(blocks)) => blocks.iter().try_for_each(|(name, block)| {
                let name = EscapeControl(name).to_string();
                write!(f, "\n  {name:<12} {}", EscapeControl(&block.to_string()))
            }),
            Some(other) => write!(
                f,
                "\n  {:<12} {}",
                "data",
                EscapeControl(&other.to_string())
            ),
            None => Ok(()),
        }
    }
}
