//! Verifies and reads OnlineApp's webhooks.
//!
//! Written from the vendor's pages "Webhooks": overview, events, create webhook. A message is
//! signed with HMAC-SHA256 over its raw body, keyed with the text of the webhook's secret. No time
//! is signed, so an old message stays valid and can be replayed:
//! dedupe on the event's id.

use hmac::{Hmac, KeyInit, Mac};
use portal_core::timestamp::{self, Timestamp};
use portal_core::webhook::{
    Acquiring, EventData, EventKind, Payment, Paywall, Price, Refund, Subscription,
    SubscriptionStatus, User, WebhookEvent,
};
use portal_core::{
    Customer, CustomerId, EmailAddress, Error, JsonObject, Kind, Result, Secret, SubscriptionId,
    lossy_json, validate_pasted,
};
use serde_json::Value;
use sha2::Sha256;

/// The headers that may contain the signature. The first wins; older pages name the second.
pub const SIGNATURE_HEADERS: &[&str] = &["x-monetize-signature", "x-signature"];

const SIGNATURE_BYTES: usize = 32;

/// Checks the signature of a webhook's message, and reads the event in it.
///
/// `body` is the body's bytes as received: JSON that was parsed and written again is not what was
/// signed. `signature` is the header's value, `sha256=` and 64 lowercase hex digits, or on older
/// backends the digits alone; nothing else is a signature, so no message has two of them. The
/// comparison takes the same time wherever the two differ, and nothing is read before it.
///
/// ```
/// use adapter_onlineapp::webhook::verify;
/// use portal_core::webhook::EventKind;
///
/// let body = br#"{"id":"evt_1","type":"payment.completed","created_at":"2024-01-15T12:30:45.000Z","data":{}}"#;
/// let signature = "sha256=089f80580ee29079206da41f15b04be9b19afb4a595ff9278a89eac51dc7f651";
/// let event = verify(signature, body, &"whsec_test".into())?;
/// assert_eq!(event.kind, EventKind::PaymentCompleted);
/// assert!(verify(signature, b"{}", &"whsec_test".into()).is_err());
/// # Ok::<(), portal_core::Error>(())
/// ```
///
/// # Errors
/// [`Kind::Unauthenticated`] if the signature is empty, malformed or not this body's;
/// [`Kind::Configuration`] if the secret is blank; [`Kind::Protocol`] if the signed body is
/// not an event. None of them holds the secret, the signature or a part of the body.
pub fn verify(signature: &str, body: &[u8], secret: &Secret) -> Result<WebhookEvent> {
    if let Err(why) = validate_pasted(secret.expose()) {
        let error = Error::configuration("webhook_secret", format!("`webhook_secret` {why}"));
        return Err(error.with_hint(
            "copy it from the webhook's settings in the dashboard, without quotes or line ends",
        ));
    }
    let signature = parse_signature(signature)?;
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.expose().as_bytes())
        .expect("HMAC takes a key of any length");
    mac.update(body);
    mac.verify_slice(&signature).map_err(|_| {
        unauthenticated("the signature does not match the body and the secret").with_hint(
            "pass the body's bytes as received, and this webhook's secret, without quotes or line ends",
        )
    })?;
    read(body)
}

/// Signs a body as the provider does, for tests of code that receives webhooks.
///
/// Returns the header's value: `sha256=` and 64 lowercase hex digits.
#[must_use]
pub fn sign(body: &[u8], secret: &Secret) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.expose().as_bytes())
        .expect("HMAC takes a key of any length");
    mac.update(body);
    let bytes = mac.finalize().into_bytes();
    let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256={digits}")
}

fn parse_signature(text: &str) -> Result<[u8; SIGNATURE_BYTES]> {
    // HTTP does not count spaces and tabs around a header's value as part of it.
    let text = text.trim_matches([' ', '\t']);
    if text.is_empty() {
        return Err(unauthenticated("the message has no signature").with_hint(
            "set a secret for the webhook in the dashboard, and refuse unsigned messages",
        ));
    }
    hex(text.strip_prefix("sha256=").unwrap_or(text)).ok_or_else(|| {
        unauthenticated("the signature is malformed").with_hint(
            "give the header's value: `sha256=` and 64 lowercase hex digits, or the digits alone",
        )
    })
}

