use std::env::VarError;
use std::path::{Path, PathBuf};

use portal_core::{Error, Result};

/// Which file to read, and whether it must be there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// Somebody named it.
    Named(PathBuf),
    /// It is where such files are by custom, if there is one.
    Usual(PathBuf),
    /// Nobody says where the user's files are.
    Nowhere,
}

impl Place {
    /// Finds the file: `named`, else `PORTAL_CONFIG`, else below `XDG_CONFIG_HOME` or `HOME` (on
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
        // The standard has relative paths be ignored: they would depend on the working folder.
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
            Some(base) => Self::Usual(base.join("portal").join("config.toml")),
            None => Self::Nowhere,
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
