//! `cargo xtask instructions`: builds the benchmarks' clients and runs `crates/portal-bench/python/instructions.py`.

use std::path::Path;

use clap::Args;

use crate::error::Error;
use crate::portal::target_folder;
use crate::step::Step;
use crate::tools::{python, system_program};

const COUNTER: &str = "crates/portal-bench/python/instructions.py";

/// Count the instructions of a call, by valgrind, and compare them with the committed baseline
///
/// A count that is over 3 % higher than its baseline fails, and so does a call that costs over 1.6
/// times as many as a bare connection of hyper's. The server is a process of its own and not counted.
/// `callgrind_annotate` shows where the instructions go, from `target/instructions/NAME.out`.
#[derive(Debug, Default, Args)]
pub(crate) struct Instructions {
    /// Write the counts as the new baseline
    #[arg(long)]
    save: bool,
}

impl Instructions {
    pub(crate) fn run(&self, root: &Path) -> Result<(), Error> {
        let valgrind = system_program(&["valgrind"], root)?;
        let build = "build --package=portal-bench --profile=counted --locked";
        Step::cargo(build, root).run()?;
        Step::new(python(), COUNTER, root)
            .args(self.save.then_some("--save"))
            .arg(target_folder(root)?.join("counted/portal-bench"))
            .arg(valgrind)
            .run()
    }
}
