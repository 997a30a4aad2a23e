use std::collections::BTreeMap;
use std::env::VarError;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use portal_core::{Error, Kind, Result, ReturnOrigins, Secret, validate_pasted};
use portal_http::{Client, Options, Rate, Roots, Spread};

use crate::bounded_file::BoundedFile;
use crate::bounded_wait::{BoundedWait, run_on_thread};
use crate::config::effective::{self, EffectiveSetting};
use crate::config::file::section::{OPTIONS, Section, SectionSource};
use crate::config::source::Source;
use crate::credentials::command::SecretCommand;
use crate::credentials::rotation::{Rotation, stamps};
use crate::credentials::secret_file::SecretFile;
use crate::credentials::value_source::ValueSource;
use crate::providers::declaration::{Provider, Setting, SettingValues};

/// The configuration of a client for one provider: its settings by name, and the options.
///
/// ```
/// use portal::config::Config;
///
/// let mut config = Config::new("kwik")?;
/// config.set("api_key", "key")?;
/// config.set("api_secret", "secret")?;
/// let client = config.client()?;
/// # Ok::<(), portal::Error>(())
/// ```
///
/// A secret that comes from a file or a command is read when a client is created, and the client
/// follows changes: a replaced file is read again before the next call, and every file and command
/// once after the provider refuses a call with 401. While a file is missing, empty or half
/// written, the last key stays in use.
#[derive(Clone, Debug)]
pub struct Config {
    provider: &'static Provider,
    values: BTreeMap<&'static str, ValueSource>,
    /// The source of each setting and option that was set, by name.
    sources: BTreeMap<&'static str, Source>,
    ca: Option<PathBuf>,
    options: Options,
}

impl Config {
    /// Starts a configuration of a provider in which nothing is set.
    ///
    /// [`Config::new`] finds a provider of this build by its id.
    #[must_use]
    pub fn for_provider(provider: &'static Provider) -> Self {
        Self {
            provider,
            values: BTreeMap::new(),
            sources: BTreeMap::new(),
            ca: None,
            options: Options::default(),
        }
    }

    /// Sets one of the provider's settings, replacing an earlier value.
    ///
    /// # Errors
    /// [`Kind::Configuration`](portal_core::Kind::Configuration) for a setting that the provider
    /// does not have.
    pub fn set(&mut self, name: &str, value: impl Into<Secret>) -> Result<()> {
        self.insert(name, ValueSource::Literal(value.into()))
    }

    /// Sets one of the provider's secrets to the content of a file, without the line end and a byte
    /// order mark.
    ///
    /// The file is read on use, and clients follow its changes; see [`Config`].
    ///
    /// # Errors
    /// [`Kind::Configuration`](portal_core::Kind::Configuration) for a setting that the provider
    /// does not have.
    pub fn set_from_file(&mut self, name: &str, path: impl AsRef<Path>) -> Result<()> {
        let path = path.as_ref().to_owned();
        let variable = None;
        self.insert(name, ValueSource::File(SecretFile { path, variable }))
    }

