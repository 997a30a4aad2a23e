//! `cargo xtask bench`: what a call costs in time, ours and those of others that do the same work.

mod cores;
mod figures;
mod group;
mod machine;
mod report;
mod runner;
mod server;
mod subjects;
mod target;

use std::fs;
use std::path::{Path, PathBuf};

use cargo_metadata::MetadataCommand;
use clap::Args;

use self::machine::Machine;
use self::report::Report;
use self::runner::Runner;
pub(crate) use self::server::Server;
use crate::error::Error;
use crate::package;
use crate::step::Step;
use crate::tools::{BENCH, Tools};

const WHEELS: &str = "target/wheels/bench";

/// Measure what calls cost, ours and those of others that do the same work, over loopback
///
/// The server is a process of its own on one core, clients are on another. All take turns (A B A B),
/// several rounds; figures are medians, and ratios the medians of each round's. What is short of its
/// target is said to be, and is no failure. It takes some minutes after the build, and a quiet machine.
#[derive(Debug, Args)]
pub(crate) struct Bench {
    /// Fewer rounds of fewer calls: about a minute
    #[arg(long)]
    quick: bool,

    /// Write the figures to this file too, with versions and machine
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

impl Bench {
    /// Builds what is measured, measures it, and prints the tables.
    pub(crate) fn run(&self, root: &Path) -> Result<(), Error> {
        let tools = Tools::ready(root, BENCH)?;
        package::install(root, &tools, WHEELS, &["--release"])?;
        let python = tools.program("python");
        let build = ["build", "--release", "--locked", "--package"];
        for package in ["portal-bench", "portal-cli"] {
            Step::cargo(&[&build[..], &[package]].concat(), root).run()?;
        }
        let metadata = MetadataCommand::new().current_dir(root).no_deps().exec()?;
        let release = metadata
            .target_directory
            .into_std_path_buf()
            .join("release");
        let machine = Machine::look(root, &python)?;

        cores::stay_on(cores::SERVER)?;
        let server = Server::start(&release.join("portal-bench"))?;
        cores::stay_on(cores::CLIENTS)?;
        let runner = Runner::new(&server, self.quick);
        let subjects = subjects::Subjects {
            python,
            worker: root.join("crates/portal-bench/python/worker.py"),
            release,
        };
        let mut measured = Vec::new();
        for group in subjects.groups(&server)? {
            measured.push(runner.measure(group)?);
        }
        let report = Report { machine, measured };
        println!("{report}");
        if let Some(path) = &self.json {
            fs::write(path, format!("{:#}\n", report.json())).map_err(Error::file(path))?;
        }
        Ok(())
    }
}
