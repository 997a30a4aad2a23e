use std::fmt;
use std::path::Path;

use anstyle::Style;
use portal::Error;
use portal::adapter::ProviderInfo;
use portal::config::{Config, ConfigFile, ConfigLoader, EffectiveSetting, Source};
use serde_json::json;

const DIM: Style = Style::new().dimmed();

/// The effective settings of a provider with their sources, as text by `Display` or as JSON.
pub(crate) struct SettingsView<'a> {
    info: &'static ProviderInfo,
    /// The source of the provider's name, if it was named.
    named_by: Option<Source>,
    profile: Option<&'a str>,
    file: Option<&'a Path>,
    values: Vec<EffectiveSetting>,
}

impl<'a> SettingsView<'a> {
    /// Collects the settings of a configuration that `loader` loaded.
    pub(crate) fn new(config: &Config, loader: &'a ConfigLoader, named_by: Option<Source>) -> Self {
        Self {
            info: config.provider().info,
            named_by,
            profile: loader.profile(),
            file: loader.file().map(ConfigFile::path),
            values: config.effective_settings(),
        }
    }

    pub(crate) fn to_json(&self) -> serde_json::Value {
        let values = self.values.iter().map(|value| {
            json!({ "name": value.name, "value": value.value, "source": source(&value.source) })
        });
        let named_by = self.named_by.clone().unwrap_or_default();
        json!({
            "provider": { "id": self.info.id, "source": source(&named_by) },
            "profile": self.profile,
            "config": self.file,
            "values": values.collect::<Vec<_>>(),
        })
    }
}

/// Returns the source of a provider's name: an argument, or else the environment or the file.
pub(crate) fn named_by(is_argument: bool, loader: &ConfigLoader) -> Result<Option<Source>, Error> {
    match is_argument {
        true => Ok(Some(Source::Flag("PROVIDER"))),
        false => Ok(loader.provider()?.map(|(_, source)| source)),
    }
}

/// Returns the source of a setting as an object; keys that do not apply are `null`.
fn source(source: &Source) -> serde_json::Value {
    let (name, path, line) = match source {
        Source::File { path, line } => (None, Some(path), Some(line)),
        Source::Profile { name, path, line } => (Some(name.as_str()), Some(path), Some(line)),
        Source::Variable(name) => (Some(name.as_str()), None, None),
        Source::Flag(name) => (Some(*name), None, None),
        _ => (None, None, None),
    };
    json!({ "layer": source.as_str(), "name": name, "path": path, "line": line })
}

impl fmt::Display for SettingsView<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} ({})", self.info.id, self.info.name)?;
        let texts = self.values.iter().map(|value| value.value.as_deref());
        let width = texts.flatten().map(|text| text.chars().count()).max();
        let width = width.unwrap_or_default().min(32);
        let mut value = |name: &str, text: Option<&str>, source: &Source| match text {
            Some(text) => writeln!(f, "  {name:<14} {text:<width$}  {DIM}{source}{DIM:#}"),
            None => writeln!(f, "  {name:<14} {DIM}not set{DIM:#}"),
        };
        if let Some(named_by) = &self.named_by {
            value("provider", Some(self.info.id), named_by)?;
        }
        for setting in &self.values {
            value(setting.name, setting.value.as_deref(), &setting.source)?;
        }
        Ok(())
    }
}