fn hex(text: &str) -> Option<[u8; SIGNATURE_BYTES]> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if pairs.len() != SIGNATURE_BYTES || !rest.is_empty() {
        return None;
    }
    let mut bytes = [0; SIGNATURE_BYTES];
    for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
        *byte = digit(*high)? << 4 | digit(*low)?;
    }
    Some(bytes)
}

fn unauthenticated(message: &'static str) -> Error {
    Error::not_sent(Kind::Unauthenticated, message).with_field("signature")
}

/// Reads an event whose signature is good.
fn read(body: &[u8]) -> Result<WebhookEvent> {
    let repaired = |error| match lossy_json(body) {
        Some(body) => serde_json::from_str(&body),
        None => Err(error),
    };
    let raw = serde_json::from_slice(body).or_else(repaired);
    let raw: JsonObject = raw.map_err(|error| {
        // serde_json's own words quote the value, which may be personal.
        let place = format!("line {} column {}", error.line(), error.column());
        unreadable(format!("the event is not a JSON object ({place})"))
    })?;
    let mut reader = Reader::default();
    let lacking =
        |name| unreadable(format!("the event's `{name}` is missing or malformed")).with_field(name);
    let id = reader.text(&raw, "id").ok_or_else(|| lacking("id"))?;
    let kind = reader
        .take(&raw, "type", text_of)
        .ok_or_else(|| lacking("type"))?;
    let created_at = reader
        .time(&raw, "created_at")
        .ok_or_else(|| lacking("created_at"))?;

    let mut event = WebhookEvent::new(id, event_kind(kind), created_at);
    event.occurred_at = reader.time(&raw, "occurred_at");
    if let Some(data) = reader.object(&raw, "data") {
        event.data = reader.data(data);
    }
    event.unread = reader.unread;
    event.raw = raw;
    Ok(event)
}

fn unreadable(message: String) -> Error {
    Error::protocol(message)
        .with_hint("the signature is valid: keep the body, and compare it with the documentation")
}

fn event_kind(text: &str) -> EventKind {
    match text {
        "payment.completed" => EventKind::PaymentCompleted,
        "subscription.created" => EventKind::SubscriptionCreated,
        "subscription.updated" => EventKind::SubscriptionUpdated,
        "subscription.cancelled" => EventKind::SubscriptionCancelled,
        "refund.created" => EventKind::RefundCreated,
        "trial.started" => EventKind::TrialStarted,
        other => EventKind::Other(other.to_owned()),
    }
}

fn subscription_status(text: &str) -> SubscriptionStatus {
    match text {
        "active" => SubscriptionStatus::Active,
        "trialing" => SubscriptionStatus::Trialing,
        "past_due" => SubscriptionStatus::PastDue,
        "canceled" => SubscriptionStatus::Canceled,
        "incomplete" => SubscriptionStatus::Incomplete,
        other => SubscriptionStatus::Other(other.to_owned()),
    }
}

/// Reads fields by their whole path, and notes those that are there in another form than the
/// documented one. `null` is absent, and so is a time that means "never".
#[derive(Default)]
struct Reader {
    unread: Vec<&'static str>,
}

impl Reader {
    fn data(&mut self, data: &JsonObject) -> EventData {
        let mut read = EventData::default();
        read.price = self.object(data, "data.price").map(|block| {
            let mut price = Price::default();
            price.id = self.text(block, "data.price.id");
            price.unit_amount = self.amount(block, "data.price.unit_amount");
            price.interval = self.text(block, "data.price.interval");
            price
        });
        read.customer = self
            .object(data, "data.customer")
            .map(|block| self.customer(block));
        read.user = self.object(data, "data.user").map(|block| {
            let mut user = User::default();
            user.id = self.text(block, "data.user.id");
            user.metadata = self
                .object(block, "data.user.metadata")
                .cloned()
                .unwrap_or_default();
            user
        });
        read.paywall = self.object(data, "data.paywall").map(|block| {
            let mut paywall = Paywall::default();
            paywall.id = self.text(block, "data.paywall.id");
            paywall
        });
        read.acquiring = self.object(data, "data.acquiring").map(|block| {
            let mut acquiring = Acquiring::default();
            acquiring.id = self.text(block, "data.acquiring.id");
            acquiring.provider = self.text(block, "data.acquiring.provider");
            acquiring
        });
        read.payment = self.object(data, "data.payment").map(|block| {
            let mut payment = Payment::default();
            payment.id = self.text(block, "data.payment.id");
            payment.status = self.text(block, "data.payment.status");
            payment
        });
        read.subscription = self
            .object(data, "data.subscription")
            .map(|block| self.subscription(block));
        read.refund = self.object(data, "data.refund").map(|block| {
            let mut refund = Refund::default();
            refund.id = self.text(block, "data.refund.id");
            refund.reason = self.text(block, "data.refund.reason");
            refund.amount = self.amount(block, "data.refund.amount");
            refund
        });
        read
    }

