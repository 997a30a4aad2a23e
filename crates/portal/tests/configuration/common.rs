use std::env::VarError;
use std::fs;
use std::path::{Path, PathBuf};

use portal::config::ConfigLoader;
use portal::{Delivery, Error, Kind, Result};
use tempfile::TempDir;

/// What is in every secret, and must be in no error and no `Debug`.
pub(crate) const CANARY: &str = "canary";

/// A folder with a configuration file that only its user may read.
pub(crate) struct ConfigFolder {
    directory: TempDir,
}

impl ConfigFolder {
    pub(crate) fn with(text: &str) -> Self {
        let folder = Self {
            directory: tempfile::tempdir().unwrap(),
        };
        fs::write(folder.file(), text).unwrap();
        mode(&folder.file(), 0o600);
        folder
    }

    pub(crate) fn file(&self) -> PathBuf {
        self.path().join("config.toml")
    }

    pub(crate) fn path(&self) -> &Path {
        self.directory.path()
    }

    pub(crate) fn layers(
        &self,
        profile: Option<&str>,
        list: &[(&str, &str)],
    ) -> Result<ConfigLoader> {
        ConfigLoader::from_variables(Some(&self.file()), profile, variables(list))
    }
}

/// Sets a file's permissions, where there are any.
pub(crate) fn mode(file: &Path, mode: u32) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(file, fs::Permissions::from_mode(mode)).unwrap();
    }
    #[cfg(not(unix))]
    let _ = (file, mode);
}

/// Reads variables from a list, in place of the process's environment.
pub(crate) fn variables(
    list: &[(&str, &str)],
) -> impl Fn(&str) -> Result<String, VarError> + Send + Sync + 'static {
    let list: Vec<_> = list
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    move |name| {
        let found = list.iter().find(|(known, _)| known == name);
        let value = found.map(|(_, value)| value.clone());
        value.ok_or(VarError::NotPresent)
    }
}

/// Asserts what every configuration error says.
#[track_caller]
pub(crate) fn refused(error: &Error, field: &str, parts: &[&str]) {
    assert_eq!(
        (error.kind(), error.delivery(), error.field()),
        (Kind::Configuration, Delivery::NotSent, Some(field)),
        "{error}"
    );
    assert!(error.hint().is_some(), "{error}");
    for part in parts {
        assert!(error.to_string().contains(part), "{part:?} in {error}");
    }
    assert!(!format!("{error} {error:?}").contains(CANARY), "{error:?}");
}
