//! `cargo xtask bench`: what a call costs, ours and those of others that do the same work.

mod build;
mod concurrency;
mod cores;
mod fact;
mod figures;
mod group;
mod instructions;
mod limit;
mod machine;
mod memory;
mod part;
mod plot;
mod report;
mod runner;
mod sandbox;
mod saved;
mod server;
mod subjects;
mod table;
mod target;
mod unit;

use std::fs;
use std::path::{Path, PathBuf};

use cargo_metadata::MetadataCommand;
use clap::Args;

use self::machine::Machine;
use self::part::Part;
use self::report::Report;
use self::runner::Runner;
pub(crate) use self::server::Server;
use self::subjects::Subjects;
use crate::ci::python::install;
use crate::error::Error;
use crate::step::Step;
use crate::tools::{BENCH, Tools};

const WHEELS: &str = "target/wheels/bench";

/// Measure what calls cost, ours and those of others that do the same work, over loopback
///
/// The server is a process of its own on one core, clients are on another. All take turns (A B A B),
/// several rounds; figures are medians, and ratios the medians of each round's. What is short of its
/// target is said to be, and is no failure. All of it takes half an hour, and a quiet machine.
#[derive(Debug, Args)]
pub(crate) struct Bench {
    /// Measure these alone; without a name all, or with `--quick` those that take seconds
    #[arg(value_name = "PART")]
    parts: Vec<Part>,

    /// Fewer rounds of fewer calls: a minute after the build
    #[arg(long)]
    quick: bool,

    /// Write the figures to this file too, with versions and machine
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,

    /// Write the tables into docs/BENCHMARKS.md, and the plots into docs/benchmarks
    #[arg(long, conflicts_with = "parts")]
    save: bool,
}

/// All that is there before anything is measured.
struct Bed<'a> {
    root: &'a Path,
    target: PathBuf,
    subjects: Subjects,
    server: Server,
    quick: bool,
    /// The cores that we had at first.
    cores: Vec<usize>,
}

impl Bench {
    /// Builds what is measured, measures it, and prints the tables.
    pub(crate) fn run(&self, root: &Path) -> Result<(), Error> {
        let bed = Bed::make(root, self.quick)?;
        let machine = Machine::look(root, &bed.subjects.python, bed.cores.len())?;
        let mut report = Report::new(machine, self.command());
        let parts: Vec<Part> = match self.parts.is_empty() {
            true => Part::all(self.quick).collect(),
            false => self.parts.clone(),
        };
        for part in parts {
            // The others are worth having, whatever one of them lacks.
            if let Err(error) = bed.measure(part, &mut report) {
                report.missing.push((part, error.to_string()));
            }
        }
        println!("\n{report}");
        if let Some(path) = &self.json {
            fs::write(path, format!("{:#}\n", report.json())).map_err(Error::file(path))?;
        }
        if self.save {
            saved::write(root, &report)?;
        }
        let missing = report.missing.iter().map(|(part, _)| format!("`{part}`"));
        let missing: Vec<_> = missing.collect();
        match missing.is_empty() {
            true => Ok(()),
            false => Err(Error::Unmeasured(missing.join(", "))),
        }
    }

    /// The command, to be repeated by hand.
    fn command(&self) -> String {
        let mut command = "cargo xtask bench".to_owned();
        for part in &self.parts {
            command.push_str(&format!(" {part}"));
        }
        for (flag, is_set) in [(" --quick", self.quick), (" --save", self.save)] {
            command.push_str(if is_set { flag } else { "" });
        }
        command
    }
}

impl<'a> Bed<'a> {
    /// Builds what is measured, and starts the server.
    fn make(root: &'a Path, quick: bool) -> Result<Self, Error> {
        let tools = Tools::ready(root, BENCH)?;
        install(root, &tools, WHEELS, &["--release"])?;
        let build = ["build", "--release", "--locked", "--package"];
        for package in ["portal-bench", "portal-cli"] {
            Step::cargo(&[&build[..], &[package]].concat(), root).run()?;
        }
        let metadata = MetadataCommand::new().current_dir(root).no_deps().exec()?;
        let target = metadata.target_directory.into_std_path_buf();
        let subjects = Subjects {
            python: tools.program("python"),
            worker: root.join("crates/portal-bench/python/worker.py"),
            release: target.join("release"),
        };
        let cores = cores::allowed()?;
        cores::stay_on(&[cores::SERVER])?;
        Ok(Self {
            root,
            server: Server::start(&subjects.release.join("portal-bench"))?,
            target,
            subjects,
            quick,
            cores,
        })
    }

    fn measure(&self, part: Part, report: &mut Report) -> Result<(), Error> {
        println!("measuring: {part}");
        cores::stay_on(match part {
            Part::Instructions | Part::Build => &self.cores,
            Part::Sandbox | Part::Limit => &[cores::CLIENTS, cores::SERVER],
            Part::Rust | Part::Concurrency | Part::Python | Part::Command | Part::Memory => {
                &[cores::CLIENTS]
            }
        })?;
        let (subjects, release) = (&self.subjects, &self.subjects.release);
        let runner = Runner::new(self.server.places(), self.quick);
        match part {
            Part::Instructions => {
                instructions::add(&crate::instructions::count(self.root)?, report);
            }
            Part::Rust => runner.measure_all(subjects.rust_calls(), report)?,
            Part::Python => runner.measure_all(subjects.python(), report)?,
            Part::Command => {
                let group = subjects.programs(&self.server)?;
                report.add(runner.measure(group)?);
            }
            Part::Concurrency => {
                let groups = subjects.concurrency().into_iter();
                let levels: Result<Vec<_>, _> = groups.map(|group| runner.measure(group)).collect();
                report.add_levels(levels?);
            }
            Part::Memory => memory::measure(&runner, &release.join("portal-bench"), report)?,
            Part::Sandbox => sandbox::measure(release, self.quick, report)?,
            Part::Limit => limit::measure(&release.join("portal"), self.quick, report)?,
            Part::Build => {
                build::measure(self.root, &self.target, report)?;
                build::sizes(self.root, report)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_names_the_command_that_makes_it_again() {
        let bench = Bench {
            parts: vec![Part::Rust, Part::Memory],
            quick: true,
            json: None,
            save: false,
        };
        assert_eq!(bench.command(), "cargo xtask bench rust memory --quick");
    }

    #[test]
    fn a_quick_run_leaves_out_what_takes_minutes() {
        let quick: Vec<Part> = Part::all(true).collect();
        assert!(quick.contains(&Part::Rust) && quick.contains(&Part::Python));
        assert!(!quick.contains(&Part::Build) && !quick.contains(&Part::Instructions));
    }
}
