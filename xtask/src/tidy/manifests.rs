//! Rules on what each crate's `Cargo.toml` says.

use super::{Repository, Violation};

pub(super) fn every_crate_says_what_it_is(repository: &Repository) -> Vec<Violation> {
    let mut violations = Vec::new();
    for one in &repository.graph.crates {
        let said = [
            ("description", one.has_description),
            ("license", one.has_licence),
        ];
        for (key, _) in said.into_iter().filter(|(_, is_said)| !is_said) {
            violations.push(Violation {
                path: one.manifest.clone(),
                line: 1,
                what: format!("`{}` has no `{key}`", one.package.name),
                why: "every crate says what it is for and on what terms",
            });
        }
    }
    violations
}

pub(super) fn every_crate_takes_the_lints(repository: &Repository) -> Vec<Violation> {
    let crates = repository.graph.crates.iter();
    let without = crates.filter(|one| {
        let file = repository.tree.file(&one.manifest);
        !file.is_some_and(|file| takes_the_lints(&file.text))
    });
    without
        .map(|one| Violation {
            path: one.manifest.clone(),
            line: 1,
            what: format!("`{}` lacks `lints.workspace = true`", one.package.name),
            why: "one set of lints for the whole house",
        })
        .collect()
}

/// Cargo's metadata leaves lints out, so this reads the two lines that they are written in.
fn takes_the_lints(manifest: &str) -> bool {
    let mut table = "";
    for line in manifest.lines() {
        let line = line.split('#').next().unwrap_or_default().trim();
        if line.starts_with('[') {
            table = line;
        }
        let line: String = line.split_whitespace().collect();
        match (table, line.as_str()) {
            ("[lints]", "workspace=true") | ("", "lints.workspace=true") => return true,
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::super::Tree;
    use super::super::by_hand::{crates, violations};
    use super::*;

    #[test]
    fn a_crate_without_description_or_licence_is_caught() {
        let mut repository = crates(&["portal", "portal-cli"], &[]);
        assert_eq!(every_crate_says_what_it_is(&repository), []);
        repository.graph.crates[0].has_description = false;
        repository.graph.crates[1].has_licence = false;
        let found = violations(every_crate_says_what_it_is, &repository);
        assert_eq!(found.len(), 2);
        assert!(
            found[0].contains("`portal` has no `description`"),
            "{found:?}"
        );
        assert!(
            found[1].contains("`portal-cli` has no `license`"),
            "{found:?}"
        );
    }

    #[test]
    fn a_crate_without_the_lints_is_caught() {
        let mut repository = crates(&["portal"], &[]);
        let manifest = "crates/portal/Cargo.toml";
        for wrong in [
            "[package]\nname = \"portal\"\n",
            "[lints]\n\n[package]\nworkspace = true\n",
            "[lints]\n# workspace = true\n",
            "[lints.rust]\nworkspace = true\n",
        ] {
            repository.tree = Tree::by_hand(&[(manifest, wrong)]);
            let found = violations(every_crate_takes_the_lints, &repository);
            assert_eq!(found.len(), 1, "{wrong}");
        }
        for right in [
            "[package]\n\n[lints]\nworkspace = true\n",
            "lints.workspace = true\n[package]\n",
        ] {
            repository.tree = Tree::by_hand(&[(manifest, right)]);
            assert_eq!(every_crate_takes_the_lints(&repository), [], "{right}");
        }
    }
}
