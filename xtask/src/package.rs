//! The Python package, as a wheel, in a venv.

use std::fs;
use std::path::Path;

use crate::error::Error;
use crate::step::Step;
use crate::tools::Tools;

const PACKAGE: &str = "bindings/portal-py";

/// Builds the wheel into the folder `wheels`, with these options of maturin's, and installs it.
pub(crate) fn install(
    root: &Path,
    tools: &Tools,
    wheels: &str,
    options: &[&str],
) -> Result<(), Error> {
    let folder = root.join(wheels);
    if folder.exists() {
        // Last time's wheel has the same version, and pip must not choose.
        fs::remove_dir_all(&folder).map_err(Error::file(&folder))?;
    }
    let manifest = format!("--manifest-path={PACKAGE}/Cargo.toml");
    let build = ["build", &manifest, "--locked", "--out", wheels];
    let python = tools.program("python");
    let interpreter = python.to_string_lossy();
    let maturin = tools.program("maturin");
    Step::new(maturin, &[&build[..], options].concat(), root)
        .env("PYO3_PYTHON", &interpreter)
        .run()?;
    let offline = ["--no-index", "--find-links", wheels];
    let anew = ["--no-deps", "--force-reinstall", "--quiet", "portal-py"];
    let pip = ["-m", "pip", "--disable-pip-version-check", "install"];
    Step::new(&python, &[&pip[..], &offline, &anew].concat(), root).run()
}
