use std::collections::BTreeMap;
use std::iter;

use portal_core::{Error, Result, redact};

use crate::config::file::entry::Entry;
use crate::config::file::section::{OPTIONS, Section, Settings};
use crate::credentials::command::SecretCommand;
use crate::credentials::secret_file::SecretFile;
use crate::credentials::value_source::ValueSource;
use crate::providers::declaration::Provider;
use crate::providers::providers;
use crate::similar_name::similar_name;

pub(super) const PROFILES: &str = "profiles";

/// Returns the keys that apply to every provider.
fn common_keys() -> impl Iterator<Item = &'static str> {
    iter::once("provider").chain(OPTIONS)
}

/// Decodes the file outside of its profiles.
pub(super) fn outer(entries: &[Entry<'_>]) -> Result<Section> {
    section(entries, true)
}

/// Decodes a profile, which has the same keys but no profiles.
pub(super) fn profile(entries: &[Entry<'_>]) -> Result<Section> {
    section(entries, false)
}

fn section(entries: &[Entry<'_>], is_outer: bool) -> Result<Section> {
    let mut section = Section::default();
    for entry in entries {
        match entry.name {
            "provider" => section.provider = Some(entry.at(entry.provider()?)),
            "timeout" => section.timeout = Some(entry.at(entry.seconds()?)),
            "idle_timeout" => section.idle_timeout = Some(entry.at(entry.seconds_or_zero()?)),
            "max_retries" => section.max_retries = Some(entry.at(entry.count()?)),
            "rate" => section.rate = Some(entry.at(entry.rate()?)),
            "ca" => section.ca = Some(entry.at(entry.path()?)),
            "return_origins" => section.return_origins = Some(entry.at(entry.return_origins()?)),
            // Decoded separately.
            PROFILES if is_outer => {}
            name => match providers().iter().find(|known| known.info.id == name) {
                Some(provider) => {
                    let settings = settings(provider, &entry.table()?)
                        .map_err(|error| error.with_provider(provider.info.id))?;
                    section.providers.push((provider, settings));
                }
                None => return Err(unknown_key(entry, is_outer)),
            },
        }
    }
    Ok(section)
}

fn settings(provider: &'static Provider, entries: &[Entry<'_>]) -> Result<Settings> {
    let mut settings = Settings::new();
    let mut entry_by_name = BTreeMap::new();
    for entry in entries {
        let (name, source) = setting(provider, entry)?;
        if let Some(other) = entry_by_name.insert(name, entry) {
            let why = format!(
                "`{}` and, on line {}, `{}` both set `{name}`",
                entry.name,
                other.line(),
                other.name
            );
            return Err(entry.key_error(name, &why).with_hint("keep one of them"));
        }
        settings.insert(name, entry.at(source));
    }
    Ok(settings)
}

/// Decodes a setting, or the file or command of a secret.
fn setting(provider: &Provider, entry: &Entry<'_>) -> Result<(&'static str, ValueSource)> {
    let settings = provider.settings.iter();
    for setting in settings.clone() {
        if entry.name == setting.name {
            return Ok((setting.name, ValueSource::Literal(entry.text()?.into())));
        }
    }
    for setting in settings.filter(|setting| setting.secret) {
        match entry.name.strip_prefix(setting.name) {
            Some("_file") => {
                let path = entry.path()?;
                let variable = None;
                return Ok((
                    setting.name,
                    ValueSource::File(SecretFile { path, variable }),
                ));
            }
            Some("_command") => {
                let words = entry.words()?;
                let command = SecretCommand::new(words).expect("its words begin with a program");
                return Ok((setting.name, ValueSource::Command(command)));
            }
            _ => {}
        }
    }
    Err(unknown_setting(provider, entry))
}

/// Creates the error for an unknown key.
fn unknown_key(entry: &Entry<'_>, is_outer: bool) -> Error {
    let ids = providers().iter().map(|provider| provider.info.id);
    let known = common_keys().chain(ids);
    let known: Vec<_> = known.chain(is_outer.then_some(PROFILES)).collect();
    let owner = providers().iter().find(|provider| {
        let mut keys = keys(provider);
        keys.any(|key| key == entry.name)
    });
    let hint = match (similar_name(entry.name, known.iter().copied()), owner) {
        _ if entry.name == PROFILES => {
            "write it at the top level: a profile cannot contain profiles".into()
        }
        (_, Some(provider)) => format!(
            "write it in a provider's table, such as `[{}]`",
            provider.info.id
        ),
        (Some(similar), None) => format!("did you mean `{similar}`?"),
        (None, None) => format!("known keys are {}", list(&known)),
    };
    let why = format!("there is no key `{}`", redact_key(entry.name));
    entry.key_error("config", &why).with_hint(hint)
}

fn unknown_setting(provider: &Provider, entry: &Entry<'_>) -> Error {
    let known: Vec<_> = keys(provider).collect();
    let similar = similar_name(entry.name, known.iter().map(String::as_str));
    let hint = match similar {
        _ if common_keys().any(|key| key == entry.name) => {
            "it applies to all providers: write it above the tables, or in a profile".to_owned()
        }
        Some(similar) => format!("did you mean `{similar}`?"),
        None => format!("known keys are {}", list(&known)),
    };
    let why = format!(
        "{} has no setting `{}`",
        provider.info.name,
        redact_key(entry.name)
    );
    entry.key_error("config", &why).with_hint(hint)
}

/// Lists the keys of a provider's table.
fn keys(provider: &Provider) -> impl Iterator<Item = String> {
    provider.settings.iter().flat_map(|setting| {
        let suffixes: &[&str] = match setting.secret {
            true => &["_file", "_command"],
            false => &[],
        };
        let more = suffixes
            .iter()
            .map(|suffix| format!("{}{suffix}", setting.name));
        iter::once(setting.name.to_owned()).chain(more)
    })
}

fn list<T: AsRef<str>>(names: &[T]) -> String {
    let names: Vec<_> = names
        .iter()
        .map(|name| format!("`{}`", name.as_ref()))
        .collect();
    names.join(", ")
}

/// Redacts a key: it may be a secret in the wrong place.
fn redact_key(key: &str) -> String {
    redact(key, &[])
}
