//! Rules on who may depend on whom.

use super::graph::Crate;
use super::{Repository, Violation};

const CORE: &str = "portal-core";
const ENGINE: &str = "portal-http";
const FRONT: &str = "portal";
const SANDBOX: &str = "portal-sandbox";
const TESTKIT: &str = "portal-testkit";
const BULK: &str = "portal-bulk";
const BENCH: &str = "portal-bench";
const HTTP_CLIENT: &str = "reqwest";

/// What does or waits for input and output.
const RUNTIME: &[&str] = &["tokio", "reqwest", "hyper", "axum", "rusqlite"];

pub(super) fn core_depends_on_no_crate_of_ours(repository: &Repository) -> Vec<Violation> {
    let graph = &repository.graph;
    let core = graph.crates.iter().filter(|one| one.package.name == CORE);
    core.flat_map(|core| {
        graph
            .direct(&core.package)
            .filter(|name| graph.is_ours(name))
            .map(|name| {
                let why = "the words stand below everything that speaks them";
                violation(repository, core, &[name], why)
            })
    })
    .collect()
}

pub(super) fn core_and_adapters_have_no_runtime(repository: &Repository) -> Vec<Violation> {
    let pure = |one: &&Crate| one.package.name == CORE || is_adapter(&one.package.name);
    let why = "words and adapters are pure: only the engine does input and output";
    ways(repository, pure, false, |name| RUNTIME.contains(&name), why)
}

pub(super) fn adapters_stand_alone(repository: &Repository) -> Vec<Violation> {
    let adapters = |one: &&Crate| is_adapter(&one.package.name);
    let forbidden = |name: &str| name == ENGINE || is_adapter(name);
    let why = "an adapter knows its provider and the words, not the engine nor another provider";
    // The test kit runs an adapter under the engine, and knows no adapter itself.
    ways_around(repository, adapters, true, &[TESTKIT], forbidden, why)
}

pub(super) fn the_testkit_is_for_tests_of_any_provider(repository: &Repository) -> Vec<Violation> {
    let kit = |one: &&Crate| one.package.name == TESTKIT;
    let why = "trials that know a provider would not be the same for all";
    let mut found = ways(repository, kit, true, is_adapter, why);
    let why = "what is shipped has no test kit in it";
    let shipped = |one: &&Crate| ![TESTKIT, BENCH].contains(&one.package.name.as_str());
    found.extend(ways(
        repository,
        shipped,
        false,
        |name| name == TESTKIT,
        why,
    ));
    found
}

pub(super) fn the_sandbox_is_a_second_reading(repository: &Repository) -> Vec<Violation> {
    let sandbox = |one: &&Crate| one.package.name == SANDBOX;
    let forbidden = |name: &str| [CORE, ENGINE, FRONT].contains(&name) || is_adapter(name);
    let why = "two independent readings of the documentation must agree, and shared types would be wrong together";
    ways(repository, sandbox, true, forbidden, why)
}

pub(super) fn one_crate_holds_the_http_client(repository: &Repository) -> Vec<Violation> {
    let graph = &repository.graph;
    // Among what is measured are others' clients.
    let measuring = |one: &&Crate| [ENGINE, BENCH].contains(&one.package.name.as_str());
    let others = graph.crates.iter().filter(|one| !measuring(one));
    others
        .filter(|one| graph.direct(&one.package).any(|name| name == HTTP_CLIENT))
        .map(|one| {
            let why = "the engine alone opens client sockets, in tests too";
            violation(repository, one, &[HTTP_CLIENT], why)
        })
        .collect()
}

pub(super) fn bulk_runs_know_no_engine(repository: &Repository) -> Vec<Violation> {
    let bulk = |one: &&Crate| one.package.name == BULK;
    let forbidden = |name: &str| [ENGINE, FRONT, SANDBOX].contains(&name) || is_adapter(name);
    let why = "a bulk run is about rows and files: whoever makes links can be given to it";
    ways(repository, bulk, true, forbidden, why)
}

fn is_adapter(name: &str) -> bool {
    name.starts_with("adapter-")
}

/// A violation for each forbidden name that one of the chosen crates reaches.
fn ways(
    repository: &Repository,
    chosen: impl Fn(&&Crate) -> bool,
    tests: bool,
    is_forbidden: impl Fn(&str) -> bool,
    why: &'static str,
) -> Vec<Violation> {
    ways_around(repository, chosen, tests, &[], is_forbidden, why)
}

/// The same, where what `around` names is not gone through.
fn ways_around(
    repository: &Repository,
    chosen: impl Fn(&&Crate) -> bool,
    tests: bool,
    around: &[&str],
    is_forbidden: impl Fn(&str) -> bool,
    why: &'static str,
) -> Vec<Violation> {
    let graph = &repository.graph;
    let chosen = graph.crates.iter().filter(chosen);
    chosen
        .flat_map(|one| {
            let ways = graph.ways(&one.package, tests, around, &is_forbidden);
            ways.into_iter()
                .map(|way| violation(repository, one, &way, why))
                .collect::<Vec<_>>()
        })
        .collect()
}

/// The line is where the first step of the way is asked for.
fn violation(repository: &Repository, from: &Crate, way: &[&str], why: &'static str) -> Violation {
    let first = way.first().copied().unwrap_or_default();
    Violation {
        path: from.manifest.clone(),
        line: repository.tree.line_of_dependency(&from.manifest, first),
        what: format!("`{}` depends on `{}`", from.package.name, way.join("` → `")),
        why,
    }
}

