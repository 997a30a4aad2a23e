use portal::config::{Config, ConfigLoader, Source};
use portal::{Error, providers};
use serde_json::json;

use crate::cli::{ConfigArgs, ConfigCommand, ConfigPathArgs, ConfigShowArgs, GlobalArgs};
use crate::client_config::{all_configs, config_loader, load_config};
use crate::errors::CommandError;
use crate::output::{Printer, SettingsView};

pub(crate) fn run(
    global: &GlobalArgs,
    arguments: &ConfigArgs,
    printer: Printer,
) -> Result<(), CommandError> {
    match &arguments.command {
        ConfigCommand::Path(ConfigPathArgs { .. }) => print_path(global, printer),
        ConfigCommand::Show(arguments) => show(global, arguments, printer),
    }
}

fn print_path(global: &GlobalArgs, printer: Printer) -> Result<(), CommandError> {
    let Some(path) = ConfigLoader::path(global.config.as_deref())? else {
        let message =
            "no configuration file is looked for, since the environment names no home folder";
        return Err(Error::configuration("config", message)
            .with_hint("name a file with `--config FILE` or `PORTAL_CONFIG`, or set `HOME`")
            .into());
    };
    let exists = path.exists();
    if printer.json() {
        return printer.object(&json!({ "path": path, "exists": exists }));
    }
    printer.data(&path.display().to_string())?;
    if !exists {
        printer.note("there is no such file yet");
    }
    Ok(())
}

fn show(
    global: &GlobalArgs,
    arguments: &ConfigShowArgs,
    printer: Printer,
) -> Result<(), CommandError> {
    let loader = config_loader(global)?;
    let configs = configs(global, arguments, &loader)?;
    let named_by = arguments
        .provider
        .as_ref()
        .map(|_| Source::Flag("PROVIDER"));
    let views: Vec<_> = configs
        .iter()
        .map(|config| SettingsView::new(config, &loader, named_by.clone()))
        .collect();
    if printer.json() {
        let views: Vec<_> = views.iter().map(SettingsView::to_json).collect();
        return printer.object(&json!({ "providers": views }));
    }
    let texts: Vec<_> = views.iter().map(ToString::to_string).collect();
    printer.data(texts.join("\n").trim_end())
}

fn configs(
    global: &GlobalArgs,
    arguments: &ConfigShowArgs,
    loader: &ConfigLoader,
) -> Result<Vec<Config>, CommandError> {
    if let Some(id) = &arguments.provider {
        return Ok(vec![load_config(global, loader, Some(id))?]);
    }
    let found = all_configs(global, loader)?;
    if !found.is_empty() {
        return Ok(found);
    }
    providers()
        .iter()
        .map(|provider| load_config(global, loader, Some(provider.info.id)))
        .collect()
}
