use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;
use serde::ser::{Serialize, SerializeStruct, Serializer};

use crate::{Field, Idempotency};

/// Declares an enum with a word for each value, so that `ALL` and `as_str` are complete.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$of:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $name { $($(#[$of])* $variant,)* }

        impl $name {
            /// Every value.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// Returns the word that JSON and documentation use.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }
        }
    };
}

words! {
    /// What a caller can do about an error.
    Kind {
        /// Correct the request: a value is missing, malformed or refused.
        Invalid = "invalid",
        /// Ask for less: the provider cannot honour an option.
        Unsupported = "unsupported",
        /// Correct the configuration: a credential or a base URL is missing or malformed.
        Configuration = "configuration",
        /// Check the key: the provider does not accept it.
        Unauthenticated = "unauthenticated",
        /// Check what the key may do: it is valid, but not for this.
        Forbidden = "forbidden",
        /// Check the ids: the provider knows no such customer, subscription, product or paywall.
        NotFound = "not_found",
        /// Offer something to buy: the customer has nothing to manage.
        NoPortal = "no_portal",
        /// Complete or cancel the active purchase first.
        Conflict = "conflict",
        /// Slow down.
        RateLimited = "rate_limited",
        /// Allow more time, or try later.
        Timeout = "timeout",
        /// Try later.
        Unavailable = "unavailable",
        /// Report it: the provider does not document this answer.
        Protocol = "protocol",
    }
}

words! {
    /// Whether the provider may have acted on a request.
    Delivery {
        /// Nothing reached the provider.
        NotSent = "not_sent",
        /// The provider read it and refused.
        Refused = "refused",
        /// The provider may have received it.
        Unknown = "unknown",
        /// The provider answered, and has probably acted.
        Answered = "answered",
    }
}

/// What went wrong, what a caller can do about it, and whether the provider may have acted.
///
/// `Display` is one line: the message, then `hint: ` and the next step. It never repeats its
/// source, and neither it nor `Debug` shows a key, a link or an e-mail address. `Serialize` writes
/// the object that the command line prints with `--json`.
#[derive(Clone, Debug, thiserror::Error)]
#[error(transparent)]
pub struct Error(Box<Inner>);

#[derive(Clone, Debug, thiserror::Error)]
#[error("{message}{}", HintPart(hint.as_deref()))]
struct Inner {
    kind: Kind,
    delivery: Delivery,
    message: Cow<'static, str>,
    hint: Option<Cow<'static, str>>,
    provider: Option<&'static str>,
    operation: Option<&'static str>,
    status: Option<StatusCode>,
    provider_code: Option<String>,
    field: Option<Cow<'static, str>>,
    retry_after: Option<Duration>,
    attempts: u32,
    idempotency: Option<Idempotency>,
    source: Option<Arc<dyn StdError + Send + Sync>>,
}

