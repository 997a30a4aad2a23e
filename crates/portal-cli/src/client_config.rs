use portal::config::{Config, ConfigLoader, Options, Source};
use portal::{Error, providers};

use crate::cli::GlobalArgs;
use crate::errors::CommandError;
use crate::sandbox;

/// Loads the configuration that the flags can override.
pub(crate) fn config_loader(global: &GlobalArgs) -> Result<ConfigLoader, Error> {
    let loader = ConfigLoader::within(
        global.config.as_deref(),
        global.profile.as_deref(),
        global.timeout.unwrap_or(Options::default().timeout),
    )?;
    if let Some(error) = loader.unreadable_file() {
        tracing::warn!("{}", error.message());
    }
    Ok(loader)
}

/// Applies the flags to the configuration of the named provider, or of the only one configured.
pub(crate) fn load_config(
    global: &GlobalArgs,
    loader: &ConfigLoader,
    provider: Option<&str>,
) -> Result<Config, CommandError> {
    let named = match provider {
        Some(id) => Some(id.to_owned()),
        None => loader.provider()?.map(|(id, _)| id),
    };
    let mut config = match (&global.sandbox, named) {
        (Some(url), id) => {
            let mut config = loader.options_only(&id.ok_or_else(no_provider_named)?)?;
            sandbox::use_demo_credentials(&mut config, url)?;
            config
        }
        (None, Some(id)) => loader.config(&id)?,
        (None, None) => only_configured(loader)?,
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

/// Loads the configuration of every provider that has a setting, or of all that the sandbox emulates.
pub(crate) fn all_configs(
    global: &GlobalArgs,
    loader: &ConfigLoader,
) -> Result<Vec<Config>, CommandError> {
    let ids: Vec<_> = match &global.sandbox {
        Some(_) => providers()
            .iter()
            .map(|provider| provider.info.id)
            .filter(|id| sandbox::emulates(id))
            .collect(),
        None => {
            let found = loader.configured()?;
            found
                .iter()
                .map(|config| config.provider().info.id)
                .collect()
        }
    };
    let load = |id| load_config(global, loader, Some(id));
    ids.into_iter().map(load).collect()
}

/// Returns the only provider that is fully configured.
fn only_configured(loader: &ConfigLoader) -> Result<Config, CommandError> {
    let mut complete = loader.complete()?.into_iter();
    match (complete.next(), complete.next()) {
        (Some(config), None) => Ok(config),
        _ => Err(nothing_configured(loader)),
    }
}

/// Creates the error for a command without a provider. It mentions the default file if that cannot be read.
pub(crate) fn nothing_configured(loader: &ConfigLoader) -> CommandError {
    match loader.unreadable_file() {
        Some(error) => error.clone().into(),
        None => no_provider_named(),
    }
}

fn no_provider_named() -> CommandError {
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
