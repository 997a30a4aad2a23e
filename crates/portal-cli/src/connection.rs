use portal::{Client, Config, Error, Roots, providers};
use portal_sandbox::Ready;
use serde_json::Value;

use crate::cli::Global;
use crate::failure::Failure;

/// Connects to the provider that the flags and the environment name.
pub(crate) fn connect(global: &Global, provider: Option<&str>) -> Result<Client, Failure> {
    Ok(configured(global, provider)?.client()?)
}

/// Configures the provider that the flags and the environment name.
pub(crate) fn configured(global: &Global, provider: Option<&str>) -> Result<Config, Failure> {
    let mut config = match &global.sandbox {
        Some(url) => sandbox(&Ready::at(url), named(provider)?)?,
        None => match provider {
            Some(id) => Config::from_env(id)?,
            None => only_configured()?,
        },
    };
    if let Some(url) = &global.base_url {
        config.set("base_url", url.as_str())?;
    }
    config.options.timeout = global.timeout;
    config.options.retry.max_retries = global.max_retries;
    if let Some(path) = &global.ca {
        config.options.extra_roots = Roots::from_pem_file(path)?;
    }
    Ok(config)
}

/// Configures a provider with a sandbox's credentials, and with nothing of the environment's.
pub(crate) fn sandbox(ready: &Ready, provider: &str) -> Result<Config, Failure> {
    let mut config = Config::new(provider)?;
    let ready = serde_json::to_value(ready)
        .map_err(|error| Failure::internal("the sandbox's credentials cannot be read", &error))?;
    for (name, value) in ready
        .get(provider)
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
    {
        config.set(name, value.as_str().unwrap_or_default())?;
    }
    Ok(config)
}

/// Takes the one provider whose credentials the environment holds.
fn only_configured() -> Result<Config, Failure> {
    let configs: Result<Vec<_>, Error> = providers()
        .iter()
        .map(|provider| Config::from_env(provider.info.id))
        .collect();
    let mut complete = configs?.into_iter().filter(Config::is_complete);
    match (complete.next(), complete.next()) {
        (Some(config), None) => Ok(config),
        _ => Err(unnamed()),
    }
}

fn named(provider: Option<&str>) -> Result<&str, Failure> {
    provider.ok_or_else(unnamed)
}

fn unnamed() -> Failure {
    let known: Vec<_> = providers()
        .iter()
        .map(|provider| format!("`{}`", provider.info.id))
        .collect();
    let hint = format!(
        "name one, as in `portal link {}`, or set `PORTAL_PROVIDER`; known are {}",
        providers()[0].info.id,
        known.join(", ")
    );
    Error::configuration("provider", "no provider is named")
        .with_hint(hint)
        .into()
}
