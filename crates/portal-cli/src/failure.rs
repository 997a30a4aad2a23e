use std::error::Error as StdError;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use portal::{Delivery, Error, Field, Kind};
use serde_json::json;

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

    pub(crate) fn from_arguments(error: clap::Error) -> Self {
        let field = field(&error);
        let text = masked(error).render().to_string();
        let first = text.lines().next().unwrap_or_default();
        let told = first.strip_prefix("error: ").unwrap_or(first);
        let (message, hint) = told
            .split_once("; hint: ")
            .unwrap_or((told, "`portal --help` lists commands and flags"));
        let error = Error::not_sent(Kind::Invalid, message.to_owned()).with_hint(hint.to_owned());
        Self::Error(match field {
            Some(field) => error.with_field(field),
            None => error,
        })
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
    pub(crate) fn to_json(&self) -> String {
        let kind = match self {
            // In the order in which it is documented, which a `Value` does not keep.
            Self::Error(error) => return format!(r#"{{"error":{}}}"#, json_text(error)),
            Self::Internal { .. } => "internal",
            Self::Interrupted => "interrupted",
        };
        let error = json!({
            "kind": kind, "message": self.message(), "provider": null, "status": null, "provider_code": null,
            "field": null, "delivery": Delivery::Unknown.as_str(), "retryable": false, "retry_after": null,
            "attempts": 0, "hint": null,
        });
        json!({ "error": error }).to_string()
    }
}

fn json_text(error: &Error) -> String {
    serde_json::to_string(error).expect("an error is plain texts and numbers")
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

impl From<portal_bulk::Failure> for Failure {
    fn from(failure: portal_bulk::Failure) -> Self {
        match failure {
            portal_bulk::Failure::Refused(error) => Self::Error(error),
            portal_bulk::Failure::File { what, cause } => Self::internal(what, &cause),
        }
    }
}

impl From<portal_sandbox::Error> for Failure {
    fn from(error: portal_sandbox::Error) -> Self {
        use portal_sandbox::Error as Sandbox;
        let hint = match &error {
            Sandbox::NotLoopback { .. } => {
                "listen on `127.0.0.1`, or add `--allow-non-loopback` to let everybody there use it"
            }
            _ => error.hint(),
        };
        let told = Error::not_sent(Kind::Configuration, error.message()).with_hint(hint);
        let told = match &error {
            Sandbox::NotLoopback { .. } | Sandbox::AddressInUse { .. } | Sandbox::Listen { .. } => {
                told.with_field("listen")
            }
            Sandbox::Database { .. } | Sandbox::ForeignDatabase { .. } => told.with_field("db"),
            _ => told,
        };
        Self::Error(match error.source() {
            Some(cause) => told.with_source(std::io::Error::other(cause.to_string())),
            None => told,
        })
    }
}

/// Masks what may be personal or secret in refused arguments: e-mail addresses and URLs.
pub(crate) fn masked(mut error: clap::Error) -> clap::Error {
    let given = [
        ContextKind::InvalidArg,
        ContextKind::InvalidSubcommand,
        ContextKind::InvalidValue,
    ];
    for kind in given {
        if let Some(ContextValue::String(text)) = error.get(kind)
            && ["@", "://"].iter().any(|mark| text.contains(mark))
        {
            error.insert(kind, ContextValue::String("***".to_owned()));
        }
    }
    error
}

/// Names what a flag with a bad value is about, in the request's own words where it has one.
fn field(error: &clap::Error) -> Option<String> {
    if error.kind() == ErrorKind::UnknownArgument {
        return None;
    }
    let ContextValue::String(flag) = error.get(ContextKind::InvalidArg)? else {
        return None;
    };
    let name = flag.strip_prefix("--")?.split(['[', '=', ' ']).next()?;
    Some(match name {
        "customer" => Field::CustomerId.to_string(),
        "subscription" => Field::SubscriptionId.to_string(),
        "product" => Field::Products.to_string(),
        "meta" | "meta-json" => Field::Metadata.to_string(),
        name => name.replace('-', "_"),
    })
}