    fn customer(&mut self, block: &JsonObject) -> Customer {
        let id = self.take(block, "data.customer.id", |value| {
            CustomerId::from_answer(text(value)?)
        });
        let email = self.take(block, "data.customer.email", |value| {
            Some(EmailAddress::from_answer(text_of(value)?.to_owned()))
        });
        let customer = Customer::default();
        let customer = id.into_iter().fold(customer, Customer::with_id);
        email.into_iter().fold(customer, Customer::with_email)
    }

    fn subscription(&mut self, block: &JsonObject) -> Subscription {
        let mut subscription = Subscription::default();
        subscription.id = self.take(block, "data.subscription.id", |value| {
            SubscriptionId::from_answer(text(value)?)
        });
        subscription.status = self.take(block, "data.subscription.status", |value| {
            text_of(value).map(subscription_status)
        });
        subscription.current_period_start =
            self.time(block, "data.subscription.current_period_start");
        subscription.current_period_end = self.time(block, "data.subscription.current_period_end");
        subscription.trial_period_start = self.time(block, "data.subscription.trial_period_start");
        subscription.trial_period_end = self.time(block, "data.subscription.trial_period_end");
        subscription.cancel_at_period_end = self.take(
            block,
            "data.subscription.cancel_at_period_end",
            Value::as_bool,
        );
        subscription.cancel_at = self.time(block, "data.subscription.cancel_at");
        subscription.canceled_at = self.time(block, "data.subscription.canceled_at");
        subscription.ended_at = self.time(block, "data.subscription.ended_at");
        subscription
    }

    fn object<'a>(&mut self, of: &'a JsonObject, path: &'static str) -> Option<&'a JsonObject> {
        self.take(of, path, Value::as_object)
    }

    fn text(&mut self, of: &JsonObject, path: &'static str) -> Option<String> {
        self.take(of, path, text)
    }

    fn amount(&mut self, of: &JsonObject, path: &'static str) -> Option<i64> {
        self.take(of, path, Value::as_i64)
    }

    fn time(&mut self, of: &JsonObject, path: &'static str) -> Option<Timestamp> {
        let never = |value| text_of(value).is_some_and(|text| timestamp::is_never(text, 0));
        if of.get(name_of(path)).is_some_and(never) {
            return None;
        }
        self.take(of, path, |value| timestamp::parse_rfc3339(text_of(value)?))
    }

    fn take<'a, T>(
        &mut self,
        of: &'a JsonObject,
        path: &'static str,
        read: impl FnOnce(&'a Value) -> Option<T>,
    ) -> Option<T> {
        let value = of.get(name_of(path)).filter(|value| !value.is_null())?;
        let read = read(value);
        if read.is_none() {
            self.unread.push(path);
        }
        read
    }
}

/// Returns the last name of a path.
fn name_of(path: &str) -> &str {
    path.rsplit('.').next().unwrap_or(path)
}

fn text_of(value: &Value) -> Option<&str> {
    value.as_str().filter(|text| !text.trim().is_empty())
}

/// Reads a text; ids such as a paywall's are decimal, and come as numbers too.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::Number(number) if number.as_str().bytes().all(|digit| digit.is_ascii_digit()) => {
            Some(number.to_string())
        }
        _ => text_of(value).map(str::to_owned),
    }
}
