//! The Python package, as its users get it: a wheel, installed, then asked from outside.

use std::path::Path;

use super::counts::Counts;
use super::job::settle;
use crate::error::Error;
use crate::package;
use crate::step::Step;
use crate::tools::{PYTHON, Tools};

const PACKAGE: &str = "bindings/portal-py";
/// Apps that use the package as their users would, each tested by itself: they share module names.
const EXAMPLES: &str = "examples";
const APPS: [&str; 3] = ["django", "fastapi", "flask"];
/// What `cargo xtask bench` runs.
const WORKER: &str = "crates/portal-bench/python";
const WHEELS: &str = "target/wheels/ci";

/// Builds the wheel, installs it into `target/tools/python`, and runs every check on it.
pub(super) fn check(root: &Path, counts: &mut Option<Counts>) -> Result<(), Error> {
    let tools = Tools::ready(root, PYTHON)?;
    let package = root.join(PACKAGE);
    let python = tools.program("python");
    let examples = root.join(EXAMPLES);
    let step = |name, arguments: &[&str]| Step::new(tools.program(name), arguments, &package);

    let worker = root.join(WORKER);
    for folder in [&package, &examples, &worker] {
        for arguments in [&["format", "--check", "."][..], &["check", "."]] {
            Step::new(tools.program("ruff"), arguments, folder).run()?;
        }
    }
    // Optimising takes minutes, and changes no answer.
    package::install(root, &tools, WHEELS, &[])?;
    // As with proptest: what it draws is the same each time.
    let pytest = ["-m", "pytest", "--hypothesis-seed=1"];
    test(step("python", &pytest), counts)?;
    for app in APPS {
        let folder = examples.join(app);
        test(Step::new(&python, &["-m", "pytest"], &folder), counts)?;
        let strict = ["--strict", "--python-version=3.10", ".", "../conftest.py"];
        Step::new(tools.program("mypy"), &strict, &folder).run()?;
    }
    step("mypy", &[]).run()?;
    // Those that we are compared with are not installed for this.
    let strict = [
        "--strict",
        "--ignore-missing-imports",
        "--python-version=3.11",
        ".",
    ];
    Step::new(tools.program("mypy"), &strict, &worker).run()?;
    let interpreter = format!("--pythonpath={}", python.display());
    for folder in [&package, &examples] {
        Step::new(tools.program("pyright"), &[&interpreter], folder).run()?;
    }
    // Whether users' checkers know the type of everything public; it asks the `python` of `PATH`.
    step(
        "pyright",
        &["--verifytypes", "portal_py", "--ignoreexternal"],
    )
    .finding(tools.programs())
    .run()?;
    let stubtest = ["-m", "mypy.stubtest", "portal_py"];
    let configured = ["--mypy-config-file", "pyproject.toml"];
    step("python", &[&stubtest[..], &configured].concat()).run()
}

fn test(step: Step, counts: &mut Option<Counts>) -> Result<(), Error> {
    let mut last = None;
    let shown = step.shown().to_owned();
    let result = step.run_reading(|line| last = Counts::from_pytest(line).or(last));
    settle(result, last, counts, shown)
}
