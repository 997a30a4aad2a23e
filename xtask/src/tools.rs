//! The programs that jobs need and the Rust toolchain does not include, installed under `target/tools`.
//!
//! Home-made around `pip --require-hashes`, npm and Debian's apt: each pins or installs by itself, and
//! this file only says which list goes where. `uv` would have to be installed by pip first.

use std::env::{self, consts::EXE_SUFFIX};
use std::ffi::OsString;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::error::Error;
use crate::step::Step;

/// The venvs: each is a list of pinned wheels, `xtask/NAME.txt`, in a folder of its own.
pub(crate) const NATIVE: &str = "tools";
pub(crate) const OPENAPI: &str = "openapi";
pub(crate) const PYTHON: &str = "python";
pub(crate) const WHEELS: &str = "wheels";
pub(crate) const BENCH: &str = "bench";
pub(crate) const NODE: &str = "node";

/// The folder of a venv's programs.
pub(crate) const PROGRAMS: &str = if cfg!(windows) { "Scripts" } else { "bin" };

/// The browser tests, and the list of their node packages.
pub(crate) const BROWSER: &str = "crates/portal-sandbox/browser";

/// The programs of a venv.
#[derive(Debug)]
pub(crate) struct Tools {
    programs: PathBuf,
}

impl Tools {
    /// Installs the list, unless exactly this list is installed already.
    pub(crate) fn ready(root: &Path, list: &str) -> Result<Self, Error> {
        let file = format!("xtask/{list}.txt");
        let venv = install(root, list, &root.join(&file), |venv| {
            Step::new(python(), "-m venv --clear", root)
                .arg(venv)
                .run()?;
            let pip = "-m pip --disable-pip-version-check install --quiet --no-deps --require-hashes --only-binary :all: -r";
            Step::new(venv.join(PROGRAMS).join("python"), pip, root)
                .arg(&file)
                .run()
        })?;
        Ok(Self {
            programs: venv.join(PROGRAMS),
        })
    }

    /// The absolute path of a program, so that `PATH` does not decide which one runs.
    pub(crate) fn program(&self, name: &str) -> PathBuf {
        self.programs.join(format!("{name}{EXE_SUFFIX}"))
    }

    /// The folder of the programs, for a program that searches for others itself.
    pub(crate) fn programs(&self) -> &Path {
        &self.programs
    }
}

/// Runs `steps` on the folder `target/tools/NAME`, unless they ended well there for the same list.
fn install(
    root: &Path,
    name: &str,
    list: &Path,
    steps: impl FnOnce(&Path) -> Result<(), Error>,
) -> Result<PathBuf, Error> {
    let home = root.join("target/tools");
    fs::create_dir_all(&home).map_err(Error::file(&home))?;
    let lock = home.join("lock");
    // Of two runs in one checkout, the second waits and finds the work done.
    let _lock = File::create(&lock)
        .and_then(|file| file.lock().map(|()| file))
        .map_err(Error::file(&lock))?;
    let folder = home.join(name);
    let text = fs::read_to_string(list).map_err(Error::file(list))?;
    let stamp = folder.join("installed.txt");
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == text) {
        return Ok(folder);
    }
    println!("installing {} into target/tools/{name}", list.display());
    steps(&folder).map_err(|cause| Error::NoTools {
        cause: Box::new(cause),
    })?;
    // Last, so that an interrupted installation does not count.
    fs::write(&stamp, text).map_err(Error::file(&stamp))?;
    Ok(folder)
}

/// The Python interpreter for venvs.
pub(crate) fn python() -> OsString {
    env::var_os("PYTHON").unwrap_or_else(|| "python3".into())
}

/// Runs node, from a pinned wheel, in the folder of the browser tests, with Chromium and their packages.
pub(crate) fn node(root: &Path, words: &str, portal: &Path) -> Result<Step, Error> {
    let tools = Tools::ready(root, NODE)?;
    let source = root.join(BROWSER);
    // Not beside the tests, so that the checkout stays clean.
    let packages = install(
        root,
        "browser",
        &source.join("package-lock.json"),
        |folder| {
            fs::create_dir_all(folder).map_err(Error::file(folder))?;
            for name in ["package.json", "package-lock.json", ".npmrc"] {
                let from = source.join(name);
                fs::copy(&from, folder.join(name)).map_err(Error::file(&from))?;
            }
            Step::new(tools.program("npm"), "ci --ignore-scripts", folder)
                .path(tools.programs())
                .run()
        },
    )?;
    Ok(Step::new(tools.program("node"), words, &source)
        .env("CHROMIUM", chromium(root)?)
        .env("PORTAL_BROWSER_PACKAGES", packages)
        .env("PORTAL_BIN", portal))
}

fn chromium(root: &Path) -> Result<PathBuf, Error> {
    match env::var_os("CHROMIUM") {
        Some(named) => Ok(named.into()),
        None => {
            let names = ["chromium", "chromium-browser", "google-chrome"];
            system_program(&names, root)
        }
    }
}

/// Finds the first program with one of these names; if none exists, installs the Debian package of the first name.
pub(crate) fn system_program(names: &[&str], root: &Path) -> Result<PathBuf, Error> {
    let path = env::var_os("PATH").unwrap_or_default();
    let found = || {
        let folders = |name| env::split_paths(&path).map(move |folder| folder.join(name));
        names.iter().flat_map(folders).find(|file| file.is_file())
    };
    if let Some(program) = found() {
        return Ok(program);
    }
    let id = Command::new("id").arg("-u").output();
    let is_root = id.is_ok_and(|output| output.stdout.trim_ascii() == b"0");
    if is_root && Path::new("/etc/debian_version").exists() {
        Step::new("apt-get", "update --quiet", root).run()?;
        let install = "install --quiet --yes --no-install-recommends";
        Step::new("apt-get", install, root)
            .arg(names[0])
            .env("DEBIAN_FRONTEND", "noninteractive")
            .run()?;
    }
    found().ok_or_else(|| Error::NoProgram {
        name: names[0].to_owned(),
    })
}

/// Whether Rust's standard library for a target is installed.
pub(crate) fn has_std(root: &Path, target: &str) -> Result<bool, Error> {
    let words = format!("--print target-libdir --target {target}");
    let folder = Step::new("rustc", &words, root).output()?;
    Ok(Path::new(folder.trim_end()).is_dir())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_installed_again_only_when_it_changed_or_failed() {
        let root = tempfile::tempdir().unwrap();
        let list = root.path().join("list.txt");
        let mut runs = 0;
        for (text, fails) in [("a", true), ("a", false), ("a", false), ("b", false)] {
            fs::write(&list, text).unwrap();
            let result = install(root.path(), "name", &list, |folder| {
                runs += 1;
                fs::create_dir_all(folder).unwrap();
                match fails {
                    true => Err(Error::Untidy(1)),
                    false => Ok(()),
                }
            });
            assert_eq!(result.is_err(), fails);
        }
        assert_eq!(runs, 3);
    }

    #[test]
    fn every_node_package_is_pinned_by_hash_and_names_no_host() {
        let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
        let lock = fs::read_to_string(root.join(BROWSER).join("package-lock.json")).unwrap();
        assert!(!lock.contains("://"), "{lock}");
        let packages = lock.matches("\"node_modules/").count();
        assert!(packages > 0);
        assert_eq!(lock.matches("\"integrity\": \"sha512-").count(), packages);
    }
}
