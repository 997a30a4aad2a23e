use portal::config::{Config, Source};
use portal::{Error, Kind};
use portal_sandbox::Ready;
use serde_json::Value;

use crate::errors::CommandError;

/// Sets the demo credentials of the sandbox at `url`.
pub(crate) fn use_demo_credentials(config: &mut Config, url: &str) -> Result<(), CommandError> {
    set_credentials(config, &Ready::at(url))
}

/// Creates a configuration with only a sandbox's demo credentials.
pub(crate) fn demo_config(ready: &Ready, provider: &str) -> Result<Config, CommandError> {
    let mut config = Config::new(provider)?;
    set_credentials(&mut config, ready)?;
    Ok(config)
}

fn set_credentials(config: &mut Config, ready: &Ready) -> Result<(), CommandError> {
    let ready = serde_json::to_value(ready).map_err(|error| {
        CommandError::internal("the sandbox's credentials cannot be read", &error)
    })?;
    let settings = ready.get(config.provider().info.id);
    for (name, value) in settings.and_then(Value::as_object).into_iter().flatten() {
        config.set(name, value.as_str().unwrap_or_default())?;
        config.set_source(name, Source::Flag("--sandbox"))?;
    }
    Ok(())
}

impl From<portal_sandbox::Error> for CommandError {
    fn from(error: portal_sandbox::Error) -> Self {
        use std::error::Error as _;

        use portal_sandbox::Error as Sandbox;
        let hint = match &error {
            Sandbox::NotLoopback { .. } => {
                "listen on `127.0.0.1`, or add `--allow-non-loopback` to let other machines use it"
            }
            _ => error.hint(),
        };
        let refused = Error::not_sent(Kind::Configuration, error.message()).with_hint(hint);
        let refused = match &error {
            Sandbox::NotLoopback { .. } | Sandbox::AddressInUse { .. } | Sandbox::Listen { .. } => {
                refused.with_field("listen")
            }
            Sandbox::Database { .. } | Sandbox::ForeignDatabase { .. } => refused.with_field("db"),
            _ => refused,
        };
        Self::Error(match error.source() {
            Some(cause) => refused.with_source(std::io::Error::other(cause.to_string())),
            None => refused,
        })
    }
}
