use std::collections::BTreeMap;
use std::iter;

use portal_core::{Error, Result, redact};

use super::entry::Entry;
use super::layer::{Layer, Settings};
use crate::command::SecretCommand;
use crate::origin::Origin;
use crate::providers::{Provider, providers};
use crate::secret_file::SecretFile;
use crate::suggestion::suggestion;

/// What is said of every provider alike.
const GENERAL: [&str; 6] = [
    "provider",
    "timeout",
    "max_retries",
    "rate",
    "ca",
    "return_origins",
];

pub(super) const PROFILES: &str = "profiles";

/// Reads the file outside of its profiles.
pub(super) fn outer(entries: &[Entry<'_>]) -> Result<Layer> {
    layer(entries, true)
}

/// Reads a profile, which has the same shape and no profiles.
pub(super) fn profile(entries: &[Entry<'_>]) -> Result<Layer> {
    layer(entries, false)
}

fn layer(entries: &[Entry<'_>], outer: bool) -> Result<Layer> {
    let mut layer = Layer::default();
    for entry in entries {
        match entry.name {
            "provider" => layer.provider = Some(entry.at(entry.provider()?)),
            "timeout" => layer.timeout = Some(entry.at(entry.seconds()?)),
            "max_retries" => layer.max_retries = Some(entry.at(entry.count()?)),
            "rate" => layer.rate = Some(entry.at(entry.rate()?)),
            "ca" => layer.ca = Some(entry.at(entry.path()?)),
            "return_origins" => layer.return_origins = Some(entry.at(entry.return_origins()?)),
            // Read by itself.
            PROFILES if outer => {}
            name => match providers().iter().find(|known| known.info.id == name) {
                Some(provider) => {
                    let settings = settings(provider, &entry.table()?)
                        .map_err(|error| error.with_provider(provider.info.id))?;
                    layer.settings.insert(provider.info.id, settings);
                }
                None => return Err(unknown(entry, outer)),
            },
        }
    }
    Ok(layer)
}

fn settings(provider: &'static Provider, entries: &[Entry<'_>]) -> Result<Settings> {
    let mut settings = Settings::new();
    let mut ways = BTreeMap::new();
    for entry in entries {
        let (name, origin) = setting(provider, entry)?;
        if let Some(other) = ways.insert(name, entry) {
            let why = format!(
                "`{}` and, on line {}, `{}` both set `{name}`",
                entry.name,
                other.line(),
                other.name
            );
            return Err(entry.refuse_key(name, &why).with_hint("keep one of them"));
        }
        settings.insert(name, entry.at(origin));
    }
    Ok(settings)
}

/// Reads a setting, or one of the ways to set a secret from elsewhere.
fn setting(provider: &Provider, entry: &Entry<'_>) -> Result<(&'static str, Origin)> {
    let settings = provider.settings.iter();
    for setting in settings.clone() {
        if entry.name == setting.name {
            return Ok((setting.name, Origin::Given(entry.text()?.into())));
        }
    }
    for setting in settings.filter(|setting| setting.secret) {
        match entry.name.strip_prefix(setting.name) {
            Some("_file") => {
                let path = entry.path()?;
                let variable = None;
                return Ok((setting.name, Origin::File(SecretFile { path, variable })));
            }
            Some("_command") => {
                let words = entry.words()?;
                let command = SecretCommand::new(words).expect("its words begin with a program");
                return Ok((setting.name, Origin::Command(command)));
            }
            _ => {}
        }
    }
    Err(unknown_setting(provider, entry))
}

/// Makes the error for a key that means nothing where it stands.
fn unknown(entry: &Entry<'_>, outer: bool) -> Error {
    let ids = providers().iter().map(|provider| provider.info.id);
    let known = GENERAL.into_iter().chain(ids);
    let known: Vec<_> = known.chain(outer.then_some(PROFILES)).collect();
    let owner = providers().iter().find(|provider| {
        let mut keys = keys(provider);
        keys.any(|key| key == entry.name)
    });
    let hint = match (suggestion(entry.name, known.iter().copied()), owner) {
        _ if entry.name == PROFILES => {
            "write it above, beside this one: no profile holds another".into()
        }
        (_, Some(provider)) => format!(
            "write it in a provider's table, such as `[{}]`",
            provider.info.id
        ),
        (Some(meant), None) => format!("did you mean `{meant}`?"),
        (None, None) => format!("known here are {}", listed(&known)),
    };
    let why = format!("there is no key `{}`", shown(entry.name));
    entry.refuse_key("config", &why).with_hint(hint)
}

fn unknown_setting(provider: &Provider, entry: &Entry<'_>) -> Error {
    let known: Vec<_> = keys(provider).collect();
    let meant = suggestion(entry.name, known.iter().map(String::as_str));
    let hint = match meant {
        _ if GENERAL.contains(&entry.name) => {
            "it is said of all providers: write it above the tables, or in a profile".to_owned()
        }
        Some(meant) => format!("did you mean `{meant}`?"),
        None => format!("known here are {}", listed(&known)),
    };
    let why = format!(
        "{} has no setting `{}`",
        provider.info.name,
        shown(entry.name)
    );
    entry.refuse_key("config", &why).with_hint(hint)
}

/// Lists all that may stand in a provider's table.
fn keys(provider: &Provider) -> impl Iterator<Item = String> {
    provider.settings.iter().flat_map(|setting| {
        let ways: &[&str] = match setting.secret {
            true => &["_file", "_command"],
            false => &[],
        };
        let more = ways.iter().map(|way| format!("{}{way}", setting.name));
        iter::once(setting.name.to_owned()).chain(more)
    })
}

fn listed<T: AsRef<str>>(names: &[T]) -> String {
    let names: Vec<_> = names
        .iter()
        .map(|name| format!("`{}`", name.as_ref()))
        .collect();
    names.join(", ")
}

/// Shows a key: somebody may have written anything in its place.
fn shown(key: &str) -> String {
    redact(key, &[])
}
