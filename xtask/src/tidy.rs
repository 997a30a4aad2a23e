//! `cargo xtask tidy`: the house rules that no compiler knows.
//!
//! One rule is one function from a [`Repository`] to its violations, and one line in [`RULES`].

mod direction;
mod documents;
mod graph;
mod manifests;
mod promises;
mod text;
mod tree;

use std::fmt;
use std::path::Path;

use clap::Args;

use self::graph::Graph;
use self::tree::Tree;
use crate::error::Error;

/// What a rule is.
type Rule = fn(&Repository) -> Vec<Violation>;

const RULES: &[Rule] = &[
    direction::core_depends_on_no_crate_of_ours,
    direction::core_and_adapters_have_no_runtime,
    direction::adapters_stand_alone,
    direction::the_testkit_is_for_tests_of_any_provider,
    direction::the_sandbox_is_a_second_reading,
    direction::one_crate_holds_the_http_client,
    direction::bulk_runs_know_no_engine,
    manifests::every_crate_says_what_it_is,
    manifests::every_crate_takes_the_lints,
    text::the_engine_names_no_provider,
    text::files_are_short,
    text::nothing_is_left_over,
    text::tests_do_not_sleep,
    documents::the_documents_exist,
    documents::links_lead_somewhere,
    documents::every_dependency_is_justified,
    promises::each_promise_names_a_test,
];

/// Check the house rules: who depends on whom, file sizes, left-overs, documents
///
/// Prints every violation as `path:line: what; why`.
#[derive(Debug, Args)]
pub(crate) struct Tidy {}

impl Tidy {
    /// Checks the whole repository.
    pub(crate) fn run(&self, root: &Path) -> Result<(), Error> {
        check(root)
    }
}

/// Prints every violation of every rule; any is an error.
pub(crate) fn check(root: &Path) -> Result<(), Error> {
    let repository = Repository {
        tree: Tree::read(root)?,
        graph: Graph::read(root)?,
    };
    let violations: Vec<Violation> = RULES.iter().flat_map(|rule| rule(&repository)).collect();
    for violation in &violations {
        println!("{violation}");
    }
    match violations.len() {
        0 => {
            let (files, rules) = (repository.tree.files.len(), RULES.len());
            println!("{rules} rules hold in {files} files");
            Ok(())
        }
        1 => Err(Error::Untidy("1 violation".to_owned())),
        many => Err(Error::Untidy(format!("{many} violations"))),
    }
}

/// All that a rule may look at.
#[derive(Debug, Default)]
struct Repository {
    tree: Tree,
    graph: Graph,
}

/// One place that breaks a rule.
#[derive(Debug, PartialEq, Eq)]
struct Violation {
    /// Relative to the root, with `/`.
    path: String,
    /// Counted from 1.
    line: usize,
    what: String,
    why: &'static str,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            path,
            line,
            what,
            why,
        } = self;
        write!(f, "{path}:{line}: {what}; {why}")
    }
}

/// What the rules' tests share: a repository by hand, and its violations as they print.
#[cfg(test)]
mod by_hand {
    use super::{Graph, Repository, Rule, Tree};

    /// Files as `(path, text)`.
    pub(super) fn files(files: &[(&str, &str)]) -> Repository {
        Repository {
            tree: Tree::by_hand(files),
            graph: Graph::default(),
        }
    }

    /// Crates of the workspace, and who depends on whom: `a -> b`, for tests `a -dev-> b`.
    pub(super) fn crates(names: &[&str], edges: &[&str]) -> Repository {
        Repository {
            tree: Tree::default(),
            graph: Graph::by_hand(names, edges),
        }
    }

    pub(super) fn violations(rule: Rule, repository: &Repository) -> Vec<String> {
        rule(repository).iter().map(ToString::to_string).collect()
    }
}
