use std::error::Error as StdError;

use portal::{Delivery, Error, Kind};
use serde_json::{Value, json};

/// Why a command did not do what it was asked.
#[derive(Debug)]
pub(crate) enum Failure {
    /// A call to a provider, its arguments or its configuration.
    Error(Error),
    /// This machine does not let the command do its work.
    Internal { message: String, cause: String },
    /// The user pressed Ctrl-C.
    Interrupted,
}

impl Failure {
    pub(crate) fn internal(message: impl Into<String>, cause: &dyn StdError) -> Self {
        Self::Internal {
            message: message.into(),
            cause: cause.to_string(),
        }
    }

    pub(crate) fn from_arguments(error: &clap::Error) -> Self {
        let text = error.render().to_string();
        let first = text.lines().next().unwrap_or_default();
        let message = first.strip_prefix("error: ").unwrap_or(first).to_owned();
        Self::Error(
            Error::not_sent(Kind::Invalid, message)
                .with_hint("`portal --help` lists commands and flags"),
        )
    }

    pub(crate) fn message(&self) -> &str {
        match self {
            Self::Error(error) => error.message(),
            Self::Internal { message, .. } => message,
            Self::Interrupted => "interrupted",
        }
    }

    pub(crate) fn cause(&self) -> Option<String> {
        match self {
            Self::Error(error) => error.source().map(ToString::to_string),
            Self::Internal { cause, .. } => Some(cause.clone()),
            Self::Interrupted => None,
        }
    }

    pub(crate) fn hint(&self) -> Option<&str> {
        match self {
            Self::Error(error) => error.hint(),
            Self::Internal { .. } | Self::Interrupted => None,
        }
    }

    /// Returns the object that `--json` prints on stderr.
    pub(crate) fn to_json(&self) -> Value {
        let kind = match self {
            Self::Error(error) => return json!({ "error": error }),
            Self::Internal { .. } => "internal",
            Self::Interrupted => "interrupted",
        };
        json!({ "error": {
            "kind": kind, "message": self.message(), "provider": null, "status": null, "provider_code": null,
            "field": null, "delivery": Delivery::Unknown.as_str(), "retryable": false, "retry_after": null,
            "attempts": 0, "hint": null,
        }})
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

impl From<portal_sandbox::Error> for Failure {
    fn from(error: portal_sandbox::Error) -> Self {
        let told = Error::not_sent(Kind::Configuration, error.message()).with_hint(error.hint());
        Self::Error(match error.source() {
            Some(cause) => told.with_source(std::io::Error::other(cause.to_string())),
            None => told,
        })
    }
}
