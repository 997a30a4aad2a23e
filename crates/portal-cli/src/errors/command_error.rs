use std::error::Error as StdError;
use std::time::Duration;

use portal::{Delivery, Error};
use serde_json::json;

/// The reason why a command failed.
#[derive(Debug)]
pub(crate) enum CommandError {
    /// An error in a call to a provider, its arguments or its configuration.
    Error(Error),
    /// An error of this machine, such as a file that cannot be written.
    Internal { message: String, cause: String },
    /// stdout is closed, so the data cannot be printed.
    ClosedStdout,
    /// The user pressed Ctrl-C.
    Interrupted,
}

impl CommandError {
    pub(crate) fn internal(message: impl Into<String>, cause: &dyn StdError) -> Self {
        Self::Internal {
            message: message.into(),
            cause: cause.to_string(),
        }
    }

    pub(crate) fn message(&self) -> &str {
        match self {
            Self::Error(error) => error.message(),
            Self::ClosedStdout => "stdout is closed, so the link would be lost; nothing was sent",
            Self::Internal { message, .. } => message,
            Self::Interrupted => "interrupted",
        }
    }

    pub(crate) fn cause(&self) -> Option<String> {
        match self {
            Self::Error(error) => error.source().map(ToString::to_string),
            Self::Internal { cause, .. } => Some(cause.clone()),
            Self::ClosedStdout | Self::Interrupted => None,
        }
    }

    pub(crate) fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Error(error) => error.retry_after(),
            Self::Internal { .. } | Self::ClosedStdout | Self::Interrupted => None,
        }
    }

    pub(crate) fn hint(&self) -> Option<&str> {
        match self {
            Self::Error(error) => error.hint(),
            Self::ClosedStdout => Some(
                "send stdout to a file or a pipe; `> /dev/null` discards the link, but Python's `DEVNULL` counts as closed",
            ),
            Self::Internal { .. } | Self::Interrupted => None,
        }
    }

    fn delivery(&self) -> Delivery {
        match self {
            Self::Error(error) => error.delivery(),
            Self::ClosedStdout => Delivery::NotSent,
            Self::Internal { .. } | Self::Interrupted => Delivery::Unknown,
        }
    }

    /// Returns the object that `--json` prints to stderr.
    pub(crate) fn to_json(&self) -> String {
        let kind = match self {
            // Serialized directly, because a `Value` would not keep the documented order of keys.
            Self::Error(error) => return format!(r#"{{"error":{}}}"#, to_json_text(error)),
            Self::Internal { .. } | Self::ClosedStdout => "internal",
            Self::Interrupted => "interrupted",
        };
        let error = json!({
            "kind": kind, "message": self.message(), "provider": null, "status": null, "provider_code": null,
            "field": null, "delivery": self.delivery().as_str(), "retryable": false, "retry_after": null,
            "attempts": 0, "hint": self.hint(),
        });
        json!({ "error": error }).to_string()
    }
}

fn to_json_text(error: &Error) -> String {
    serde_json::to_string(error).expect("an error holds only text and numbers")
}

impl From<Error> for CommandError {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

impl From<portal_bulk::BulkError> for CommandError {
    fn from(failure: portal_bulk::BulkError) -> Self {
        match failure {
            portal_bulk::BulkError::Refused(error) => Self::Error(error),
            portal_bulk::BulkError::File { what, cause } => Self::internal(what, &cause),
            other => Self::internal("the run failed", &other),
        }
    }
}
