//! What people do to the repository: `cargo xtask ci`, `tidy`, `bench`, `bulk-proof`, `dist`, `instructions`,
//! `new-adapter`, `wheels`, `screenshots`.
//!
//! One verb, one file. A new verb is a file, a variant of [`Verb`] and an arm of `main`.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program for the terminal: its output is what it is for"
)]

mod bench;
mod bulk_proof;
mod chromium;
mod ci;
mod debian;
mod dist;
mod error;
mod instructions;
mod new_adapter;
mod node;
mod package;
mod portal;
mod running;
mod screenshots;
mod step;
mod supply;
mod tidy;
mod tools;
mod wheels;

use std::path::PathBuf;
use std::process::ExitCode;

use cargo_metadata::MetadataCommand;
use clap::{Parser, Subcommand};

use crate::error::Error;

/// What people do to the repository
#[derive(Debug, Parser)]
#[command(name = "xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Ci(ci::Ci),
    Tidy(tidy::Tidy),
    Dist(dist::Dist),
    NewAdapter(new_adapter::NewAdapter),
    Screenshots(screenshots::Screenshots),
    Supply(supply::Supply),
    BulkProof(bulk_proof::BulkProof),
    Wheels(wheels::Wheels),
    Instructions(instructions::Instructions),
    Bench(bench::Bench),
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(&arguments.verb) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(verb: &Verb) -> Result<(), Error> {
    let root = workspace_root()?;
    match verb {
        Verb::Ci(ci) => ci.run(&root),
        Verb::Tidy(tidy) => tidy.run(&root),
        Verb::Dist(dist) => dist.run(&root),
        Verb::NewAdapter(new_adapter) => new_adapter.run(&root),
        Verb::Screenshots(screenshots) => screenshots.run(&root),
        Verb::Supply(supply) => supply.run(&root),
        Verb::BulkProof(proof) => proof.run(&root),
        Verb::Wheels(wheels) => wheels.run(&root),
        Verb::Instructions(instructions) => instructions.run(&root),
        Verb::Bench(bench) => bench.run(&root),
    }
}

/// The root of the workspace around the current directory, wherever `CARGO_TARGET_DIR` points.
fn workspace_root() -> Result<PathBuf, Error> {
    let metadata = MetadataCommand::new().no_deps().exec()?;
    Ok(metadata.workspace_root.into_std_path_buf())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_well_formed() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn an_unknown_job_is_refused_with_the_names_of_the_known_ones() {
        let error = Arguments::try_parse_from(["xtask", "ci", "frobnicate"])
            .expect_err("no such job")
            .to_string();
        assert!(error.contains("frobnicate"), "{error}");
        assert!(error.contains("clippy"), "{error}");
    }
}
