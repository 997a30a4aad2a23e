//! What of the command line knows the sandbox, and what is said in a build without it.

#[cfg(feature = "sandbox")]
mod here {
    use portal::config::{Config, Source};
    use portal::{Error, Kind};
    use portal_sandbox::Ready;
    use serde_json::Value;

    use crate::errors::CommandError;

    /// Configures a provider with the demo credentials of a sandbox that runs at `url`.
    pub(crate) fn use_demo_credentials(config: &mut Config, url: &str) -> Result<(), CommandError> {
        fill(config, &Ready::at(url))
    }

    /// Configures a provider with a sandbox's credentials, and with nothing else.
    pub(crate) fn demo_config(ready: &Ready, provider: &str) -> Result<Config, CommandError> {
        let mut config = Config::new(provider)?;
        fill(&mut config, ready)?;
        Ok(config)
    }

    fn fill(config: &mut Config, ready: &Ready) -> Result<(), CommandError> {
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
                    "listen on `127.0.0.1`, or add `--allow-non-loopback` to let everybody there use it"
                }
                _ => error.hint(),
            };
            let told = Error::not_sent(Kind::Configuration, error.message()).with_hint(hint);
            let told = match &error {
                Sandbox::NotLoopback { .. }
                | Sandbox::AddressInUse { .. }
                | Sandbox::Listen { .. } => told.with_field("listen"),
                Sandbox::Database { .. } | Sandbox::ForeignDatabase { .. } => told.with_field("db"),
                _ => told,
            };
            Self::Error(match error.source() {
                Some(cause) => told.with_source(std::io::Error::other(cause.to_string())),
                None => told,
            })
        }
    }
}

#[cfg(not(feature = "sandbox"))]
mod here {
    use portal::Error;
    use portal::config::Config;

    use crate::errors::CommandError;

    /// Refuses: the demo credentials are the sandbox's.
    pub(crate) fn use_demo_credentials(
        _config: &mut Config,
        _url: &str,
    ) -> Result<(), CommandError> {
        let message = "this build has no sandbox, so it has no credentials for `--sandbox`";
        let hint = "set the provider's variables and `--base-url`, or use a build with cargo's feature `sandbox`";
        Err(Error::configuration("sandbox", message)
            .with_hint(hint)
            .into())
    }
}

#[cfg(feature = "sandbox")]
pub(crate) use here::demo_config;
pub(crate) use here::use_demo_credentials;
