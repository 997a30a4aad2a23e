//! Rules on the documents and on the top level.

use super::tree::{File, Repository, violation};

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

pub(super) fn links_lead_to_files(repository: &Repository) -> Vec<String> {
    let is_document = |file: &&File| {
        file.has_extension(&["md"]) && (!file.path.contains('/') || file.is_at("docs"))
    };
    let mut violations = Vec::new();
    for file in repository.files.iter().filter(is_document) {
        let mut in_code = false;
        let why = "a relative link names a file of the repository";
        violations.extend(file.find(why, |text| {
            in_code ^= text.trim_start().starts_with("```");
            let broken = |target: &String| !repository.contains(&resolve(&file.path, target));
            let target = links(text).into_iter().filter(|_| !in_code).find(broken)?;
            Some(format!("there is no `{target}`"))
        }));
    }
    violations
}

/// The path from the root of a link's target, which is relative to the document's folder.
fn resolve(document: &str, target: &str) -> String {
    let mut folders: Vec<&str> = document.split('/').collect();
    folders.pop();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            // Above the root there is no file, so the target stays unknown.
            ".." if folders.last().is_some_and(|last| *last != "..") => {
                folders.pop();
            }
            part => folders.push(part),
        }
    }
    folders.join("/")
}

/// The targets within the repository of a line's links (`[text](target)`, `[name]: target`), without
/// fragments; code spans are no links.
fn links(line: &str) -> Vec<String> {
    let prose: String = line.split('`').step_by(2).collect();
    let mut targets: Vec<&str> = Vec::new();
    for piece in prose.split("](").skip(1) {
        targets.extend(piece.split([')', ' ']).next());
    }
    if let Some((name, target)) = prose.split_once("]: ")
        && name.starts_with('[')
    {
        targets.extend(target.split_whitespace().next());
    }
    // Fragments and other sites leave an empty path.
    targets.retain(|target| !target.contains("://") && !target.starts_with("mailto:"));
    let paths = targets
        .iter()
        .filter_map(|target| target.trim_matches(['<', '>']).split('#').next());
    paths
        .filter(|path| !path.is_empty())
        .map(str::to_owned)
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

    #[test]
    fn a_link_to_a_missing_file_is_found() {
        for link in [
            "see [there](docs/gone.md)",
            "see ![there](./docs/gone.md \"title\")",
            "see [there](docs/gone.md#part)",
            "[there]: docs/gone.md",
            "[a](docs/here.md) and [there](<docs/gone.md>)",
            "[up](../docs/gone.md)",
        ] {
            let text = format!("# Title\n{link}\n");
            let files = [("README.md", &*text), ("docs/here.md", "")];
            assert_eq!(places(links_lead_to_files, &files), ["README.md:2"]);
        }
    }

    #[test]
    fn links_to_files_folders_and_elsewhere_pass() {
        let text = "[a](docs/here.md#part) [b](docs) [c](docs/) [d](https://example.com/x) [e](#part)\n\
                    `[code](nowhere)` [f](mailto:a@example.com)\n```\n[block](nowhere)\n```\n[g]: docs/here.md\n";
        let files = [
            ("README.md", text),
            (
                "docs/here.md",
                "[a](here.md) [b](../README.md) [c](guide/one.md#part)",
            ),
            ("docs/guide/one.md", "[up](../here.md)"),
        ];
        assert!(places(links_lead_to_files, &files).is_empty());
    }
}
