//! `cargo xtask bench`: builds what is measured and runs `crates/portal-bench/python/bench.py`, or `rtt.py`.

use std::path::Path;

use clap::Args;

use crate::ci::python::install;
use crate::error::Error;
use crate::portal::target_folder;
use crate::step::Step;
use crate::tools::{BENCH, Tools};

const WHEELS: &str = "target/wheels/bench";
const DRIVER: &str = "crates/portal-bench/python/bench.py";
const ROUND_TRIPS: &str = "crates/portal-bench/python/rtt.py";

/// Measure the cost of a call, ours and that of other clients, over loopback; `cargo xtask bench -- --help` lists the parts
///
/// A whole run takes half an hour and needs a quiet machine. `--quick` takes a minute after the build.
/// `cargo xtask bench rtt` counts the round trips of a link after pauses, in four minutes.
#[derive(Debug, Args)]
pub(crate) struct Bench {
    /// Parts to measure, and options
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

impl Bench {
    pub(crate) fn run(&self, root: &Path) -> Result<(), Error> {
        let tools = Tools::ready(root, BENCH)?;
        let python = tools.program("python");
        if self.arguments == ["rtt"] {
            // Without optimisation: the network's delay is most of the time.
            install(root, &tools, WHEELS, "")?;
            Step::cargo("build --package=portal-bench --locked", root).run()?;
            let program = target_folder(root)?.join("debug/portal-bench");
            return Step::new(python, ROUND_TRIPS, root).arg(program).run();
        }
        install(root, &tools, WHEELS, "--release")?;
        let build = "build --release --locked --package=portal-bench --package=portal-cli";
        Step::cargo(build, root).run()?;
        Step::new(python, DRIVER, root)
            .arg("--release")
            .arg(target_folder(root)?.join("release"))
            .args(&self.arguments)
            .run()
    }
}
