use std::collections::BTreeMap;
use std::env::VarError;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use portal_core::{Error, Kind, Result, Secret};
use portal_http::{Client, Options, Roots};

use crate::Source;
use crate::command::SecretCommand;
use crate::file::Layer;
use crate::layers::{ConfigLoader, LayerSource};
use crate::origin::Origin;
use crate::providers::{Provider, Setting, provider};
use crate::rotation::{Rotation, stamps};
use crate::secret_file::SecretFile;
use crate::value::{self, EffectiveSetting};
use crate::values::Values;
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
///
/// A secret that comes from a file or a command is read when a client is made, and its client
/// follows it: a file that was replaced is read again before the next call, and all of them once
/// after the provider refuses a call with 401. A file that is missing, empty or half written for a
/// moment leaves the last key in use.
#[derive(Clone, Debug)]
pub struct Config {
    provider: &'static Provider,
    origins: BTreeMap<&'static str, Origin>,
    /// Who set what, by the names of settings and options; nobody where it is missing.
    sources: BTreeMap<&'static str, Source>,
    ca: Option<PathBuf>,
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
            origins: BTreeMap::new(),
            sources: BTreeMap::new(),
            ca: None,
            options: Options::default(),
        })
    }

    /// Reads the configuration file, its profile and the environment: what [`ConfigLoader::load`] finds.
    ///
    /// # Errors
    /// As [`ConfigLoader::load`] and [`ConfigLoader::config`].
    pub fn load(id: &str) -> Result<Self> {
        ConfigLoader::load()?.config(id)
    }

    /// Reads the provider's variables from the environment; an empty one counts as not set.
    ///
    /// Files that variables name are read when they are needed.
    ///
    /// # Errors
    /// [`Kind::Configuration`](portal_core::Kind::Configuration) for a provider that is not known,
    /// and a secret that is set both ways.
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
        config.take_variables(read)?;
        Ok(config)
    }

    /// Sets one of the provider's settings, over what was there.
    ///
    /// # Errors
    /// [`Kind::Configuration`](portal_core::Kind::Configuration) for a setting that the provider
    /// does not have.
    pub fn set(&mut self, name: &str, value: impl Into<Secret>) -> Result<()> {
        self.put(name, Origin::Given(value.into()))
    }

    /// Sets one of the provider's secrets to what a file holds, without the line end.
    ///
    /// The file is read when it is needed, and its client follows it; see [`Config`].
    ///
    /// # Errors
    /// [`Kind::Configuration`](portal_core::Kind::Configuration) for a setting that the provider
    /// does not have.
    pub fn set_from_file(&mut self, name: &str, path: impl AsRef<Path>) -> Result<()> {
        let path = path.as_ref().to_owned();
        let variable = None;
        self.put(name, Origin::File(SecretFile { path, variable }))
    }

    /// Sets one of the provider's secrets to what a command prints, without one line end.
    ///
    /// `command` is a program and its arguments; no shell reads them. The command is run when a
    /// client is made, which then waits for it, and once after a 401, on a thread of its own. It
    /// gets no input, is ended after the options' `timeout`, and must end with exit code 0. What it
    /// says on stderr is not shown, since that may hold the secret.
    ///
    /// ```no_run
    /// let mut config = portal::Config::new("onlineapp")?;
    /// config.set("paywall_id", "547")?;
    /// config.set_from_command("api_key", ["pass", "show", "onlineapp/api-key"])?;
    /// let client = config.client()?;
    /// # Ok::<(), portal::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Kind::Configuration`](portal_core::Kind::Configuration) for a setting that the provider
    /// does not have, and for a command without a program.
    pub fn set_from_command(
        &mut self,
        name: &str,
        command: impl IntoIterator<Item = impl Into<OsString>>,
    ) -> Result<()> {
        let Some(command) = SecretCommand::new(command) else {
            let message = format!("the command for `{name}` names no program");
            let error = Error::configuration(name.to_owned(), message);
            return Err(error
                .with_provider(self.provider.info.id)
                .with_hint("give the program first, then its arguments"));
        };
        self.put(name, Origin::Command(command))
    }

    /// Trusts the authorities of a PEM file beside the system's, over those of the options.
    ///
    /// The file is read when a client is made.
    pub fn set_ca_file(&mut self, path: impl Into<PathBuf>) {
        self.ca = Some(path.into());
        self.sources.insert("ca", Source::Program);
    }

    /// Notes who set a setting or an option, such as `base_url` or `timeout`.
    ///
    /// # Errors
    /// [`Kind::Configuration`](portal_core::Kind::Configuration) for a name that there is not.
    pub fn set_source(&mut self, name: &str, source: Source) -> Result<()> {
        let name = match OPTIONS.iter().find(|option| **option == name) {
            Some(option) => option,
            None => self.provider.setting(name)?.name,
        };
        self.sources.insert(name, source);
        Ok(())
    }

    /// Returns who set a setting or an option; an option that is set directly, nobody notes.
    #[must_use]
    pub fn source(&self, name: &str) -> Source {
        self.sources.get(name).cloned().unwrap_or_default()
    }

    /// Lists what is configured and by whom, settings first; of a secret only whether it is set.
    #[must_use]
    pub fn values(&self) -> Vec<EffectiveSetting> {
        let settings = self
            .provider
            .settings
            .iter()
            .map(|setting| EffectiveSetting {
                name: setting.name,
                shown: match self.origins.get(setting.name) {
                    Some(origin) => Some(value::setting(setting, origin)),
                    None if setting.name == "base_url" => {
                        Some(self.provider.info.default_base_url.to_owned())
                    }
                    None => None,
                },
                source: self.source(setting.name),
            });
        let options = OPTIONS.iter().map(|name| EffectiveSetting {
            name,
            shown: value::option(name, &self.options, self.ca.as_deref(), self.provider),
            source: self.source(name),
        });
        settings.chain(options).collect()
    }

    /// Returns the secret that the provider's webhooks are signed with, as it is now.
    ///
    /// # Errors
    /// [`Kind::Configuration`](portal_core::Kind::Configuration) where it is not set or cannot be
    /// read; [`Kind::Unsupported`](portal_core::Kind::Unsupported) where the provider documents no
    /// signature.
    pub fn webhook_secret(&self) -> Result<Secret> {
        const NAME: &str = "webhook_secret";
        webhook::signing(self.provider)?;
        match self.origins.get(NAME) {
            Some(origin) => self.read(NAME, origin),
            None => Err(self.provider.missing(NAME)),
        }
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
            .all(|setting| !setting.required || self.origins.contains_key(setting.name))
    }

    /// Makes the client; nothing is sent yet.
    ///
    /// Files are read and commands run, which are waited for.
    ///
    /// # Errors
    /// [`Kind::Configuration`](portal_core::Kind::Configuration), with the setting that is missing
    /// or malformed, the file that cannot be read or the command that fails.
    pub fn client(&self) -> Result<Client> {
        self.connect().map_err(|error| self.located(error))
    }

    fn connect(&self) -> Result<Client> {
        let mut origins = self.origins.clone();
        origins.retain(|name, _| self.provider.setting(name).is_ok_and(Setting::connects));
        // Before they are read: what changes meanwhile is read again.
        let stamps = stamps(&origins).ok();
        let mut values = Values {
            provider: self.provider,
            of: BTreeMap::new(),
        };
        for (name, origin) in &origins {
            values.of.insert(name, self.read(name, origin)?);
        }
        let mut options = self.options.clone();
        if let Some(base) = values.of.get("base_url") {
            options.base_url = Some(base.expose().parse()?);
        }
        if let Some(path) = &self.ca {
            options.extra_roots = Roots::from_pem_file(path)?;
        }
        let limit = options.timeout;
        let adapter = (self.provider.adapter)(&values)?;
        let credential = (self.provider.credential)(&values)?;
        let client = Client::new(adapter, credential, options)?;
        origins.retain(|_, origin| match origin {
            Origin::Given(_) => false,
            Origin::File(_) | Origin::Command(_) => true,
        });
        Ok(match origins.is_empty() {
            true => client,
            false => client.with_credential_provider(Rotation::new(origins, limit, values, stamps)),
        })
    }

    fn read(&self, name: &'static str, origin: &Origin) -> Result<Secret> {
        origin
            .read(name, self.options.timeout)
            .map_err(|error| self.located(error))
    }

    fn put(&mut self, name: &str, origin: Origin) -> Result<()> {
        let setting = self.provider.setting(name)?;
        self.origins.insert(setting.name, origin);
        self.sources.insert(setting.name, Source::Program);
        Ok(())
    }

    /// Takes over what a layer of the file says of all providers.
    pub(crate) fn take_general(&mut self, layer: &Layer, source: LayerSource<'_>) {
        let mut note = |name, line| self.sources.insert(name, source.at(line));
        if let Some(at) = &layer.timeout {
            self.options.timeout = at.value;
            note("timeout", at.line);
        }
        if let Some(at) = &layer.max_retries {
            self.options.retry.max_retries = at.value;
            note("max_retries", at.line);
        }
        if let Some(at) = &layer.rate {
            self.options.rate = at.value;
            note("rate", at.line);
        }
        if let Some(at) = &layer.ca {
            self.ca = Some(at.value.clone());
            note("ca", at.line);
        }
        if let Some(at) = &layer.return_origins {
            self.options.return_origins = Some(at.value.clone());
            note("return_origins", at.line);
        }
    }

    /// Takes over what a layer of the file says of this provider.
    pub(crate) fn take_settings(&mut self, layer: &Layer, source: LayerSource<'_>) {
        let settings = layer.settings.get(self.provider.info.id);
        for (name, at) in settings.into_iter().flatten() {
            self.origins.insert(name, at.value.clone());
            self.sources.insert(name, source.at(at.line));
        }
    }

    /// Takes over what variables say of this provider.
    pub(crate) fn take_variables(
        &mut self,
        read: impl Fn(&str) -> Result<String, VarError>,
    ) -> Result<()> {
        for setting in self.provider.settings {
            let found = from_variables(setting, &read)
                .map_err(|error| error.with_provider(self.provider.info.id))?;
            if let Some((origin, variable)) = found {
                self.origins.insert(setting.name, origin);
                self.sources
                    .insert(setting.name, Source::Variable(variable));
            }
        }
        Ok(())
    }

    /// Names the provider, and the place in the file that an error is about.
    fn located(&self, error: Error) -> Error {
        let error = error.with_provider(self.provider.info.id);
        let source = error.field().map(|field| self.source(field));
        match (error.kind(), source) {
            (
                Kind::Configuration,
                Some(source @ (Source::File { .. } | Source::Profile { .. })),
            ) => {
                let hint = error.hint().unwrap_or("mend it");
                let hint = format!("{hint}; it is set in {source}");
                error.with_hint(hint)
            }
            _ => error,
        }
    }
}

