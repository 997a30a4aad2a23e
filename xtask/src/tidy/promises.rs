//! The rule that each promise of SECURITY.md, and each row of docs/sandbox-fidelity.md, names what proves it.

use super::tree::{File, Repository, violation};

/// The documents, how their tables begin, and the folder of their tests.
const TABLES: [(&str, &str, &str); 2] = [
    (SECURITY, "| promise |", ""),
    (
        "docs/sandbox-fidelity.md",
        "| the page says |",
        "crates/portal-sandbox/tests/it/",
    ),
];
const SECURITY: &str = "SECURITY.md";

/// The last column of a table names a file or a folder of tests, a test as `path::name`, or a command of cargo's.
pub(super) fn each_promise_names_a_test(repository: &Repository) -> Vec<String> {
    let why = "a promise is worth what its test proves";
    let mut violations = Vec::new();
    for (path, table, folder) in TABLES {
        let Some(document) = repository.files.iter().find(|file| file.path == path) else {
            continue;
        };
        let mut is_inside = false;
        let rows = document.lines().filter(|(_, text)| {
            let is_head = text.starts_with(table);
            is_inside = is_head || (is_inside && text.starts_with('|'));
            is_inside && !is_head && !text.starts_with("|---")
        });
        let rows: Vec<_> = rows.collect();
        if rows.is_empty() {
            let what = format!("no table that begins with `{table}`");
            violations.push(violation(path, 1, &what, why));
        }
        for (line, row) in rows {
            let last = row.trim_end_matches(['|', ' ']).rsplit('|').next();
            let spans = last.unwrap_or_default().split('`');
            let mut proofs = spans.skip(1).step_by(2).peekable();
            if proofs.peek().is_none() {
                violations.push(violation(path, line, "the promise names no test", why));
            }
            for proof in proofs.filter(|proof| !proves(repository, &format!("{folder}{proof}"))) {
                let what = format!("`{proof}` is no test");
                violations.push(violation(path, line, &what, why));
            }
        }
    }
    violations
}

fn proves(repository: &Repository, proof: &str) -> bool {
    if proof.starts_with("cargo ") {
        return true;
    }
    let (path, name) = proof.split_once("::").unwrap_or((proof, ""));
    let places = ["", "crates/", "bindings/"].map(|folder| format!("{folder}{path}"));
    let has_name = |file: &File| {
        let heads = [format!("fn {name}("), format!("def {name}(")];
        name.is_empty() || heads.iter().any(|head| file.text.contains(head))
    };
    let is_there = |file: &File| places.iter().any(|place| file.is_at(place));
    let mut files = repository.files.iter();
    files.any(|file| is_there(file) && has_tests(file) && has_name(file))
}

/// Whether a file has tests, trials or fuzz targets.
fn has_tests(file: &File) -> bool {
    let marks = ["#[test]", "::test]", "def test_", "test("];
    file.is_below("trials")
        || file.is_below("fuzz")
        || marks.iter().any(|mark| file.text.contains(mark))
}

#[cfg(test)]
mod tests {
    use super::super::tree::repository;
    use super::*;

    fn found(rows: &str) -> Vec<String> {
        let text = format!("# Security\n\n| promise | where |\n|---|---|\n{rows}\nand `so` on\n");
        let repository = repository(&[
            (SECURITY, &text),
            (
                "crates/one/tests/it.rs",
                "#[tokio::test]\nasync fn it_holds() {}\n",
            ),
            ("crates/one/src/lib.rs", "fn it_holds() {}\n"),
            ("bindings/py/tests/test_it.py", "def test_it() -> None:\n"),
            ("kit/src/trials/safety.rs", "fn links() {}\n"),
        ]);
        each_promise_names_a_test(&repository)
    }

    #[test]
    fn a_promise_with_existing_tests_passes() {
        for proof in [
            "`one/tests/it.rs`",
            "`one/tests`, `crates/one/tests/it.rs::it_holds`",
            "`py/tests/test_it.py::test_it`",
            "`kit/src/trials/safety.rs::links`",
            "`cargo xtask ci deny`",
        ] {
            assert!(
                found(&format!("| a `word` | {proof} |")).is_empty(),
                "{proof}"
            );
        }
    }

    #[test]
    fn a_promise_without_a_test_is_found() {
        let why = "a promise is worth what its test proves";
        let check = |proof: &str, what: &str| {
            let found = found(&format!("| good | `one/tests` |\n| a `word` | {proof} |"));
            assert_eq!(found, [format!("SECURITY.md:6: {what}; {why}")]);
        };
        check("we hope", "the promise names no test");
        for proof in [
            "`one/tests/gone.rs`",
            "`one/tests/it.rs::gone`",
            "`one/src/lib.rs::it_holds`",
            "`one/tests/i`",
        ] {
            check(proof, &format!("{proof} is no test"));
        }
        assert_eq!(found("").len(), 1, "a table without promises");
    }
}
