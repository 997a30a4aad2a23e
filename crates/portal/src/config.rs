use std::collections::BTreeMap;
use std::env::VarError;
use std::fs;

use portal_core::{Error, Result, Secret};
use portal_http::{Client, Options};

use crate::providers::{Provider, Setting, provider};

/// What connects to one provider: its settings by name, and how patient to be.
///
/// ```
/// use portal::Config;
///
/// let mut config = Config::new("kwik")?;
/// config.set("api_key", "key")?;
/// config.set("api_secret", "secret")?;
/// let client = config.client()?;
/// # Ok::<(), portal::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Config {
    provider: &'static Provider,
    values: BTreeMap<&'static str, Secret>,
    /// How the provider is reached and how long it is waited for.
    pub options: Options,
}

impl Config {
    /// Begins a configuration in which nothing is set.
    ///
    /// # Errors
    /// [`Kind::Configuration`](portal_core::Kind::Configuration) for a provider that is not known.
    pub fn new(id: &str) -> Result<Self> {
        Ok(Self {
            provider: provider(id)?,
            values: BTreeMap::new(),
            options: Options::default(),
        })
    }

    /// Reads the provider's variables from the environment; an empty one counts as not set.
    ///
    /// # Errors
    /// [`Kind::Configuration`](portal_core::Kind::Configuration) for a provider that is not known,
    /// a file that cannot be read, and a secret that is set both ways.
    pub fn from_env(id: &str) -> Result<Self> {
        Self::from_variables(id, |name| std::env::var(name))
    }

    /// Reads the provider's variables from wherever `read` takes them.
    ///
    /// # Errors
    /// As [`from_env`](Config::from_env).
    pub fn from_variables(
        id: &str,
        read: impl Fn(&str) -> Result<String, VarError>,
    ) -> Result<Self> {
        let mut config = Self::new(id)?;
        for setting in config.provider.settings {
            if let Some(value) = from_variables(setting, &read)
                .map_err(|error| error.with_provider(config.provider.info.id))?
            {
                config.values.insert(setting.name, value);
            }
        }
        Ok(config)
    }

    /// Sets one of the provider's settings, over what was there.
    ///
    /// # Errors
    /// [`Kind::Configuration`](portal_core::Kind::Configuration) for a setting that the provider
    /// does not have.
    pub fn set(&mut self, name: &str, value: impl Into<Secret>) -> Result<()> {
        let Some(setting) = self
            .provider
            .settings
            .iter()
            .find(|setting| setting.name == name)
        else {
            let known: Vec<_> = self
                .provider
                .settings
                .iter()
                .map(|setting| format!("`{}`", setting.name))
                .collect();
            return Err(self
                .refuse(
                    name.to_owned(),
                    format!("{} has no setting `{name}`", self.provider.info.name),
                )
                .with_hint(format!("use {}", known.join(", "))));
        };
        self.values.insert(setting.name, value.into());
        Ok(())
    }

    /// Returns the provider that this is about.
    #[must_use]
    pub fn provider(&self) -> &'static Provider {
        self.provider
    }

    /// Says whether every setting that the provider requires has a value.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.provider
            .settings
            .iter()
            .all(|setting| !setting.required || self.values.contains_key(setting.name))
    }

    /// Makes the client; nothing is sent yet.
    ///
    /// # Errors
    /// [`Kind::Configuration`](portal_core::Kind::Configuration), with the setting that is missing
    /// or malformed.
    pub fn client(&self) -> Result<Client> {
        let mut options = self.options.clone();
        if let Some(base) = self.values.get("base_url") {
            let base = base
                .expose()
                .parse()
                .map_err(|error: Error| error.with_provider(self.provider.info.id))?;
            options.base_url = Some(base);
        }
        (self.provider.client)(self, options)
            .map_err(|error| error.with_provider(self.provider.info.id))
    }

    /// Returns a setting that there is no connection without.
    #[cfg(any(feature = "kwik", feature = "onlineapp"))]
    pub(crate) fn required(&self, name: &'static str) -> Result<Secret> {
        if let Some(value) = self.values.get(name) {
            return Ok(value.clone());
        }
        let variables = self
            .provider
            .settings
            .iter()
            .find(|setting| setting.name == name)
            .map(|setting| match setting.secret {
                true => format!(
                    "set `{0}`, or `{0}_FILE` to a file that holds it",
                    setting.variable
                ),
                false => format!("set `{}`", setting.variable),
            });
        let error = self.refuse(
            name,
            format!(
                "{} needs `{name}`, and it is not set",
                self.provider.info.name
            ),
        );
        Err(error.with_hint(variables.unwrap_or_default()))
    }

    fn refuse(&self, field: impl Into<std::borrow::Cow<'static, str>>, message: String) -> Error {
        Error::configuration(field, message).with_provider(self.provider.info.id)
    }
}

fn from_variables(
    setting: &Setting,
    read: impl Fn(&str) -> Result<String, VarError>,
) -> Result<Option<Secret>> {
    let refuse = |message: String, hint: &'static str| {
        Err(Error::configuration(setting.name, message).with_hint(hint))
    };
    let variable = |name: &str| match read(name) {
        Ok(value) if value.is_empty() => Ok(None),
        Ok(value) => Ok(Some(Secret::from(value))),
        Err(VarError::NotPresent) => Ok(None),
        Err(VarError::NotUnicode(_)) => {
            refuse(format!("`{name}` is not UTF-8"), "set it again, as text")
        }
    };
    let direct = variable(setting.variable)?;
    if !setting.secret {
        return Ok(direct);
    }
    let name = format!("{}_FILE", setting.variable);
    match (direct, variable(&name)?) {
        (Some(_), Some(_)) => refuse(
            format!("`{}` and `{name}` are both set", setting.variable),
            "keep one of them",
        ),
        (Some(value), None) => Ok(Some(value)),
        (None, None) => Ok(None),
        (None, Some(path)) => match fs::read_to_string(path.expose()) {
            Ok(text) => Ok(Some(Secret::from(text.trim_end_matches(['\r', '\n'])))),
            Err(error) => refuse(
                format!("the file that `{name}` names cannot be read: {error}"),
                "check the path and its permissions",
            ),
        },
    }
}
