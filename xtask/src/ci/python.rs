//! The Python package as its users get it: a wheel, installed, then tested from outside.

use std::fs;
use std::path::Path;

use super::run::Run;
use crate::error::Error;
use crate::step::Step;
use crate::tools::{PYTHON, Tools};

const PACKAGE: &str = "bindings/portal-py";
/// Example applications; each is tested by itself, since they share module names.
const APPS: [&str; 3] = ["django", "fastapi", "flask"];
/// The scripts of `cargo xtask bench`.
const BENCH: &str = "crates/portal-bench/python";

/// Builds the wheel, installs it into `target/tools/python`, and runs every check on it.
pub(super) fn check(run: &mut Run<'_>) -> Result<(), Error> {
    let tools = Tools::ready(run.root, PYTHON)?;
    let step = |program, words: &str, folder: &str| {
        Step::line(tools.program(program), words, &run.root.join(folder))
    };
    for folder in [PACKAGE, "examples", BENCH] {
        step("ruff", "format --check .", folder).run()?;
        step("ruff", "check .", folder).run()?;
    }
    // Without optimisation, which takes minutes and changes no answer.
    install(run.root, &tools, "target/wheels/ci", &[])?;
    let report = run.root.join("target/pytest-junit.xml");
    let junit = format!("--junitxml={}", report.display());
    // The seed is fixed, so that a failed job fails again.
    let pytest = step("python", "-m pytest --hypothesis-seed=1", PACKAGE).arg(&junit);
    run.counts.add_report(pytest, &report)?;
    for app in APPS {
        let folder = format!("examples/{app}");
        let pytest = step("python", "-m pytest", &folder).arg(&junit);
        run.counts.add_report(pytest, &report)?;
        step(
            "mypy",
            "--strict --python-version=3.10 . ../conftest.py",
            &folder,
        )
        .run()?;
    }
    step("mypy", "", PACKAGE).run()?;
    // The clients that ours is compared with are not installed here.
    step(
        "mypy",
        "--strict --ignore-missing-imports --python-version=3.11 .",
        BENCH,
    )
    .run()?;
    for folder in [PACKAGE, "examples"] {
        let python = tools.program("python");
        step("pyright", "", folder)
            .arg(format!("--pythonpath={}", python.display()))
            .run()?;
    }
    // The types of everything public are known to users' checkers. It uses the `python` of `PATH`.
    step(
        "pyright",
        "--verifytypes portal_py --ignoreexternal",
        PACKAGE,
    )
    .path(tools.programs())
    .run()?;
    step(
        "python",
        "-m mypy.stubtest portal_py --mypy-config-file pyproject.toml",
        PACKAGE,
    )
    .run()
}

/// Builds the wheel into the folder `wheels`, with these options of maturin, and installs it.
pub(crate) fn install(
    root: &Path,
    tools: &Tools,
    wheels: &str,
    options: &[&str],
) -> Result<(), Error> {
    // An earlier wheel has the same version, and pip must not choose.
    let _ = fs::remove_dir_all(root.join(wheels));
    let words = format!(
        "build --manifest-path={PACKAGE}/Cargo.toml --locked --out {wheels} {}",
        options.join(" ")
    );
    let python = tools.program("python");
    Step::line(tools.program("maturin"), &words, root)
        .env("PYO3_PYTHON", &python)
        .run()?;
    let pip = "-m pip --disable-pip-version-check install --no-index --no-deps --force-reinstall --quiet --find-links";
    Step::line(&python, &format!("{pip} {wheels} portal-py"), root).run()
}
