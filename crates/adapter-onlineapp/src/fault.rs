use portal_core::{Answer, Delivery, Error, JsonObject, Kind, classify};
use serde_json::Value;

/// Reads an error answer as the vendor's own SDK does.
///
/// The body counts only if its type is JSON and it is an object; anything else is ignored.
/// The code is `code`, else an `error` that looks like a slug; the message is `message`, else
/// `error`, slug or sentence (the SDK passes over a slug here; it says more than the HTTP reason),
/// else the HTTP reason.
pub(crate) fn fault(answer: &Answer<'_>) -> Error {
    let body: JsonObject = match answer.is_json() {
        true => answer.json().unwrap_or_default(),
        false => JsonObject::new(),
    };
    let text = |name: &str| {
        body.get(name)
            .and_then(Value::as_str)
            .map(str::trim)
            .filter(|text| !text.is_empty())
    };
    let slug = text("error").filter(|text| is_slug(text));
    let reason = answer
        .status
        .canonical_reason()
        .unwrap_or("no reason given");

    let (kind, delivery) = match answer.status.as_u16() {
        // "No active subscription, or the processor has no hosted portal": `isTest`, and neither
        // `error` nor `code`, which are about the key.
        403 if body.contains_key("isTest") && text("code").or(text("error")).is_none() => {
            (Kind::NoPortal, Delivery::Refused)
        }
        _ => classify(answer.status),
    };
    let message = match kind {
        Kind::NoPortal => {
            "the customer has no active subscription, or the payment processor has no portal".into()
        }
        _ => answer.redact(text("message").or(text("error")).unwrap_or(reason)),
    };
    let code = text("code").or(slug);
    let hint = match answer.status.as_u16() {
        // The page's causes of a 400, beside a body that this adapter does not send.
        400 => "check the e-mail address, and the paywall id in the setting `paywall_id`".into(),
        _ => answer.refusal_hint(kind, code.is_some()),
    };
    let message = format!("OnlineApp answered {}: {message}", answer.status.as_u16());
    let error = Error::new(kind, delivery, message)
        .with_status(answer.status)
        .with_hint(hint);
    match code {
        Some(code) => error.with_provider_code(answer.redact(code)),
        None => error,
    }
}

fn is_slug(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"_.-".contains(&b))
}