impl Error {
    /// Creates an error. The message has no capital and no final period, and values in backticks.
    pub fn new(kind: Kind, delivery: Delivery, message: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(Inner {
            kind,
            delivery,
            message: message.into(),
            hint: None,
            provider: None,
            operation: None,
            status: None,
            provider_code: None,
            field: None,
            retry_after: None,
            attempts: 0,
            idempotency: None,
            source: None,
        }))
    }

    /// Creates an error that was found before anything was sent.
    pub fn not_sent(kind: Kind, message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(kind, Delivery::NotSent, message)
    }

    /// Creates the error for a malformed value of the request.
    pub fn invalid(
        field: impl Into<Cow<'static, str>>,
        message: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self::not_sent(Kind::Invalid, message).with_field(field)
    }

    /// Creates the error for a field that the provider needs and the request does not have.
    #[must_use]
    pub fn missing(field: Field) -> Self {
        Self::missing_for(field, "the provider")
    }

    pub(crate) fn missing_for(field: Field, provider: &str) -> Self {
        Self::invalid(
            field.as_str(),
            format!("{provider} needs `{field}`, and the request has none"),
        )
        .with_hint(format!("add `{field}` to the request"))
    }

    /// Creates the error for a value of the configuration that is missing or malformed.
    pub fn configuration(
        field: impl Into<Cow<'static, str>>,
        message: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self::not_sent(Kind::Configuration, message).with_field(field)
    }

    /// Creates the error for an answer that the provider does not document.
    pub fn protocol(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Kind::Protocol, Delivery::Answered, message)
    }

    /// Adds the next step.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<Cow<'static, str>>) -> Self {
        self.0.hint = Some(hint.into());
        self
    }

    /// Adds the provider's id.
    #[must_use]
    pub fn with_provider(mut self, id: &'static str) -> Self {
        self.0.provider = Some(id);
        self
    }

    /// Adds the operation's name.
    #[must_use]
    pub fn with_operation(mut self, operation: &'static str) -> Self {
        self.0.operation = Some(operation);
        self
    }

    /// Adds the HTTP status.
    #[must_use]
    pub fn with_status(mut self, status: StatusCode) -> Self {
        self.0.status = Some(status);
        self
    }

    /// Adds the provider's own code.
    #[must_use]
    pub fn with_provider_code(mut self, code: impl Into<String>) -> Self {
        self.0.provider_code = Some(code.into());
        self
    }

    /// Adds the name of the field at fault.
    #[must_use]
    pub fn with_field(mut self, field: impl Into<Cow<'static, str>>) -> Self {
        self.0.field = Some(field.into());
        self
    }

    /// Adds how long the provider asks to wait.
    #[must_use]
    pub fn with_retry_after(mut self, wait: Duration) -> Self {
        self.0.retry_after = Some(wait);
        self
    }

    /// Adds how many attempts were made.
    #[must_use]
    pub fn with_attempts(mut self, attempts: u32) -> Self {
        self.0.attempts = attempts;
        self
    }

    /// Adds the call's idempotency, on which [`is_retryable`](Error::is_retryable) depends.
    #[must_use]
    pub fn with_idempotency(mut self, idempotency: Idempotency) -> Self {
        self.0.idempotency = Some(idempotency);
        self
    }

    /// Adds the cause, which must not contain a secret.
    #[must_use]
    pub fn with_source(mut self, source: impl StdError + Send + Sync + 'static) -> Self {
        self.0.source = Some(Arc::new(source));
        self
    }

    /// Returns what a caller can do about it.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.0.kind
    }

    /// Returns whether the provider may have acted.
    #[must_use]
    pub fn delivery(&self) -> Delivery {
        self.0.delivery
    }

    /// Returns what went wrong, without the hint.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// Returns the next step.
    #[must_use]
    pub fn hint(&self) -> Option<&str> {
        self.0.hint.as_deref()
    }

    /// Returns the provider's id.
    #[must_use]
    pub fn provider(&self) -> Option<&'static str> {
        self.0.provider
    }

    /// Returns the operation's name, such as `create_link`.
    #[must_use]
    pub fn operation(&self) -> Option<&'static str> {
        self.0.operation
    }

    /// Returns the HTTP status, if there was an answer.
    #[must_use]
    pub fn status(&self) -> Option<StatusCode> {
        self.0.status
    }

    /// Returns the provider's own code, such as Kwik's `005`.
    #[must_use]
    pub fn provider_code(&self) -> Option<&str> {
        self.0.provider_code.as_deref()
    }

    /// Returns the name of the field at fault, in neutral words if possible.
    #[must_use]
    pub fn field(&self) -> Option<&str> {
        self.0.field.as_deref()
    }

    /// Returns how long the provider asks to wait.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// Returns how many attempts were made; 0 if nothing was sent.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }

    /// Returns whether repeating the call can help and has no second effect.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        let unknown = Idempotency::NotIdempotent("unknown");
        self.is_safe_to_repeat(self.0.idempotency.unwrap_or(unknown))
    }

    /// Returns whether repeating a call of that idempotency can help and has no second effect.
    pub(crate) fn is_safe_to_repeat(&self, idempotency: Idempotency) -> bool {
        let can_help = matches!(
            self.kind(),
            Kind::RateLimited | Kind::Timeout | Kind::Unavailable
        );
        can_help
            && match self.delivery() {
                Delivery::NotSent | Delivery::Refused => true,
                Delivery::Unknown => idempotency.is_idempotent(),
                Delivery::Answered => false,
            }
    }
}

/// The part of `Display` with the next step, if there is one.
struct HintPart<'a>(Option<&'a str>);

impl fmt::Display for HintPart<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(hint) => write!(f, "; hint: {hint}"),
            None => Ok(()),
        }
    }
}

impl From<std::convert::Infallible> for Error {
    fn from(never: std::convert::Infallible) -> Self {
        match never {}
    }
}

impl Serialize for Error {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("Error", 11)?;
        object.serialize_field("kind", self.kind().as_str())?;
        object.serialize_field("message", self.message())?;
        object.serialize_field("provider", &self.provider())?;
        object.serialize_field("status", &self.status().map(|status| status.as_u16()))?;
        object.serialize_field("provider_code", &self.provider_code())?;
        object.serialize_field("field", &self.field())?;
        object.serialize_field("delivery", self.delivery().as_str())?;
        object.serialize_field("retryable", &self.is_retryable())?;
        object.serialize_field(
            "retry_after",
            &self.retry_after().map(|wait| wait.as_secs()),
        )?;
        object.serialize_field("attempts", &self.attempts())?;
        object.serialize_field("hint", &self.hint())?;
        object.end()
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;

    use super::*;

    #[test]
    fn json_has_every_key_and_null_for_absent_values() {
        let error = Error::not_sent(Kind::Timeout, "no connection in time");
        let expected = serde_json::json!({
            "kind": "timeout", "message": "no connection in time", "provider": null, "status": null,
            "provider_code": null, "field": null, "delivery": "not_sent", "retryable": true,
            "retry_after": null, "attempts": 0, "hint": null,
        });
        assert_eq!(serde_json::to_value(&error).unwrap(), expected);
    }

    #[test]
    fn display_is_the_message_and_the_hint_and_never_the_source() {
        let error = Error::invalid("email", "`email` is empty")
            .with_hint("give one")
            .with_source(std::io::Error::other("canary"));
        assert_eq!(error.to_string(), "`email` is empty; hint: give one");
        assert_eq!(
            error.source().map(ToString::to_string).as_deref(),
            Some("canary")
        );
    }
}
