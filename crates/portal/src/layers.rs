use std::env::VarError;
use std::fmt;
use std::path::Path;

use portal_core::{Error, Result, redact};

use crate::file::{ConfigFile, Layer, Place, variable};
use crate::{Config, Source, providers};

type Variables = Box<dyn Fn(&str) -> Result<String, VarError> + Send + Sync>;

/// What configures this machine's providers below what a program or its flags say: the built-in
/// values, the configuration file, a profile of it and the environment. Of several the later wins.
///
/// ```no_run
/// use portal::{ConfigLoader, from_config};
///
/// let layers = ConfigLoader::load()?;
/// let provider = from_config(&layers.config("kwik")?)?;
/// # Ok::<(), portal::Error>(())
/// ```
pub struct ConfigLoader {
    file: Option<ConfigFile>,
    profile: Option<String>,
    variables: Variables,
}

impl ConfigLoader {
    /// Reads the file that `PORTAL_CONFIG` names, else `$XDG_CONFIG_HOME/portal/config.toml`, else
    /// `~/.config/portal/config.toml`, with the profile that `PORTAL_PROFILE` names.
    ///
    /// Only a file that `PORTAL_CONFIG` names must be there.
    ///
    /// # Errors
    /// [`Kind::Configuration`](portal_core::Kind::Configuration): those of [`ConfigFile::read`],
    /// and a profile that is not there.
    pub fn load() -> Result<Self> {
        Self::with(None, None)
    }

    /// Does what [`load`](Self::load) does with a file and a profile that are named, where they are.
    ///
    /// # Errors
    /// As [`load`](Self::load); a file that is named must be there.
    pub fn with(file: Option<&Path>, profile: Option<&str>) -> Result<Self> {
        Self::from_variables(file, profile, |name| std::env::var(name))
    }

    /// Does what [`with`](Self::with) does, reading variables wherever `read` takes them.
    ///
    /// # Errors
    /// As [`with`](Self::with).
    pub fn from_variables(
        file: Option<&Path>,
        profile: Option<&str>,
        read: impl Fn(&str) -> Result<String, VarError> + Send + Sync + 'static,
    ) -> Result<Self> {
        let place = Place::find(file, &read)?;
        let profile = match profile {
            Some(name) => Some(name.to_owned()),
            None => variable(&read, "profile", "PORTAL_PROFILE")?,
        };
        let file = match &place {
            Place::Named(path) => Some(ConfigFile::read(path)?),
            Place::Usual(path) => ConfigFile::read_usual(path)?,
            Place::Nowhere => None,
        };
        match (&profile, &file) {
            (Some(name), Some(file)) if file.profile(name).is_none() => {
                return Err(file.no_profile(name));
            }
            (Some(name), None) => return Err(no_file(name, &place)),
            _ => {}
        }
        Ok(Self {
            file,
            profile,
            variables: Box::new(read),
        })
    }

    /// Configures a provider.
    ///
    /// # Errors
    /// [`Kind::Configuration`](portal_core::Kind::Configuration) for a provider that is not known,
    /// and a variable that is wrong.
    pub fn config(&self, id: &str) -> Result<Config> {
        let mut config = self.general(id)?;
        for (layer, source) in self.layers() {
            config.take_settings(layer, source);
        }
        config.take_variables(&self.variables)?;
        Ok(config)
    }

    /// Configures a provider with nothing but what is said of all of them: no setting of its own.
    ///
    /// # Errors
    /// [`Kind::Configuration`](portal_core::Kind::Configuration) for a provider that is not known.
    pub fn general(&self, id: &str) -> Result<Config> {
        let mut config = Config::new(id)?;
        for (layer, source) in self.layers() {
            config.take_general(layer, source);
        }
        Ok(config)
    }

    /// Configures every provider that is told all it needs.
    ///
    /// # Errors
    /// [`Kind::Configuration`](portal_core::Kind::Configuration) for a variable that is wrong.
    pub fn complete(&self) -> Result<Vec<Config>> {
        let all: Result<Vec<_>> = providers()
            .iter()
            .map(|provider| self.config(provider.info.id))
            .collect();
        Ok(all?.into_iter().filter(Config::is_complete).collect())
    }

    /// Returns the id of the provider to use where none is named, and who says so; it may not exist.
    ///
    /// # Errors
    /// [`Kind::Configuration`](portal_core::Kind::Configuration) where `PORTAL_PROVIDER` is not
    /// UTF-8.
    pub fn provider(&self) -> Result<Option<(String, Source)>> {
        const NAME: &str = "PORTAL_PROVIDER";
        if let Some(id) = variable(&self.variables, "provider", NAME)? {
            return Ok(Some((id, Source::Variable(NAME.to_owned()))));
        }
        let layers = self.layers().into_iter().rev();
        Ok(layers
            .filter_map(|(layer, source)| Some((layer.provider.as_ref()?, source)))
            .map(|(at, source)| (at.value.info.id.to_owned(), source.at(at.line)))
            .next())
    }

    /// Returns the configuration file, where there is one.
    #[must_use]
    pub fn file(&self) -> Option<&ConfigFile> {
        self.file.as_ref()
    }

    /// Returns the name of the profile, where there is one.
    #[must_use]
    pub fn profile(&self) -> Option<&str> {
        self.profile.as_deref()
    }

    /// Lists what the file says, the profile last.
    fn layers(&self) -> Vec<(&Layer, LayerSource<'_>)> {
        let Some(file) = &self.file else {
            return Vec::new();
        };
        let path = file.path();
        let mut layers = vec![(
            file.outer(),
            LayerSource {
                path,
                profile: None,
            },
        )];
        if let Some(name) = self.profile()
            && let Some(layer) = file.profile(name)
        {
            let profile = Some(name);
            layers.push((layer, LayerSource { path, profile }));
        }
        layers
    }
}

/// Which part of which file says something.
#[derive(Clone, Copy)]
pub(crate) struct LayerSource<'a> {
    path: &'a Path,
    profile: Option<&'a str>,
}

impl LayerSource<'_> {
    pub(crate) fn at(self, line: usize) -> Source {
        let path = self.path.to_owned();
        match self.profile {
            None => Source::File { path, line },
            Some(name) => Source::Profile {
                name: name.to_owned(),
                path,
                line,
            },
        }
    }
}

fn no_file(name: &str, place: &Place) -> Error {
    let name = redact(name, &[]);
    let message = format!("there is no profile `{name}`, since there is no configuration file");
    let hint = match place {
        Place::Named(path) | Place::Usual(path) => {
            format!("write it as `[profiles.NAME]` in `{}`", path.display())
        }
        Place::Nowhere => "name the file with `--config FILE` or `PORTAL_CONFIG`".to_owned(),
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
