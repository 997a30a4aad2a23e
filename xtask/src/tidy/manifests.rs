//! Rules on the crates' `Cargo.toml`.

use super::tree::{Crate, Repository, violation};

/// Cargo's metadata leaves out lints, so their lines are searched for in the text.
pub(super) fn every_crate_describes_itself_and_takes_the_lints(
    repository: &Repository,
) -> Vec<String> {
    let judge = |one: &Crate| {
        let text = repository.text(&one.manifest).replace(' ', "");
        let takes_lints = text.contains("\n[lints]\nworkspace=true\n");
        let missing = [
            ("description", one.has_description),
            ("license", one.has_license),
            ("lints.workspace", takes_lints),
        ];
        let missing = missing.into_iter().filter(|(_, is_set)| !is_set);
        let why = "every crate states its purpose and terms, and has the workspace's lints";
        let found =
            missing.map(|(key, _)| violation(&one.manifest, 1, &format!("no `{key}`"), why));
        found.collect::<Vec<_>>()
    };
    repository.crates.iter().flat_map(judge).collect()
}

/// cargo-deny has no patterns of names, and a new adapter must not have to be entered in a list.
pub(super) fn only_portal_and_its_benchmarks_depend_on_adapters(
    repository: &Repository,
) -> Vec<String> {
    let others = repository.crates.iter();
    let others = others.filter(|one| !["portal", "portal-bench"].contains(&one.name.as_str()));
    let judge = |one: &Crate| {
        let adapters = one
            .dependencies
            .iter()
            .filter(|name| name.starts_with("adapter-"));
        let why = "an adapter knows no other, and everything else works with any provider";
        let found =
            adapters.map(|name| violation(&one.manifest, 1, &format!("depends on `{name}`"), why));
        found.collect::<Vec<_>>()
    };
    others.flat_map(judge).collect()
}

#[cfg(test)]
mod tests {
    use super::super::tree::repository;
    use super::*;

    fn found(
        rule: fn(&Repository) -> Vec<String>,
        name: &str,
        dependency: &str,
        manifest: &str,
    ) -> Vec<String> {
        let mut repository = repository(&[("Cargo.toml", manifest)]);
        repository.crates.push(Crate {
            name: name.to_owned(),
            manifest: "Cargo.toml".to_owned(),
            has_description: true,
            has_license: false,
            dependencies: vec![dependency.to_owned()],
        });
        let what = |one: String| {
            one.split([':', ';'])
                .nth(2)
                .map(|what| what.trim().to_owned())
        };
        rule(&repository).into_iter().filter_map(what).collect()
    }

    #[test]
    fn a_missing_licence_and_missing_lints_are_violations() {
        let rule = every_crate_describes_itself_and_takes_the_lints;
        let right = "[package]\n\n[lints]\nworkspace = true\n";
        assert_eq!(found(rule, "a", "b", right), ["no `license`"]);
        let commented = "\n[lints]\n# workspace = true\n";
        for wrong in [
            "[package]\n",
            commented,
            "\n[lints.rust]\nworkspace = true\n",
        ] {
            let expected = ["no `license`", "no `lints.workspace`"];
            assert_eq!(found(rule, "a", "b", wrong), expected);
        }
    }

    #[test]
    fn an_adapter_below_another_crate_is_a_violation() {
        let rule = only_portal_and_its_benchmarks_depend_on_adapters;
        let names = [
            "adapter-acme",
            "portal-testkit",
            "portal-bulk",
            "portal-sandbox",
            "portal-http",
        ];
        for name in names {
            assert_eq!(found(rule, name, "adapter-kwik", "").len(), 1, "{name}");
        }
        assert!(found(rule, "portal", "adapter-kwik", "").is_empty());
        assert!(found(rule, "portal-http", "portal-core", "").is_empty());
    }
}
