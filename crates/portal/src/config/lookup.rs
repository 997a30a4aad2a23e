use std::env::VarError;

use portal_core::Result;

use crate::config::configuration::Config;
use crate::providers::provider;

impl Config {
    /// Starts a configuration in which nothing is set.
    ///
    /// # Errors
    /// [`Kind::Configuration`](portal_core::Kind::Configuration) for an unknown provider.
    pub fn new(id: &str) -> Result<Self> {
        provider(id).map(Self::for_provider)
    }

    /// Reads the provider's variables from the environment; an empty one counts as not set.
    ///
    /// Files that variables name are read on use.
    ///
    /// # Errors
    /// [`Kind::Configuration`](portal_core::Kind::Configuration) for an unknown provider, and for a
    /// secret that is set both directly and by a file.
    pub fn from_env(id: &str) -> Result<Self> {
        Self::from_variables(id, |name| std::env::var(name))
    }

    /// Reads the provider's variables with a function that returns a variable's value.
    ///
    /// # Errors
    /// As [`from_env`](Config::from_env).
    pub fn from_variables(
        id: &str,
        read: impl Fn(&str) -> Result<String, VarError>,
    ) -> Result<Self> {
        let mut config = Self::new(id)?;
        config.apply_variables(read)?;
        Ok(config)
    }
}
