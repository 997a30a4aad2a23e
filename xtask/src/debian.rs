//! What is not a wheel nor a crate: looked for on the path, and taken from Debian where we may install it.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, io};

use crate::error::Error;
use crate::step::Step;

/// Finds the first program with one of these names; installs Debian's package first if none is there.
///
/// `None` is said where there is none, and this is not root on Debian, who could install one.
pub(crate) fn program(
    names: &[&str],
    package: &str,
    root: &Path,
) -> Result<Option<PathBuf>, Error> {
    let path = env::var_os("PATH").unwrap_or_default();
    if let Some(found) = on_path(names, &path) {
        return Ok(Some(found));
    }
    if is_root().unwrap_or(false) && Path::new("/etc/debian_version").exists() {
        Step::new("apt-get", &["update", "--quiet"], root).run()?;
        let install = [
            "install",
            "--quiet",
            "--yes",
            "--no-install-recommends",
            package,
        ];
        Step::new("apt-get", &install, root)
            .env("DEBIAN_FRONTEND", "noninteractive")
            .run()?;
    }
    Ok(on_path(names, &path))
}

fn on_path(names: &[&str], path: &OsStr) -> Option<PathBuf> {
    names.iter().find_map(|name| {
        env::split_paths(path)
            .map(|folder| folder.join(name))
            .find(|file| file.is_file())
    })
}

fn is_root() -> io::Result<bool> {
    let output = Command::new("id").arg("-u").output()?;
    Ok(output.stdout.trim_ascii() == b"0")
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn the_first_name_on_the_path_is_taken() {
        let names = &["chromium", "google-chrome"];
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(on_path(names, folder.path().as_os_str()), None);
        for name in ["google-chrome", "chromium"] {
            let file = folder.path().join(name);
            fs::write(&file, "").unwrap();
            assert_eq!(on_path(names, folder.path().as_os_str()), Some(file));
        }
    }
}
