use std::collections::BTreeMap;
use std::env::VarError;
use std::ffi::OsString;
use std::path::Path;

use portal_core::{Error, Result, Secret};
use portal_http::{Client, Options};

use crate::command::SecretCommand;
use crate::origin::Origin;
use crate::providers::{Provider, Setting, provider};
use crate::rotation::{Rotation, stamps};
use crate::secret_file::SecretFile;
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
            options: Options::default(),
        })
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
        for setting in config.provider.settings {
            if let Some(origin) = from_variables(setting, &read)
                .map_err(|error| error.with_provider(config.provider.info.id))?
            {
                config.origins.insert(setting.name, origin);
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
        self.connect()
            .map_err(|error| error.with_provider(self.provider.info.id))
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
        let limit = options.timeout;
        let client = Client::new((self.provider.adapter)(&values)?, options)?;
        origins.retain(|_, origin| match origin {
            Origin::Given(_) => false,
            Origin::File(_) | Origin::Command(_) => true,
        });
        Ok(match origins.is_empty() {
            true => client,
            false => client.with_source(Rotation::new(origins, limit, values, stamps)),
        })
    }

    fn read(&self, name: &'static str, origin: &Origin) -> Result<Secret> {
        origin
            .read(name, self.options.timeout)
            .map_err(|error| error.with_provider(self.provider.info.id))
    }

    fn put(&mut self, name: &str, origin: Origin) -> Result<()> {
        let setting = self.provider.setting(name)?;
        self.origins.insert(setting.name, origin);
        Ok(())
    }
}

fn from_variables(
    setting: &Setting,
    read: impl Fn(&str) -> Result<String, VarError>,
) -> Result<Option<Origin>> {
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
    let direct = variable(setting.variable)?;
    if !setting.secret {
        return Ok(direct.map(Origin::Given));
    }
    let name = format!("{}_FILE", setting.variable);
    match (direct, variable(&name)?) {
        (Some(_), Some(_)) => {
            let message = format!("`{}` and `{name}` are both set", setting.variable);
            Err(refuse(message, "keep one of them"))
        }
        (Some(value), None) => Ok(Some(Origin::Given(value))),
        (None, None) => Ok(None),
        (None, Some(path)) => Ok(Some(Origin::File(SecretFile {
            path: path.expose().into(),
            variable: Some(name),
        }))),
    }
}
