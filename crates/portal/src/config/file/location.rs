use std::env::VarError;
use std::path::{Path, PathBuf};

use portal_core::{Error, Result};

/// The configuration file's path, and whether it has to exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Location {
    /// A given path; the file has to exist.
    Named(PathBuf),
    /// The default path; the file may be missing.
    Default(PathBuf),
    /// Unknown, since the environment names no home directory.
    Unknown,
}

impl Location {
    /// Returns the path: `named`, else `PORTAL_CONFIG`, else below `XDG_CONFIG_HOME` or `HOME` (on
    /// Windows also `USERPROFILE`).
    ///
    /// # Errors
    /// [`Kind::Configuration`](portal_core::Kind::Configuration) for a variable that is not UTF-8.
    pub(crate) fn find(
        named: Option<&Path>,
        read: impl Fn(&str) -> Result<String, VarError>,
    ) -> Result<Self> {
        let variable = |name| variable(&read, "config", name);
        if let Some(path) = named {
            return Ok(Self::Named(path.to_owned()));
        }
        if let Some(path) = variable("PORTAL_CONFIG")? {
            return Ok(Self::Named(path.into()));
        }
        // The XDG standard ignores relative paths, which would depend on the working directory.
        let folder = |path: String| Some(PathBuf::from(path)).filter(|path| path.is_absolute());
        let base = match variable("XDG_CONFIG_HOME")?.and_then(folder) {
            Some(base) => Some(base),
            None => {
                let home = match variable("HOME")? {
                    None if cfg!(windows) => variable("USERPROFILE")?,
                    home => home,
                };
                home.and_then(folder).map(|home| home.join(".config"))
            }
        };
        Ok(match base {
            Some(base) => Self::Default(base.join("portal").join("config.toml")),
            None => Self::Unknown,
        })
    }
}

/// Reads a variable; an empty one counts as not set.
pub(crate) fn variable(
    read: impl Fn(&str) -> Result<String, VarError>,
    field: &'static str,
    name: &str,
) -> Result<Option<String>> {
    match read(name) {
        Ok(text) if text.is_empty() => Ok(None),
        Ok(text) => Ok(Some(text)),
        Err(VarError::NotPresent) => Ok(None),
        Err(VarError::NotUnicode(_)) => {
            let error = Error::configuration(field, format!("`{name}` is not UTF-8"));
            Err(error.with_hint("set it again, as text"))
        }
    }
}
