//! Rules on the documents, at the root and in `docs`.

use super::tree::File;
use super::{Repository, Violation};

const DOCUMENTS: &[&str] = &[
    "README.md",
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "docs/DESIGN.md",
    "SECURITY.md",
    "CHANGELOG.md",
    "LICENSE-MIT",
    "LICENSE-APACHE",
];

pub(super) fn the_documents_exist(repository: &Repository) -> Vec<Violation> {
    let missing = DOCUMENTS
        .iter()
        .filter(|path| repository.tree.file(path).is_none());
    missing
        .map(|path| Violation {
            path: (*path).to_owned(),
            line: 1,
            what: "missing".to_owned(),
            why: "contributors rely on it",
        })
        .collect()
}

pub(super) fn links_lead_somewhere(repository: &Repository) -> Vec<Violation> {
    let mut violations = Vec::new();
    let files = repository.tree.files.iter();
    for file in files.filter(|file| is_document(file)) {
        let mut in_code = false;
        for (line, text) in file.lines() {
            if text.trim_start().starts_with("```") {
                in_code = !in_code;
            }
            if in_code {
                continue;
            }
            for target in links(text) {
                if !target.is_empty() && !repository.tree.holds(&resolve(&file.path, &target)) {
                    violations.push(Violation {
                        path: file.path.clone(),
                        line,
                        what: format!("the link to `{target}` leads nowhere"),
                        why: "a relative link names a file of the repository",
                    });
                }
            }
        }
    }
    violations
}

pub(super) fn every_dependency_is_justified(repository: &Repository) -> Vec<Violation> {
    let design = repository.tree.file("docs/DESIGN.md");
    let said = design.map(|file| justified(&file.text)).unwrap_or_default();
    let mut violations = Vec::new();
    for one in &repository.graph.crates {
        for name in repository.graph.direct(&one.package) {
            if !repository.graph.is_ours(name) && !said.contains(&name) {
                violations.push(Violation {
                    path: one.manifest.clone(),
                    line: repository.tree.line_of_dependency(&one.manifest, name),
                    what: format!("`{name}` is not in docs/DESIGN.md's table of dependencies"),
                    why: "each dependency has a reason, in a line",
                });
            }
        }
    }
    violations
}

/// Whether it is one of the documents whose links are checked.
fn is_document(file: &File) -> bool {
    file.is_a(&["md"]) && (!file.path.contains('/') || file.path.starts_with("docs/"))
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

/// The words of the first column of the table of dependencies.
fn justified(design: &str) -> Vec<&str> {
    let table = design.split_once("## Dependencies").map(|(_, table)| table);
    let rows = table.unwrap_or_default().lines();
    let cells = rows.filter_map(|row| row.strip_prefix('|')?.split('|').next());
    cells
        .flat_map(|cell| cell.split([' ', ',', '(', ')', '`']))
        .filter(|word| !word.is_empty())
        .collect()
}

/// The targets within the repository of a line's links (`[text](target)`, `[name]: target`),
/// without fragments; code spans hold none.
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
    targets
        .into_iter()
        .map(|target| target.trim_matches(['<', '>']))
        .filter(|target| !target.contains("://") && !target.starts_with("mailto:"))
        .map(|target| target.split('#').next().unwrap_or_default().to_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::Tree;
    use super::super::by_hand::{crates, files, violations};
    use super::*;

    #[test]
    fn each_missing_document_is_caught() {
        let all: Vec<(&str, &str)> = DOCUMENTS.iter().map(|path| (*path, "")).collect();
        assert_eq!(the_documents_exist(&files(&all)), []);
        for (index, path) in DOCUMENTS.iter().enumerate() {
            let mut some = all.clone();
            some.remove(index);
            let found = violations(the_documents_exist, &files(&some));
            assert_eq!(
                found,
                [format!("{path}:1: missing; contributors rely on it")]
            );
        }
    }

    #[test]
    fn a_dependency_without_a_reason_is_caught() {
        let mut repository = crates(&["portal"], &["portal -> http", "portal -dev-> serde"]);
        let said = "# Design\nserde\n## Dependencies\n| crate | for |\n|---|---|\n| bytes, http (no more) | requests |\n";
        repository.tree = Tree::by_hand(&[("docs/DESIGN.md", said)]);
        let found = violations(every_dependency_is_justified, &repository);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(
            found[0].contains("`serde` is not in docs/DESIGN.md"),
            "{found:?}"
        );
    }

    #[test]
    fn a_link_to_a_file_that_is_not_there_is_caught() {
        for link in [
            "see [there](docs/gone.md)",
            "see ![there](./docs/gone.md \"title\")",
            "see [there](docs/gone.md#part)",
            "[there]: docs/gone.md",
            "[a](docs/here.md) and [there](<docs/gone.md>)",
            "[up](../docs/gone.md)",
        ] {
            let text = format!("# Title\n{link}\n");
            let repository = files(&[("README.md", &text), ("docs/here.md", "")]);
            let found = violations(links_lead_somewhere, &repository);
            assert_eq!(found.len(), 1, "{link}: {found:?}");
            assert!(
                found[0].starts_with("README.md:2: the link to `"),
                "{found:?}"
            );
            assert!(found[0].contains("docs/gone.md"), "{found:?}");
        }
    }

    #[test]
    fn links_that_lead_somewhere_or_elsewhere_pass() {
        let text = "[a](docs/here.md#part) [b](docs) [c](docs/) [d](https://example.com/x) [e](#part)\n\
                    `[code](nowhere)` [f](mailto:a@example.com)\n```\n[block](nowhere)\n```\n[g]: docs/here.md\n";
        let inner = "[a](here.md) [b](../README.md) [c](guide/one.md#part)";
        let repository = files(&[
            ("README.md", text),
            ("docs/here.md", inner),
            ("docs/guide/one.md", "[up](../here.md)"),
        ]);
        assert_eq!(links_lead_somewhere(&repository), []);
    }
}
