use portal_core::{Answer, Delivery, Error, Field, Kind, classify};
use serde::de::IgnoredAny;
use serde_json::Value;

use crate::wire::Envelope;

/// Reads an error answer: the envelope's `error_code` first, then the HTTP status.
pub(crate) fn fault(answer: &Answer<'_>, envelope: Option<&Envelope<IgnoredAny>>) -> Error {
    let status = answer.status.as_u16();
    let code = envelope.and_then(|envelope| code(&envelope.error_code));
    let (kind, delivery) = match code.as_deref() {
        // 001: "invalid API key".
        Some("001") => (Kind::Unauthenticated, Delivery::Refused),
        // 002: "invalid body layout", 003: "invalid body parameters", 004: "invalid lookup values",
        // 005: "validation failed", 006: "invalid URL parameter".
        Some("002" | "003" | "004" | "005" | "006") => (Kind::Invalid, Delivery::Refused),
        // 007: "record not found".
        Some("007") => (Kind::NotFound, Delivery::Refused),
        // More codes may exist.
        _ => classify(answer.status),
    };
    let detail = envelope.and_then(|envelope| Detail::first(&envelope.error_details));
    let message = envelope.and_then(|envelope| {
        let texts = [&envelope.error_message, &envelope.error_messages].map(sentence);
        texts.into_iter().find(|text| !text.is_empty())
    });
    let reason = || {
        answer
            .status
            .canonical_reason()
            .unwrap_or("no reason given")
            .to_owned()
    };

    let mut message = format!(
        "Kwik answered {status}: {}",
        answer.redact(&message.unwrap_or_else(reason))
    );
    if let Some(detail) = &detail {
        message += ": ";
        message += &answer.redact(&detail.sentence());
    }
    let mut error = Error::new(kind, delivery, message)
        .with_status(answer.status)
        .with_hint(answer.refusal_hint(kind, code.is_some()));
    if let Some(code) = code {
        error = error.with_provider_code(answer.redact(&code));
    }
    match detail {
        Some(Detail { field, .. }) => match neutral(&field) {
            Some(known) => error.with_field(known.as_str()),
            None => error.with_field(answer.redact(&field)),
        },
        None => error,
    }
}

/// The first complaint of `error_details`, which names its field in dots.
struct Detail {
    field: String,
    message: String,
}

impl Detail {
    /// Names the field, unless the provider's own words do.
    fn sentence(&self) -> String {
        match self.message.contains(&self.field) {
            true => self.message.clone(),
            false => format!("`{}` {}", self.field, self.message),
        }
    }

    fn first(details: &Value) -> Option<Self> {
        let (field, error) = details
            .as_array()?
            .iter()
            .filter_map(|detail| detail.get("errors")?.as_object())
            .find_map(|errors| errors.iter().next())?;
        let text = |name: &str| error.get(name).and_then(Value::as_str);
        let message = match (text("message"), text("rule")) {
            (Some(message), _) => message.to_owned(),
            (None, Some(rule)) => format!("breaks the rule `{rule}`"),
            (None, None) => "is not accepted".to_owned(),
        };
        Some(Self {
            field: field.clone(),
            message,
        })
    }
}

/// Translates a field's name on the wire into the request's own name, if there is one.
fn neutral(field: &str) -> Option<Field> {
    let name = field.strip_prefix("settings.").unwrap_or(field);
    match name {
        "redirect_url" => Some(Field::ReturnUrl),
        "products_ids" => Some(Field::Products),
        _ if name.starts_with("products_ids.") => Some(Field::Products),
        _ => Field::from_name(name),
    }
}

fn code(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.trim().is_empty() => Some(text.trim().to_owned()),
        Value::Number(number) => Some(
            number
                .as_u64()
                .map_or_else(|| number.to_string(), |code| format!("{code:03}")),
        ),
        _ => None,
    }
}

fn sentence(value: &Value) -> String {
    match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Array(list) => {
            let texts = list.iter().map(sentence).filter(|text| !text.is_empty());
            texts.collect::<Vec<_>>().join(", ")
        }
        _ => String::new(),
    }
}
