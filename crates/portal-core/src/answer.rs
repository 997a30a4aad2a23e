use std::borrow::Cow;

use http::{HeaderMap, StatusCode, header};
use serde::Deserialize;

use crate::{BaseUrl, Error, Kind, Redactor, Result, default_hint};

/// A provider's answer, read to its end.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct Answer<'a> {
    /// The HTTP status, which is not a redirect.
    pub status: StatusCode,
    /// The headers.
    pub headers: &'a HeaderMap,
    /// The whole body.
    pub body: &'a [u8],
    /// The base URL of the request. Links may be plain http only if it is on this machine.
    pub base: &'a BaseUrl,
    /// Masks the call's secrets and personal values in the provider's text.
    pub redactor: &'a Redactor<'a>,
}

impl<'a> Answer<'a> {
    /// Creates an answer, for tests of an adapter; the engine creates those of real calls.
    #[must_use]
    pub const fn new(
        status: StatusCode,
        headers: &'a HeaderMap,
        body: &'a [u8],
        base: &'a BaseUrl,
        redactor: &'a Redactor<'a>,
    ) -> Self {
        Self {
            status,
            headers,
            body,
            base,
            redactor,
        }
    }

    /// Returns whether the content type is JSON.
    #[must_use]
    pub fn is_json(&self) -> bool {
        let essence = |value: &str| {
            value
                .split(';')
                .next()
                .unwrap_or_default()
                .trim()
                .to_ascii_lowercase()
        };
        self.headers
            .get(header::CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .map(essence)
            .is_some_and(|kind| kind == "application/json" || kind.ends_with("+json"))
    }

    /// Returns the next step after a refusal.
    ///
    /// Without a code of the provider, 404 and 405 may come from a path that does not exist.
    #[must_use]
    pub fn refusal_hint(&self, kind: Kind, has_code: bool) -> Cow<'static, str> {
        match self.status.as_u16() {
            404 | 405 if !has_code => format!(
                "check the path of the base URL `{}`, and the ids: the answer has no code of the provider",
                self.base.as_str()
            )
            .into(),
            _ => default_hint(kind).into(),
        }
    }

    /// Masks the call's secrets and personal values in text of this answer, for an error.
    #[must_use]
    pub fn redact(&self, text: &str) -> String {
        self.redactor.redact(text)
    }

    /// Reads the body as JSON.
    ///
    /// # Errors
    /// [`Kind::Protocol`](crate::Kind::Protocol), with line and column but without the body's text.
    pub fn json<T: Deserialize<'a>>(&self) -> Result<T> {
        // UTF-8 is checked once for the whole body, which is faster than for each text in it.
        let read = match str::from_utf8(self.body) {
            Ok(text) => serde_json::from_str(text),
            Err(_) => serde_json::from_slice(self.body),
        };
        read.map_err(|error| {
            // serde_json's message quotes the value, which may be a link.
            let what = match error.classify() {
                serde_json::error::Category::Data => "is not of the documented shape",
                serde_json::error::Category::Eof => "ends too early",
                serde_json::error::Category::Syntax | serde_json::error::Category::Io => {
                    "is not JSON"
                }
            };
            let place = format!("line {} column {}", error.line(), error.column());
            self.unreadable(&format!("{what} ({place})"))
        })
    }

    /// Creates the error for a success that cannot be decoded.
    #[must_use]
    pub fn unreadable(&self, why: &str) -> Error {
        Error::protocol(format!("the provider's answer {why}"))
            .with_status(self.status)
            .with_hint("the provider may have acted: check there before you repeat the call")
    }
}
