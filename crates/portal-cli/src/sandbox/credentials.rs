use portal::config::{Config, Source};
use portal::{Error, Kind};
use portal_sandbox::SandboxInfo;

use crate::errors::CommandError;

/// Sets the demo credentials of the sandbox at `url`.
pub(crate) fn use_demo_credentials(config: &mut Config, url: &str) -> Result<(), CommandError> {
    set_credentials(config, &SandboxInfo::at(url))
}

/// Returns whether a sandbox emulates a provider.
pub(crate) fn emulates(provider: &str) -> bool {
    SandboxInfo::at("http://127.0.0.1")
        .account(provider)
        .is_some()
}

/// Returns the message about a provider that no sandbox emulates.
pub(crate) fn not_emulated(provider: &str) -> String {
    format!("the sandbox does not emulate `{provider}`")
}

/// Creates a configuration with only a sandbox's demo credentials.
pub(crate) fn demo_config(info: &SandboxInfo, provider: &str) -> Result<Config, CommandError> {
    let mut config = Config::new(provider)?;
    set_credentials(&mut config, info)?;
    Ok(config)
}

fn set_credentials(config: &mut Config, info: &SandboxInfo) -> Result<(), CommandError> {
    let provider = config.provider().info.id;
    let Some(account) = info.account(provider) else {
        return Err(Error::configuration("sandbox", not_emulated(provider))
            .with_hint("leave `--sandbox` out, or name a provider that it emulates")
            .into());
    };
    for (name, value) in account.settings() {
        config.set(name, value.as_str())?;
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
            Sandbox::Database { .. }
            | Sandbox::DatabaseInUse { .. }
            | Sandbox::ForeignDatabase { .. }
            | Sandbox::OtherSeed { .. } => refused.with_field("db"),
            Sandbox::SeedFile { .. } | Sandbox::Seed { .. } => refused.with_field("seed"),
            _ => refused,
        };
        Self::Error(match error.source() {
            Some(cause) => refused.with_source(std::io::Error::other(cause.to_string())),
            None => refused,
        })
    }
}
