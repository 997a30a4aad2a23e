//! `cargo xtask tidy`: the house rules that neither the compiler nor clippy checks.
//!
//! A rule is a function from a [`Repository`] to its violations, and a line in [`RULES`]. Home-made: clippy
//! and cargo-deny read no documents and no prose, and clippy's `disallowed-methods` cannot except a folder.

mod circles;
mod documents;
mod manifests;
mod promises;
mod text;
mod tree;

use std::path::Path;

use self::tree::Repository;
use crate::error::Error;
use crate::step::Step;

const RULES: &[fn(&Repository) -> Vec<String>] = &[
    circles::no_files_import_each_other_in_a_circle,
    manifests::every_crate_has_a_description_and_the_lints,
    manifests::only_portal_and_its_benchmarks_depend_on_adapters,
    text::the_engine_names_no_provider,
    text::only_the_engine_opens_client_sockets,
    text::files_are_short,
    text::nothing_is_left_over,
    text::tests_do_not_sleep,
    documents::the_top_level_is_short,
    documents::every_dependency_is_justified,
    promises::each_promise_names_a_test,
];

/// Prints every violation of every rule; any is an error.
pub(crate) fn check(root: &Path) -> Result<(), Error> {
    // It finds the markers of merge conflicts in every file, compared with the tree that is empty.
    let markers = "-c core.whitespace=-trailing-space,-space-before-tab diff --check 4b825dc642cb6eb9a060e54bf8d69288fbee4904";
    Step::new("git", markers, root).run()?;
    let repository = Repository::read(root)?;
    let violations: Vec<String> = RULES.iter().flat_map(|rule| rule(&repository)).collect();
    for violation in &violations {
        println!("{violation}");
    }
    if !violations.is_empty() {
        return Err(Error::Untidy(violations.len()));
    }
    let (files, rules) = (repository.files.len(), RULES.len());
    println!("{rules} rules hold in {files} files");
    Ok(())
}
