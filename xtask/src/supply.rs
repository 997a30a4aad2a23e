//! `cargo xtask supply`: how much of others' work each part brings, and whether any of it is known to be broken.

use std::collections::BTreeSet;
use std::path::Path;

use clap::Args;

use crate::error::Error;
use crate::step::Step;
use crate::tools::{NATIVE, Tools};

/// What is linked into what people build, its build scripts among it.
const SHIPPED: &str = "normal,build";

/// What people build, which of its dependencies count, and cargo's words for it.
const PARTS: &[(&str, &str, &[&str])] = &[
    (
        "the library, both providers",
        SHIPPED,
        &["--package", "portal"],
    ),
    (
        "the library, one provider",
        SHIPPED,
        &[
            "--package",
            "portal",
            "--no-default-features",
            "--features",
            "kwik",
        ],
    ),
    ("the command line", SHIPPED, &["--package", "portal-cli"]),
    ("the Python package", SHIPPED, &["--package", "portal-py"]),
    (
        "the Python package without sandbox",
        SHIPPED,
        &["--package", "portal-py", "--no-default-features"],
    ),
    (
        "everything, tests too",
        "normal,build,dev",
        &["--workspace"],
    ),
];

/// Count the crates that each part of the workspace brings, and look for advisories against them
///
/// Advisories are looked up where their database can be fetched; elsewhere it is said that they
/// were not.
#[derive(Debug, Args)]
pub(crate) struct Supply {}

impl Supply {
    /// Prints the counts, then what is known against any of the crates.
    pub(crate) fn run(&self, root: &Path) -> Result<(), Error> {
        count(root)?;
        let deny = Tools::ready(root, NATIVE)?.program("cargo-deny");
        match Step::new(&deny, &["deny", "fetch", "db"], root).run() {
            Ok(()) => {
                let arguments = [
                    "deny",
                    "--all-features",
                    "--locked",
                    "check",
                    "--disable-fetch",
                    "advisories",
                ];
                Step::new(&deny, &arguments, root).run()
            }
            Err(_) => {
                println!("advisories were NOT checked: their database cannot be fetched from here");
                Ok(())
            }
        }
    }
}

/// Prints how many crates each part is made of, itself and ours included.
pub(crate) fn count(root: &Path) -> Result<(), Error> {
    for (part, edges, arguments) in PARTS {
        let mut crates = BTreeSet::new();
        let options = ["tree", "--locked", "--prefix", "none", "--edges", edges];
        let tree = [&options[..], arguments].concat();
        Step::cargo(&tree, root).read_quietly(|line| crates.extend(named(line)))?;
        println!("{:4} crates: {part}", crates.len());
    }
    Ok(())
}

/// Reads name and version of a line of `cargo tree`: `hyper v1.12.0 (*)`.
pub(crate) fn named(line: &str) -> Option<(String, String)> {
    let mut words = line.split_whitespace();
    let name = words.next()?;
    let version = words.next().filter(|version| version.starts_with('v'))?;
    Some((name.to_owned(), version.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_the_tree_is_one_crate_however_often_it_comes() {
        let lines = [
            "hyper v1.12.0",
            "hyper v1.12.0 (*)",
            "portal v0.1.0 (/x/portal)",
            "",
            "[dev-dependencies]",
        ];
        let crates: BTreeSet<_> = lines.iter().filter_map(|line| named(line)).collect();
        assert_eq!(crates.len(), 2);
    }
}