#[cfg(test)]
mod tests {
    use super::super::by_hand::{crates, violations};
    use super::super::{Repository, Tree};
    use super::*;

    const OURS: &[&str] = &[
        "portal-core",
        "portal-http",
        "portal",
        "portal-sandbox",
        "portal-testkit",
        "portal-bulk",
        "portal-bench",
        "adapter-one",
        "adapter-two",
    ];

    /// The workspace as it should be.
    const RIGHT: &[&str] = &[
        "portal-core -> url",
        "portal-core -dev-> tokio",
        "portal-http -> portal-core",
        "portal-http -> reqwest",
        "reqwest -> tokio",
        "adapter-one -> portal-core",
        "adapter-two -> portal-core",
        "adapter-two -dev-> portal-testkit",
        "portal-http -dev-> portal-testkit",
        "portal-testkit -> portal-http",
        "portal-bench -> portal-testkit",
        "portal-bench -> reqwest",
        "portal -> portal-http",
        "portal -> adapter-one",
        "portal -dev-> portal-sandbox",
        "portal-bulk -> portal-core",
        "portal-sandbox -> hyper",
        "hyper -> tokio",
    ];

    fn with(wrong: &str) -> Repository {
        crates(OURS, &[RIGHT, &[wrong]].concat())
    }

    #[test]
    fn the_right_direction_breaks_no_rule() {
        let repository = crates(OURS, RIGHT);
        for rule in super::super::RULES.iter().take(7) {
            assert_eq!(violations(*rule, &repository), Vec::<String>::new());
        }
    }

    #[test]
    fn core_on_a_crate_of_ours_is_caught_even_in_tests() {
        let rule = core_depends_on_no_crate_of_ours;
        let found = violations(rule, &with("portal-core -dev-> portal-sandbox"));
        assert_eq!(found.len(), 1);
        assert!(
            found[0].contains("`portal-core` depends on `portal-sandbox`"),
            "{found:?}"
        );
    }

    #[test]
    fn a_runtime_below_core_or_an_adapter_is_caught_with_the_way_to_it() {
        let rule = core_and_adapters_have_no_runtime;
        let found = violations(
            rule,
            &crates(&["portal-core"], &["portal-core -> url", "url -> tokio"]),
        );
        assert_eq!(found.len(), 1);
        assert!(
            found[0].starts_with(
                "crates/portal-core/Cargo.toml:1: `portal-core` depends on `url` → `tokio`; "
            ),
            "{found:?}"
        );
        for runtime in RUNTIME {
            let edge = format!("adapter-two -> {runtime}");
            let found = violations(rule, &crates(&["adapter-two"], &[&edge]));
            assert_eq!(found.len(), 1, "{runtime}");
        }
    }

    #[test]
    fn an_adapter_on_another_or_on_the_engine_is_caught_even_in_tests() {
        let rule = adapters_stand_alone;
        let found = violations(rule, &with("adapter-one -> adapter-two"));
        assert_eq!(found.len(), 1, "{found:?}");
        let found = violations(rule, &with("adapter-two -dev-> portal-http"));
        assert_eq!(found.len(), 1, "{found:?}");
        let found = violations(rule, &with("adapter-two -dev-> portal"));
        assert_eq!(found.len(), 2, "both the engine and adapter-one: {found:?}");
    }

    #[test]
    fn a_kit_that_knows_a_provider_or_is_shipped_is_caught() {
        let rule = the_testkit_is_for_tests_of_any_provider;
        for wrong in [
            "portal-testkit -dev-> adapter-one",
            "portal-testkit -> adapter-one",
            "portal-http -> portal-testkit",
        ] {
            assert!(!violations(rule, &with(wrong)).is_empty(), "{wrong}");
        }
    }

    #[test]
    fn a_sandbox_that_shares_our_types_is_caught_even_in_tests() {
        let rule = the_sandbox_is_a_second_reading;
        for name in ["portal-core", "portal-http", "adapter-one"] {
            let found = violations(rule, &with(&format!("portal-sandbox -dev-> {name}")));
            assert!(
                found.iter().any(|one| one.contains(name)),
                "{name}: {found:?}"
            );
        }
        let found = violations(rule, &with("portal-sandbox -> portal"));
        assert_eq!(found.len(), 4, "portal and all below it: {found:?}");
    }

    #[test]
    fn a_bulk_run_on_the_engine_or_an_adapter_is_caught() {
        let rule = bulk_runs_know_no_engine;
        for name in ["portal-http", "portal-sandbox", "adapter-one"] {
            let found = violations(rule, &with(&format!("portal-bulk -> {name}")));
            assert_eq!(found.len(), 1, "{name}: {found:?}");
        }
    }

    #[test]
    fn a_second_crate_with_an_http_client_is_caught_even_in_tests() {
        let rule = one_crate_holds_the_http_client;
        let mut repository = with("portal-sandbox -dev-> reqwest");
        repository.tree = Tree::by_hand(&[(
            "crates/portal-sandbox/Cargo.toml",
            "[dev-dependencies]\nreqwest.workspace = true\n",
        )]);
        let found = violations(rule, &repository);
        assert_eq!(found.len(), 1);
        assert!(
            found[0].starts_with("crates/portal-sandbox/Cargo.toml:2: "),
            "{found:?}"
        );
    }
}
