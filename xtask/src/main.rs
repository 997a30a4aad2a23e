//! What people do to the repository: `cargo xtask ci`, `tidy`, `bench`, `instructions`, `new-adapter`,
//! `screenshots`, `supply` and `wheels`.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program for the terminal: its output is its purpose"
)]

mod bench;
mod ci;
mod error;
mod instructions;
mod new_adapter;
mod portal;
mod step;
mod tidy;
mod tools;
mod wheels;

use std::path::Path;
use std::process::ExitCode;

use cargo_metadata::MetadataCommand;
use clap::{Parser, Subcommand};

use crate::error::Error;
use crate::step::Step;
use crate::tools::{NATIVE, Tools};

/// Tasks for work on this repository
#[derive(Debug, Parser)]
#[command(name = "xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Ci(ci::Ci),
    /// Check the house rules: file sizes, circles, client sockets, left-overs, documents
    ///
    /// Prints every violation as `path:line: what; why`.
    Tidy,
    NewAdapter(new_adapter::NewAdapter),
    /// Take pictures of the home page and both portals into docs/screenshots
    Screenshots,
    /// Look up advisories against all dependencies, if their database can be fetched
    Supply,
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
    // Cargo finds the workspace around the current directory.
    let metadata = MetadataCommand::new().no_deps().exec()?;
    let root = metadata.workspace_root.as_std_path();
    match verb {
        Verb::Ci(ci) => ci.run(root),
        Verb::Tidy => tidy::check(root),
        Verb::NewAdapter(new_adapter) => new_adapter.run(root),
        Verb::Screenshots => screenshots(root),
        Verb::Supply => supply(root),
        Verb::Wheels(wheels) => wheels.run(root),
        Verb::Instructions(instructions) => instructions.run(root),
        Verb::Bench(bench) => bench.run(root),
    }
}

fn screenshots(root: &Path) -> Result<(), Error> {
    let folder = root.join("docs/screenshots");
    let portal = portal::build(root)?;
    tools::node(root, "screenshots.mjs", &portal)?
        .arg(folder)
        .run()
}

fn supply(root: &Path) -> Result<(), Error> {
    let deny = Tools::ready(root, NATIVE)?.program("cargo-deny");
    let deny = |words: &str| {
        let words = format!("deny --all-features --locked --config .config/deny.toml {words}");
        Step::new(&deny, &words, root).run()
    };
    match deny("fetch db") {
        Ok(()) => deny("check --disable-fetch advisories"),
        Err(_) => {
            println!("advisories were NOT checked: their database cannot be fetched from here");
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_well_formed() {
        Arguments::command().debug_assert();
    }
}
