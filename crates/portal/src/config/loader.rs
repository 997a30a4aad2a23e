use std::env::VarError;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use portal_core::{Error, Result, redact};
use portal_http::Options;

use crate::config::configuration::Config;
use crate::config::file::ConfigFile;
use crate::config::file::location::{Location, variable};
use crate::config::file::section::{Section, SectionSource};
use crate::config::source::Source;
use crate::providers::providers;

type Variables = Box<dyn Fn(&str) -> Result<String, VarError> + Send + Sync>;

/// Loads configurations from the configuration file, a profile in it, and the environment.
///
/// Later sources win: built-in values, the file, its profile, environment variables. Flags and
/// calls of a program come after these.
///
/// ```no_run
/// use portal::config::ConfigLoader;
/// use portal::from_config;
///
/// let loader = ConfigLoader::load()?;
/// let provider = from_config(&loader.config("kwik")?)?;
/// # Ok::<(), portal::Error>(())
/// ```
pub struct ConfigLoader {
    file: Option<ConfigFile>,
    /// The reason why the default file cannot be read.
    unreadable: Option<Error>,
    profile: Option<String>,
    variables: Variables,
}

impl ConfigLoader {
    /// Reads the file that `PORTAL_CONFIG` names, else `$XDG_CONFIG_HOME/portal/config.toml`, else
    /// `~/.config/portal/config.toml`, with the profile that `PORTAL_PROFILE` names.
    ///
    /// Only a file that `PORTAL_CONFIG` names has to exist. A default file that cannot be read, for
    /// example in another user's home, matters only where the environment does not set everything.
    ///
    /// # Errors
    /// [`Kind::Configuration`](portal_core::Kind::Configuration): those of [`ConfigFile::read`],
    /// and a profile that does not exist.
    pub fn load() -> Result<Self> {
        Self::with(None, None)
    }

    /// Does the same as [`load`](Self::load), with a given file and profile.
    ///
    /// # Errors
    /// As [`load`](Self::load); a given file has to exist.
    pub fn with(file: Option<&Path>, profile: Option<&str>) -> Result<Self> {
        Self::from_variables(file, profile, |name| std::env::var(name))
    }

    /// Does the same as [`with`](Self::with); a configuration file that is a pipe may take as long as `time`.
    ///
    /// # Errors
    /// As [`with`](Self::with).
    pub fn within(file: Option<&Path>, profile: Option<&str>, time: Duration) -> Result<Self> {
        Self::read(file, profile, |name| std::env::var(name), time)
    }

    /// Does the same as [`with`](Self::with), with a function that returns a variable's value.
    ///
    /// # Errors
    /// As [`with`](Self::with).
    pub fn from_variables(
        file: Option<&Path>,
        profile: Option<&str>,
        read: impl Fn(&str) -> Result<String, VarError> + Send + Sync + 'static,
    ) -> Result<Self> {
        Self::read(file, profile, read, Options::default().timeout)
    }

    fn read(
        file: Option<&Path>,
        profile: Option<&str>,
        read: impl Fn(&str) -> Result<String, VarError> + Send + Sync + 'static,
        time: Duration,
    ) -> Result<Self> {
        let location = Location::find(file, &read)?;
        let profile = match profile {
            Some(name) => Some(name.to_owned()),
            None => variable(&read, "profile", "PORTAL_PROFILE")?,
        };
        let file = match &location {
            Location::Named(path) => Some(Ok(ConfigFile::read_within(path, time)?)),
            Location::Default(path) => ConfigFile::read_default(path, time)?,
            Location::Unknown => None,
        };
        let (file, unreadable) = match file {
            Some(Ok(file)) => (Some(file), None),
            Some(Err(error)) => (None, Some(error)),
            None => (None, None),
        };
        match (&profile, &file) {
            (Some(name), Some(file)) if file.profile(name).is_none() => {
                return Err(file.no_profile(name));
            }
            (Some(name), None) => {
                return Err(unreadable.unwrap_or_else(|| no_file(name, &location)));
            }
            _ => {}
        }
        Ok(Self {
            file,
            unreadable,
            profile,
            variables: Box::new(read),
        })
    }

    /// Returns the path of the configuration file: the given one, else the one of
    /// [`load`](Self::load). `None` if the environment names no home directory.
    ///
    /// # Errors
    /// [`Kind::Configuration`](portal_core::Kind::Configuration) for a variable that is not UTF-8.
    pub fn path(file: Option<&Path>) -> Result<Option<PathBuf>> {
        Ok(match Location::find(file, |name| std::env::var(name))? {
            Location::Named(path) | Location::Default(path) => Some(path),
            Location::Unknown => None,
        })
    }

