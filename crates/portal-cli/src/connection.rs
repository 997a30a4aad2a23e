use portal::config::{Config, ConfigLoader, Source};
use portal::{Client, Error, providers};

use crate::cli::Global;
use crate::failure::Failure;
use crate::sandboxed;

/// Connects to the provider that the flags and the layers of configuration name.
pub(crate) fn connect(global: &Global, provider: Option<&str>) -> Result<Client, Failure> {
    Ok(configure(global, &layers(global)?, provider)?.client()?)
}

/// Reads the configuration's layers below the flags.
pub(crate) fn layers(global: &Global) -> Result<ConfigLoader, Error> {
    ConfigLoader::with(global.config.as_deref(), global.profile.as_deref())
}

/// Puts the flags over the layers, for the provider that is named or else the one there can be.
pub(crate) fn configure(
    global: &Global,
    layers: &ConfigLoader,
    provider: Option<&str>,
) -> Result<Config, Failure> {
    let named = match provider {
        Some(id) => Some(id.to_owned()),
        None => layers.provider()?.map(|(id, _)| id),
    };
    let mut config = match (&global.sandbox, named) {
        (Some(url), id) => {
            let mut config = layers.options_only(&id.ok_or_else(unnamed)?)?;
            sandboxed::take(&mut config, url)?;
            config
        }
        (None, Some(id)) => layers.config(&id)?,
        (None, None) => only_complete(layers)?,
    };
    if let Some(url) = &global.base_url {
        config.set("base_url", url.as_str())?;
        config.set_source("base_url", Source::Flag("--base-url"))?;
    }
    if let Some(time) = global.timeout {
        config.set_timeout(time);
        config.set_source("timeout", Source::Flag("--timeout"))?;
    }
    if let Some(retries) = global.max_retries {
        config.set_max_retries(retries);
        config.set_source("max_retries", Source::Flag("--max-retries"))?;
    }
    if let Some(path) = &global.ca {
        config.set_ca_file(path);
        config.set_source("ca", Source::Flag("--ca"))?;
    }
    Ok(config)
}

/// Takes the one provider that is told all it needs.
fn only_complete(layers: &ConfigLoader) -> Result<Config, Failure> {
    let mut complete = layers.complete()?.into_iter();
    match (complete.next(), complete.next()) {
        (Some(config), None) => Ok(config),
        _ => Err(unnamed()),
    }
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
