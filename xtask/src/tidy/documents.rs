//! Rules on the documents and on the top level.

use super::tree::{Repository, violation};

const DESIGN: &str = "docs/DESIGN.md";

/// What the top level holds beside hidden names.
#[rustfmt::skip]
const TOP_LEVEL: &[&str] = &[
    "Cargo.toml", "Cargo.lock", "crates", "bindings", "xtask", "docs", "examples", "fuzz", "README.md",
    "ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", "LICENSE-MIT", "LICENSE-APACHE",
];

pub(super) fn the_top_level_is_short(repository: &Repository) -> Vec<String> {
    let others = repository.files.iter().filter(|file| {
        let top = file.path.split('/').next().unwrap_or_default();
        !top.starts_with('.') && !TOP_LEVEL.contains(&top)
    });
    let why = "the top level holds few things; put it into the crate that it belongs to, `docs` or `.config`";
    others
        .map(|file| violation(&file.path, 1, "not expected here", why))
        .collect()
}

pub(super) fn every_dependency_is_justified(repository: &Repository) -> Vec<String> {
    let table = repository.text(DESIGN).split_once("## Dependencies");
    let rows = table.map_or("", |(_, table)| table).lines();
    let cells = rows.filter_map(|row| row.strip_prefix('|')?.split('|').next());
    let justified: Vec<&str> = cells
        .flat_map(|cell| cell.split([' ', ',', '(', ')', '`']))
        .collect();
    let is_ours = |name: &str| repository.crates.iter().any(|one| one.name == name);
    let mut violations = Vec::new();
    for one in &repository.crates {
        let others = one.dependencies.iter().filter(|name| !is_ours(name));
        for name in others.filter(|name| !justified.contains(&name.as_str())) {
            let what = format!("`{name}` is not in {DESIGN}'s table of dependencies");
            let why = "each dependency has a reason";
            violations.push(violation(&one.manifest, 1, &what, why));
        }
    }
    violations
}

#[cfg(test)]
mod tests {
    use super::super::tree::{Crate, places, repository};
    use super::*;

    #[test]
    fn a_new_file_at_the_top_level_is_found() {
        let files = [
            "README.md",
            ".config/x",
            "crates/a",
            "typos.toml",
            "pages/x",
        ];
        let found = places(the_top_level_is_short, &files.map(|path| (path, "")));
        assert_eq!(found, ["typos.toml:1", "pages/x:1"]);
    }

    #[test]
    fn a_dependency_without_a_reason_is_found() {
        let table = "# Design\nserde\n## Dependencies\n| crate | for |\n|---|---|\n| bytes, http (no more) | requests |\n";
        let mut repository = repository(&[(DESIGN, table)]);
        repository.crates.push(Crate {
            name: "portal".to_owned(),
            dependencies: ["http", "serde", "portal"].map(str::to_owned).to_vec(),
            ..Crate::default()
        });
        let found = every_dependency_is_justified(&repository);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].contains("`serde` is not in docs/DESIGN.md"));
    }
}