    /// Returns the configuration of a provider.
    ///
    /// # Errors
    /// [`Kind::Configuration`](portal_core::Kind::Configuration) for an unknown provider, for a
    /// malformed variable, and if a required setting is not set and the default file cannot be read.
    pub fn config(&self, id: &str) -> Result<Config> {
        let config = self.merge(id)?;
        match &self.unreadable {
            Some(error) if !config.is_complete() => Err(error.clone()),
            _ => Ok(config),
        }
    }

    fn merge(&self, id: &str) -> Result<Config> {
        let mut config = self.options_only(id)?;
        for (section, source) in self.sections() {
            config.apply_settings(section, source);
        }
        config.apply_variables(&self.variables)?;
        Ok(config)
    }

    /// Returns the configuration of a provider with options only, without its own settings.
    ///
    /// # Errors
    /// [`Kind::Configuration`](portal_core::Kind::Configuration) for an unknown provider.
    pub fn options_only(&self, id: &str) -> Result<Config> {
        let mut config = Config::new(id)?;
        for (section, source) in self.sections() {
            config.apply_options(section, source);
        }
        Ok(config)
    }

    /// Returns the configuration of every provider whose required settings are set.
    ///
    /// # Errors
    /// [`Kind::Configuration`](portal_core::Kind::Configuration) for a malformed variable.
    pub fn complete(&self) -> Result<Vec<Config>> {
        Ok(self
            .merge_all()?
            .into_iter()
            .filter(Config::is_complete)
            .collect())
    }

    fn merge_all(&self) -> Result<Vec<Config>> {
        let all = providers().iter();
        all.map(|provider| self.merge(provider.info.id)).collect()
    }

    /// Returns the configuration of every provider that has at least one setting of its own.
    ///
    /// # Errors
    /// As [`complete`](Self::complete).
    pub fn configured(&self) -> Result<Vec<Config>> {
        Ok(self
            .merge_all()?
            .into_iter()
            .filter(Config::is_configured)
            .collect())
    }

    /// Returns the id of the default provider and its source. The provider may not exist.
    ///
    /// # Errors
    /// [`Kind::Configuration`](portal_core::Kind::Configuration) if `PORTAL_PROVIDER` is not UTF-8.
    pub fn provider(&self) -> Result<Option<(String, Source)>> {
        const NAME: &str = "PORTAL_PROVIDER";
        if let Some(id) = variable(&self.variables, "provider", NAME)? {
            return Ok(Some((id, Source::Variable(NAME.to_owned()))));
        }
        let sections = self.sections().into_iter().rev();
        Ok(sections
            .filter_map(|(section, source)| Some((section.provider.as_ref()?, source)))
            .map(|(at, source)| (at.value.info.id.to_owned(), source.at(at.line)))
            .next())
    }

    /// Returns the configuration file, if there is one.
    #[must_use]
    pub fn file(&self) -> Option<&ConfigFile> {
        self.file.as_ref()
    }

    /// Returns why the default configuration file cannot be read, if there is one that cannot.
    #[must_use]
    pub fn unreadable_file(&self) -> Option<&Error> {
        self.unreadable.as_ref()
    }

    /// Returns the name of the profile, if one is selected.
    #[must_use]
    pub fn profile(&self) -> Option<&str> {
        self.profile.as_deref()
    }

    /// Lists the applicable sections of the file, the profile last.
    fn sections(&self) -> Vec<(&Section, SectionSource<'_>)> {
        let Some(file) = &self.file else {
            return Vec::new();
        };
        let path = file.path();
        let mut sections = vec![(
            file.outer(),
            SectionSource {
                path,
                profile: None,
            },
        )];
        if let Some(name) = self.profile()
            && let Some(section) = file.profile(name)
        {
            let profile = Some(name);
            sections.push((section, SectionSource { path, profile }));
        }
        sections
    }
}

fn no_file(name: &str, location: &Location) -> Error {
    let name = redact(name, &[]);
    let message = format!("there is no profile `{name}`, since there is no configuration file");
    let hint = match location {
        Location::Named(path) | Location::Default(path) => {
            format!("write it as `[profiles.NAME]` in `{}`", path.display())
        }
        Location::Unknown => "name the file with `--config FILE` or `PORTAL_CONFIG`".to_owned(),
    };
    Error::configuration("profile", message).with_hint(hint)
}

impl fmt::Debug for ConfigLoader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConfigLoader")
            .field("file", &self.file)
            .field("profile", &self.profile)
            .finish_non_exhaustive()
    }
}

impl Config {
    /// Loads the configuration of a provider as [`ConfigLoader::load`] finds it.
    ///
    /// # Errors
    /// As [`ConfigLoader::load`] and [`ConfigLoader::config`].
    pub fn load(id: &str) -> Result<Self> {
        ConfigLoader::load()?.config(id)
    }
}
