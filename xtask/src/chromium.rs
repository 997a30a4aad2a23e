//! What drives the pages: Chromium as it is found or Debian brings it, and the pinned packages of node that speak to it.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use crate::debian;
use crate::error::Error;
use crate::node::Node;
use crate::portal;
use crate::step::Step;
use crate::tools::{home, is_current};

/// Where the tests and the list of their packages live, relative to the root.
pub(crate) const FOLDER: &str = "crates/portal-sandbox/browser";

/// What `node` is to run with: all that the scripts ask of their environment.
#[derive(Debug)]
pub(crate) struct Driver {
    node: PathBuf,
    chromium: PathBuf,
    packages: PathBuf,
    portal: PathBuf,
}

impl Driver {
    /// Finds or installs Chromium, installs the packages, and builds the program.
    pub(crate) fn ready(root: &Path) -> Result<Self, Error> {
        let node = Node::ready(root)?;
        Ok(Self {
            chromium: chromium(root)?,
            packages: packages(&node, root)?,
            node: node.node,
            portal: portal::build(root)?,
        })
    }

    /// A run of node in the folder of the tests.
    pub(crate) fn node(&self, arguments: &[&str], root: &Path) -> Step {
        Step::new(&self.node, arguments, &root.join(FOLDER))
            .env("CHROMIUM", &self.chromium.to_string_lossy())
            .env("PORTAL_BROWSER_PACKAGES", &self.packages.to_string_lossy())
            .env("PORTAL_BIN", &self.portal.to_string_lossy())
    }
}

/// `CHROMIUM` alone if it is set; else the first on the path; else Debian's, where we may install it.
fn chromium(root: &Path) -> Result<PathBuf, Error> {
    if let Some(named) = env::var_os("CHROMIUM") {
        let named = PathBuf::from(named);
        return match named.is_file() {
            true => Ok(named),
            false => Err(Error::NoChromium {
                tried: format!("`CHROMIUM` names `{}`, which is not there", named.display()),
            }),
        };
    }
    debian::program(NAMES, "chromium", root)?.ok_or(Error::NoChromium {
        tried: "none is on the path, and this is not root on Debian, who could install one"
            .to_owned(),
    })
}

const NAMES: &[&str] = &[
    "chromium",
    "chromium-browser",
    "google-chrome-stable",
    "google-chrome",
];

/// Installs what `package-lock.json` pins, into `target/tools/browser` so that the checkout stays clean.
fn packages(node: &Node, root: &Path) -> Result<PathBuf, Error> {
    let (home, lock) = home(root)?;
    let folder = home.join("browser");
    let source = root.join(FOLDER);
    let pinned = source.join("package-lock.json");
    let pinned = fs::read_to_string(&pinned).map_err(Error::file(&pinned))?;
    let stamp = folder.join("installed.json");
    if !is_current(&stamp, &pinned) {
        fs::create_dir_all(&folder).map_err(Error::file(&folder))?;
        for name in ["package.json", "package-lock.json", ".npmrc"] {
            let from = source.join(name);
            fs::copy(&from, folder.join(name)).map_err(Error::file(&from))?;
        }
        println!(
            "installing the pinned packages of {FOLDER}/package-lock.json into target/tools/browser"
        );
        Step::new(&node.npm, &["ci", "--ignore-scripts"], &folder)
            .run()
            .map_err(|cause| Error::NoPackages {
                cause: Box::new(cause),
            })?;
        fs::write(&stamp, &pinned).map_err(Error::file(&stamp))?;
    }
    drop(lock);
    Ok(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lock_file_names_no_host_and_pins_every_package_by_hash() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let lock = fs::read_to_string(root.join(FOLDER).join("package-lock.json")).unwrap();
        assert!(!lock.contains("://"), "{lock}");
        let packages = lock.matches("\"node_modules/").count();
        assert!(packages > 0);
        assert_eq!(lock.matches("\"integrity\": \"sha512-").count(), packages);
    }
}
