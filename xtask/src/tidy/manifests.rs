//! Rules on the crates' `Cargo.toml`. The `deny` job checks their licences.

use super::tree::{Repository, violation};

/// Cargo's metadata leaves out lints, so their lines are searched for in the text.
pub(super) fn every_crate_has_a_description_and_the_lints(repository: &Repository) -> Vec<String> {
    let why = "every crate states its purpose, and has the workspace's lints";
    let mut violations = Vec::new();
    for one in &repository.crates {
        let text = repository.text(&one.manifest).replace(' ', "");
        let has_lints = text.contains("\n[lints]\nworkspace=true\n");
        for (key, is_set) in [
            ("description", one.has_description),
            ("lints.workspace", has_lints),
        ] {
            if !is_set {
                violations.push(violation(&one.manifest, 1, &format!("no `{key}`"), why));
            }
        }
    }
    violations
}

/// cargo-deny has no patterns of names, and a new adapter must not have to be entered in a list.
pub(super) fn only_portal_and_its_benchmarks_depend_on_adapters(
    repository: &Repository,
) -> Vec<String> {
    let why = "an adapter knows no other, and everything else works with any provider";
    let mut violations = Vec::new();
    for one in &repository.crates {
        let may_depend = ["portal", "portal-bench"].contains(&one.name.as_str());
        let is_forbidden = |name: &&String| !may_depend && name.starts_with("adapter-");
        for name in one.dependencies.iter().filter(is_forbidden) {
            let what = format!("depends on `{name}`");
            violations.push(violation(&one.manifest, 1, &what, why));
        }
    }
    violations
}

#[cfg(test)]
mod tests {
    use super::super::tree::{Crate, repository};
    use super::*;

    type Rule = fn(&Repository) -> Vec<String>;

    fn found(rule: Rule, name: &str, dependency: &str, manifest: &str) -> Vec<String> {
        let mut repository = repository(&[("Cargo.toml", manifest)]);
        repository.crates.push(Crate {
            name: name.to_owned(),
            manifest: "Cargo.toml".to_owned(),
            has_description: false,
            dependencies: vec![dependency.to_owned()],
        });
        let what = |one: String| Some(one.split([':', ';']).nth(2)?.trim().to_owned());
        rule(&repository).into_iter().filter_map(what).collect()
    }

    #[test]
    fn a_missing_description_and_missing_lints_are_violations() {
        let rule = every_crate_has_a_description_and_the_lints;
        let right = "[package]\n\n[lints]\nworkspace = true\n";
        assert_eq!(found(rule, "a", "b", right), ["no `description`"]);
        let commented = "\n[lints]\n# workspace = true\n";
        let other = "\n[lints.rust]\nworkspace = true\n";
        for wrong in ["[package]\n", commented, other] {
            let expected = ["no `description`", "no `lints.workspace`"];
            assert_eq!(found(rule, "a", "b", wrong), expected);
        }
    }

    #[test]
    fn an_adapter_below_another_crate_is_a_violation() {
        let rule = only_portal_and_its_benchmarks_depend_on_adapters;
        for name in [
            "adapter-acme",
            "portal-testkit",
            "portal-bulk",
            "portal-sandbox",
            "portal-http",
        ] {
            assert_eq!(found(rule, name, "adapter-kwik", "").len(), 1, "{name}");
        }
        assert!(found(rule, "portal", "adapter-kwik", "").is_empty());
        assert!(found(rule, "portal-http", "portal-core", "").is_empty());
    }
}
