use std::fmt;
use std::time::{Duration, SystemTime};

use http::{HeaderMap, HeaderValue};

use crate::{Error, Kind, Result};

/// A webhook message as it was received, before its signature is verified.
///
/// `Debug` shows the names of its headers and the length of its body only.
#[derive(Clone, Copy)]
pub struct WebhookMessage<'a> {
    headers: &'a HeaderMap,
    body: &'a [u8],
    now: SystemTime,
}

impl<'a> WebhookMessage<'a> {
    /// Creates a message that arrived at the time `now`.
    #[must_use]
    pub fn new(headers: &'a HeaderMap, body: &'a [u8], now: SystemTime) -> Self {
        Self { headers, body, now }
    }

    /// Returns the body's bytes as they were received.
    #[must_use]
    pub fn body(&self) -> &'a [u8] {
        self.body
    }

    /// Returns the value of the first of these headers that is present.
    ///
    /// # Errors
    /// [`Kind::Unauthenticated`] with the field `signature` if none is present, or one stands twice.
    pub fn header(&self, names: &[&str]) -> Result<&'a str> {
        let error = |message| {
            Err(unauthenticated(message).with_hint(format!(
                "the provider sends one header `{}`; refuse the message",
                names.join("` or `")
            )))
        };
        let Some(name) = names.iter().find(|name| self.headers.contains_key(**name)) else {
            return error("the message has no signature");
        };
        let mut values = self.headers.get_all(*name).iter();
        match (values.next().map(HeaderValue::to_str), values.next()) {
            (Some(Ok(text)), None) => Ok(text),
            (_, Some(_)) => error("the message has more than one signature"),
            _ => error("the signature is malformed"),
        }
    }

    /// Checks that a signed time, in seconds since the Unix epoch, is at most `tolerance` away.
    ///
    /// ```
    /// use std::time::{Duration, SystemTime};
    /// use portal_core::webhook::WebhookMessage;
    ///
    /// let headers = http::HeaderMap::new();
    /// let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000);
    /// let message = WebhookMessage::new(&headers, b"{}", now);
    /// let tolerance = Duration::from_secs(300);
    /// assert!(message.check_time(700, tolerance).is_ok());
    /// assert!(message.check_time(699, tolerance).is_err());
    /// assert!(message.check_time(1_301, tolerance).is_err());
    /// ```
    ///
    /// # Errors
    /// [`Kind::Unauthenticated`] with the field `signature`.
    pub fn check_time(&self, signed_at: u64, tolerance: Duration) -> Result<()> {
        let now = self.now.duration_since(SystemTime::UNIX_EPOCH);
        let now = now.unwrap_or_default().as_secs();
        match now.abs_diff(signed_at) <= tolerance.as_secs() {
            true => Ok(()),
            false => Err(
                unauthenticated("the signature is too old or from the future").with_hint(
                    "refuse the message; if many arrive like this, check this machine's clock",
                ),
            ),
        }
    }
}

fn unauthenticated(message: &'static str) -> Error {
    Error::not_sent(Kind::Unauthenticated, message).with_field("signature")
}

impl fmt::Debug for WebhookMessage<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebhookMessage")
            .field("headers", &self.headers.keys().collect::<Vec<_>>())
            .field("body", &format_args!("{} bytes", self.body.len()))
            .finish_non_exhaustive()
    }
}