    /// Sets one of the provider's secrets to the first line of a command's output, as `pass show`
    /// prints it.
    ///
    /// `command` is a program and its arguments; no shell reads them. The command runs when a
    /// client is created, and once after a 401 on a thread of its own. It gets no input, is killed
    /// after the options' `timeout`, and must exit with code 0. Its stderr is not shown, since it
    /// may contain the secret.
    ///
    /// ```no_run
    /// let mut config = portal::config::Config::new("onlineapp")?;
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
        self.insert(name, ValueSource::Command(command))
    }

    /// Trusts the authorities of a PEM file in addition to the system's, instead of
    /// [`set_extra_roots`](Config::set_extra_roots).
    ///
    /// The file is read when a client is created.
    pub fn set_ca_file(&mut self, path: impl Into<PathBuf>) {
        self.ca = Some(path.into());
        self.sources.insert("ca", Source::Program);
    }

    /// Sets the time for a whole call, retries and waits included.
    pub fn set_timeout(&mut self, timeout: Duration) {
        self.options.timeout = timeout;
        self.sources.insert("timeout", Source::Program);
    }

    /// Sets how long a connection without a call is kept; zero keeps none.
    pub fn set_idle_timeout(&mut self, timeout: Duration) {
        self.options.idle_timeout = timeout;
        self.sources.insert("idle_timeout", Source::Program);
    }

    /// Sets how many attempts may follow the first.
    pub fn set_max_retries(&mut self, retries: u32) {
        self.options.retry.max_retries = retries;
        self.sources.insert("max_retries", Source::Program);
    }

    /// Sets how many requests may be sent.
    pub fn set_rate(&mut self, rate: Rate) {
        self.options.rate = rate;
        self.sources.insert("rate", Source::Program);
    }

    /// Sets whether requests within the rate go at once or at equal distances.
    pub fn set_spread(&mut self, spread: Spread) {
        self.options.spread = spread;
    }

    /// Trusts authorities in addition to the system's.
    pub fn set_extra_roots(&mut self, roots: Roots) {
        self.options.extra_roots = roots;
        self.ca = None;
        self.sources.insert("ca", Source::Program);
    }

    /// Sets the origins that return URLs may have.
    pub fn set_return_origins(&mut self, origins: ReturnOrigins) {
        self.options.return_origins = Some(origins);
        self.sources.insert("return_origins", Source::Program);
    }

    /// Returns the options of clients.
    #[must_use]
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// Records another source for a setting or an option, such as `base_url` or `timeout`.
    ///
    /// # Errors
    /// [`Kind::Configuration`](portal_core::Kind::Configuration) for an unknown name.
    pub fn set_source(&mut self, name: &str, source: Source) -> Result<()> {
        let name = match OPTIONS.iter().find(|option| **option == name) {
            Some(option) => option,
            None => self.provider.setting(name)?.name,
        };
        self.sources.insert(name, source);
        Ok(())
    }

    /// Returns the source of a setting or an option.
    #[must_use]
    pub fn source(&self, name: &str) -> Source {
        self.sources.get(name).cloned().unwrap_or_default()
    }

    /// Lists the effective settings and options with their sources. A secret is only set or not set.
    #[must_use]
    pub fn effective_settings(&self) -> Vec<EffectiveSetting> {
        let settings = self
            .provider
            .settings
            .iter()
            .map(|setting| EffectiveSetting {
                name: setting.name,
                value: match self.values.get(setting.name) {
                    Some(value) => Some(effective::setting(setting, value)),
                    None if setting.name == "base_url" => {
                        Some(self.provider.info.default_base_url.to_owned())
                    }
                    None => None,
                },
                source: self.source(setting.name),
            });
        let options = OPTIONS.iter().map(|name| EffectiveSetting {
            name,
            value: effective::option(name, &self.options, self.ca.as_deref(), self.provider),
            source: self.source(name),
        });
        settings.chain(options).collect()
    }

    /// Reads the secret that the provider's webhooks are signed with.
    ///
    /// # Errors
    /// [`Kind::Configuration`](portal_core::Kind::Configuration) if it is not set or cannot be
    /// read; [`Kind::Unsupported`](portal_core::Kind::Unsupported) if the signature is not
    /// documented or not built.
    pub fn webhook_secret(&self) -> Result<Secret> {
        const NAME: &str = "webhook_secret";
        self.provider.signature()?;
        match self.values.get(NAME) {
            Some(value) => value
                .read(NAME, BoundedWait::uncancelled(self.options.timeout))
                .and_then(validate_webhook_secret)
                .map_err(|error| self.with_location(error)),
            None => Err(self.provider.missing(NAME)),
        }
    }

    /// Returns the provider.
    #[must_use]
    pub fn provider(&self) -> &'static Provider {
        self.provider
    }

    /// Returns whether every required setting has a value.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.provider
            .settings
            .iter()
            .all(|setting| !setting.required || self.values.contains_key(setting.name))
    }

    /// Returns whether a setting of the provider has a value.
    #[must_use]
    pub fn is_configured(&self) -> bool {
        !self.values.is_empty()
    }

    /// Creates the client; nothing is sent yet.
    ///
    /// It reads files and runs commands, and waits for them no longer than the options' `timeout`.
    ///
    /// # Errors
    /// [`Kind::Configuration`](portal_core::Kind::Configuration), with the setting that is missing
    /// or malformed, the file that cannot be read or the command that fails.
    pub fn client(&self) -> Result<Client> {
        self.client_within(BoundedWait::uncancelled(self.options.timeout))
    }

    /// Does the same as [`client`](Self::client) on a thread of its own, for async programs.
    ///
    /// Dropping the future stops the wait for pipes, and kills a running command.
    ///
    /// # Errors
    /// As [`client`](Self::client).
    pub async fn client_on_thread(&self) -> Result<Client> {
        let config = self.clone();
        let create = move |cancelled: &AtomicBool| {
            config.client_within(BoundedWait::start(config.options.timeout, cancelled))
        };
        let created = run_on_thread("portal-config", create).await;
        created.unwrap_or_else(|error| {
            Err(
                Error::configuration("config", "no thread can be started to read it")
                    .with_source(error),
            )
        })
    }

    fn client_within(&self, wait: BoundedWait<'_>) -> Result<Client> {
        self.build(wait).map_err(|error| self.with_location(error))
    }

    fn build(&self, wait: BoundedWait<'_>) -> Result<Client> {
        let mut sources = self.values.clone();
        sources.retain(|name, _| {
            self.provider
                .setting(name)
                .is_ok_and(Setting::is_for_client)
        });
        // Before reading, so that a later change is read again.
        let stamps = stamps(&sources).ok();
        let mut values = SettingValues {
            provider: self.provider,
            by_name: BTreeMap::new(),
        };
        for (name, source) in &sources {
            values.by_name.insert(name, source.read(name, wait)?);
        }
        let mut options = self.options.clone();
        if let Some(base) = values.by_name.get("base_url") {
            options.base_url = Some(base.expose().parse()?);
        }
        if let Some(path) = &self.ca {
            options.extra_roots = read_roots(path, wait)?;
        }
        let limit = options.timeout;
        let adapter = (self.provider.adapter)(&values)?;
        let credential = (self.provider.credential)(&values)?;
        let client = Client::new(adapter, credential, options)?;
        sources.retain(|_, source| match source {
            ValueSource::Literal(_) => false,
            ValueSource::File(_) | ValueSource::Command(_) => true,
        });
        Ok(match sources.is_empty() {
            true => client,
            false => client.with_credential_provider(Rotation::new(sources, limit, values, stamps)),
        })
    }

    fn insert(&mut self, name: &str, source: ValueSource) -> Result<()> {
        let setting = self.provider.setting(name)?;
        self.values.insert(setting.name, source);
        self.sources.insert(setting.name, Source::Program);
        Ok(())
    }

    /// Applies the options of a section of the configuration file.
    pub(crate) fn apply_options(&mut self, section: &Section, source: SectionSource<'_>) {
        let mut record = |name, line| self.sources.insert(name, source.at(line));
        if let Some(at) = &section.timeout {
            self.options.timeout = at.value;
            record("timeout", at.line);
        }
        if let Some(at) = &section.idle_timeout {
            self.options.idle_timeout = at.value;
            record("idle_timeout", at.line);
        }
        if let Some(at) = &section.max_retries {
            self.options.retry.max_retries = at.value;
            record("max_retries", at.line);
        }
        if let Some(at) = &section.rate {
            self.options.rate = at.value;
            record("rate", at.line);
        }
        if let Some(at) = &section.ca {
            self.ca = Some(at.value.clone());
            record("ca", at.line);
        }
        if let Some(at) = &section.return_origins {
            self.options.return_origins = Some(at.value.clone());
            record("return_origins", at.line);
        }
    }

    /// Applies this provider's settings of a section of the configuration file.
    pub(crate) fn apply_settings(&mut self, section: &Section, source: SectionSource<'_>) {
        let settings = section.settings(self.provider.info.id);
        for (name, at) in settings.into_iter().flatten() {
            self.values.insert(name, at.value.clone());
            self.sources.insert(name, source.at(at.line));
        }
    }

    /// Applies this provider's environment variables.
    pub(crate) fn apply_variables(
        &mut self,
        read: impl Fn(&str) -> Result<String, VarError>,
    ) -> Result<()> {
        for setting in self.provider.settings {
            let found = from_variables(setting, &read)
                .map_err(|error| error.with_provider(self.provider.info.id))?;
            if let Some((value, variable)) = found {
                self.values.insert(setting.name, value);
                self.sources
                    .insert(setting.name, Source::Variable(variable));
            }
        }
        Ok(())
    }

    /// Adds the provider to an error, and the place where the value is set.
    fn with_location(&self, error: Error) -> Error {
        let error = error.with_provider(self.provider.info.id);
        let source = error.field().map(|field| self.source(field));
        match (error.kind(), source) {
            (
                Kind::Configuration,
                Some(
                    source @ (Source::File { .. }
                    | Source::Profile { .. }
                    | Source::Variable(_)
                    | Source::Flag(_)),
                ),
            ) if !error.message().contains(&source.to_string()) => {
                let hint = error.hint().unwrap_or("correct it");
                let hint = format!("{hint}; it is set in {source}");
                error.with_hint(hint)
            }
            _ => error,
        }
    }
}

