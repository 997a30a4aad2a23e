//! The Python package as its users get it: a wheel, installed, then tested from outside.

use std::fs;
use std::path::Path;

use super::run::Run;
use crate::error::Error;
use crate::step::Step;
use crate::tools::{PYTHON, Tools};

const PACKAGE: &str = "bindings/portal-py";
/// Checks of code as it is: a folder, and a command of the venv's programs. ruff takes each folder's own settings.
const FORMAT: &str = "
    .: ruff format --check bindings/portal-py examples crates/portal-bench/python
    .: ruff check bindings/portal-py examples crates/portal-bench/python";

/// Checks that need the installed package. The clients that ours is compared with are not installed, and
/// `--verifytypes` shows whether users' checkers know the type of everything public.
const TYPES: &str = "
    bindings/portal-py: mypy
    examples/django: mypy --strict --python-version=3.10 . ../conftest.py
    examples/fastapi: mypy --strict --python-version=3.10 . ../conftest.py
    examples/flask: mypy --strict --python-version=3.10 . ../conftest.py
    crates/portal-bench/python: mypy --strict --ignore-missing-imports --python-version=3.11 .
    bindings/portal-py: pyright
    examples: pyright
    bindings/portal-py: pyright --verifytypes portal_py --ignoreexternal
    bindings/portal-py: python -m mypy.stubtest portal_py --mypy-config-file pyproject.toml";

/// The examples are tested one by one, since they share module names. The seed is fixed, so that a failed
/// job fails again.
const TESTS: &str = "
    bindings/portal-py: python -m pytest --hypothesis-seed=1
    crates/portal-bench/python: python -m pytest
    examples/django: python -m pytest
    examples/fastapi: python -m pytest
    examples/flask: python -m pytest";

/// Builds the wheel, installs it into `target/tools/python`, and runs every check on it.
pub(super) fn check(run: &mut Run<'_>) -> Result<(), Error> {
    let (root, tools) = (run.root, Tools::ready(run.root, PYTHON)?);
    let steps = |lines: &'static str| {
        let lines = lines
            .lines()
            .filter_map(|line| line.trim().split_once(": "));
        lines.map(|(folder, command)| {
            let (program, words) = command.split_once(' ').unwrap_or((command, ""));
            // pyright uses the `python` of `PATH`.
            Step::new(tools.program(program), words, &root.join(folder)).path(tools.programs())
        })
    };
    steps(FORMAT).try_for_each(Step::run)?;
    // Without optimisation, which takes minutes and changes no answer.
    install(root, &tools, "target/wheels/ci", "")?;
    let report = root.join("target/pytest-junit.xml");
    for test in steps(TESTS) {
        let test = test.arg(format!("--junitxml={}", report.display()));
        run.counts.add_report(test, &report)?;
    }
    steps(TYPES).try_for_each(Step::run)
}

/// Builds the wheel into the folder `wheels`, with these options of maturin, and installs it.
pub(crate) fn install(
    root: &Path,
    tools: &Tools,
    wheels: &str,
    options: &str,
) -> Result<(), Error> {
    // An earlier wheel has the same version, and pip must not choose.
    let _ = fs::remove_dir_all(root.join(wheels));
    let words =
        format!("build --manifest-path={PACKAGE}/Cargo.toml --locked --out {wheels} {options}");
    let python = tools.program("python");
    Step::new(tools.program("maturin"), &words, root)
        .env("PYO3_PYTHON", &python)
        .run()?;
    let pip = "-m pip --disable-pip-version-check install --no-index --no-deps --force-reinstall --quiet --find-links";
    Step::new(&python, &format!("{pip} {wheels} portal-py"), root).run()
}
