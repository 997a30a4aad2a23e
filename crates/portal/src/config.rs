use std::collections::BTreeMap;
use std::env::VarError;
use std::path::Path;
use std::{fs, io};

use portal_core::{Error, Result, Secret};
use portal_http::{Client, Options};

use crate::providers::{Provider, Setting, provider};
use crate::webhook;

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

    /// Sets one of the provider's secrets to what a file holds, without the line end.
    ///
    /// # Errors
    /// [`Kind::Configuration`](portal_core::Kind::Configuration) for a setting that the provider
    /// does not have, and a file that cannot be read.
    pub fn set_from_file(&mut self, name: &str, path: impl AsRef<Path>) -> Result<()> {
        let path = path.as_ref();
        let secret = read_secret(path).map_err(|error| {
            self.refuse(
                name.to_owned(),
                format!("the file `{}` cannot be read: {error}", path.display()),
            )
            .with_hint(CHECK_FILE)
        })?;
        self.set(name, secret)
    }

    /// Returns the secret that the provider's webhooks are signed with.
    ///
    /// # Errors
    /// [`Kind::Configuration`](portal_core::Kind::Configuration) where it is not set;
    /// [`Kind::Unsupported`](portal_core::Kind::Unsupported) where the provider documents no
    /// signature.
    pub fn webhook_secret(&self) -> Result<Secret> {
        webhook::signing(self.provider)?;
        self.required("webhook_secret")
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
        (None, Some(path)) => match read_secret(Path::new(path.expose())) {
            Ok(secret) => Ok(Some(secret)),
            Err(error) => refuse(
                format!("the file that `{name}` names cannot be read: {error}"),
                CHECK_FILE,
            ),
        },
    }
}

const CHECK_FILE: &str = "check the path and its permissions";

fn read_secret(path: &Path) -> io::Result<Secret> {
    let text = Secret::from(fs::read_to_string(path)?);
    Ok(Secret::from(text.expose().trim_end_matches(['\r', '\n'])))
}