/// Checks that a webhook's secret contains nothing that was added by copying it.
fn validate_webhook_secret(secret: Secret) -> Result<Secret> {
    match validate_pasted(secret.expose()) {
        Ok(()) => Ok(secret),
        Err(why) => {
            let message = format!("`webhook_secret` {why}");
            let hint = "copy it from the webhook's settings, without quotes or line ends";
            Err(Error::configuration("webhook_secret", message).with_hint(hint))
        }
    }
}

/// Reads a PEM file of certificate authorities.
fn read_roots(path: &Path, wait: BoundedWait<'_>) -> Result<Roots> {
    let name = path.display().to_string();
    match BoundedFile::open(path).and_then(|file| file.read(MAX_ROOTS, wait)) {
        Ok(pem) => Roots::from_pem_named(&name, &pem),
        Err(error) => Err(
            Error::configuration("ca", format!("`{name}` cannot be read: {error}"))
                .with_hint("give a PEM file with the certificate of your authority"),
        ),
    }
}

/// The maximum size of a file of authorities; those of a system have about 250 KiB.
const MAX_ROOTS: usize = 4 * 1024 * 1024;

/// Returns the source of a setting's value in the environment, and the variable's name.
fn from_variables(
    setting: &Setting,
    read: impl Fn(&str) -> Result<String, VarError>,
) -> Result<Option<(ValueSource, String)>> {
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
    let literal = |value| (ValueSource::Literal(value), setting.variable.to_owned());
    let direct = variable(setting.variable)?;
    if !setting.secret {
        return Ok(direct.map(literal));
    }
    let name = format!("{}_FILE", setting.variable);
    match (direct, variable(&name)?) {
        (Some(_), Some(_)) => {
            let message = format!("`{}` and `{name}` are both set", setting.variable);
            Err(refuse(message, "keep one of them"))
        }
        (Some(value), None) => Ok(Some(literal(value))),
        (None, None) => Ok(None),
        (None, Some(path)) => {
            let path = path.expose().into();
            let variable = Some(name.clone());
            Ok(Some((
                ValueSource::File(SecretFile { path, variable }),
                name,
            )))
        }
    }
}
