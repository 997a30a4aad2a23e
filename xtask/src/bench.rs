//! `cargo xtask bench`: builds what is measured and runs `crates/portal-bench/python/bench.py`.

use std::env;
use std::path::Path;

use clap::Args;

use crate::ci::python::install;
use crate::error::Error;
use crate::portal::target_folder;
use crate::step::Step;
use crate::tools::{BENCH, Tools};

const WHEELS: &str = "target/wheels/bench";
const DRIVER: &str = "crates/portal-bench/python/bench.py";

/// Measure the cost of a call, ours and that of other clients, over loopback; `cargo xtask bench -- --help` lists the parts
///
/// A whole run takes half an hour and needs a quiet machine. `--quick` takes a minute after the build.
#[derive(Debug, Args)]
pub(crate) struct Bench {
    /// Parts to measure, and options
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

impl Bench {
    pub(crate) fn run(&self, root: &Path) -> Result<(), Error> {
        let tools = Tools::ready(root, BENCH)?;
        install(root, &tools, WHEELS, &["--release"])?;
        let packages = ["--package=portal-bench", "--package=portal-cli"];
        Step::cargo(
            &[&["build", "--release", "--locked"], &packages[..]].concat(),
            root,
        )
        .run()?;
        let xtask = env::current_exe().map_err(Error::file(Path::new("xtask")))?;
        let driver = Step::new(tools.program("python"), &[DRIVER], root)
            .arg("--release")
            .arg(target_folder(root)?.join("release"))
            .arg("--xtask")
            .arg(xtask);
        self.arguments.iter().fold(driver, Step::arg).run()
    }
}