/// The options that layers set, by the names that they have there.
const OPTIONS: [&str; 5] = ["timeout", "max_retries", "rate", "ca", "return_origins"];

/// Returns where a setting comes from, and which variable says so.
fn from_variables(
    setting: &Setting,
    read: impl Fn(&str) -> Result<String, VarError>,
) -> Result<Option<(Origin, String)>> {
    let refuse = |message: String, hint: &'static str| {
        Error::configuration(setting.name, message).with_hint(hint)
    };
    let variable = |name: &str| match read(name) {
        Ok(value) if value.is_empty() => Ok(None),
        Ok(value) => Ok(Some(Secret::from(value))),
        Err(VarError::NotPresent) => Ok(None),
        Err(VarError::NotUnicode(_)) => {
            let message = format!("`{name}` is not UTF-8");
            Err(refuse(message, "set it again, as text"))
        }
    };
    let given = |value| (Origin::Given(value), setting.variable.to_owned());
    let direct = variable(setting.variable)?;
    if !setting.secret {
        return Ok(direct.map(given));
    }
    let name = format!("{}_FILE", setting.variable);
    match (direct, variable(&name)?) {
        (Some(_), Some(_)) => {
            let message = format!("`{}` and `{name}` are both set", setting.variable);
            Err(refuse(message, "keep one of them"))
        }
        (Some(value), None) => Ok(Some(given(value))),
        (None, None) => Ok(None),
        (None, Some(path)) => {
            let path = path.expose().into();
            let variable = Some(name.clone());
            Ok(Some((Origin::File(SecretFile { path, variable }), name)))
        }
    }
}
