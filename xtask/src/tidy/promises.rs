//! Rules on what SECURITY.md promises.

use super::tree::File;
use super::{Repository, Tree, Violation};

const DOCUMENT: &str = "SECURITY.md";
const TABLE: &str = "| promise |";

/// Each row of the table names in its last column what proves it: a file or a folder of tests, one
/// test of a file as `path::name`, or a command of cargo's.
pub(super) fn each_promise_names_a_test(repository: &Repository) -> Vec<Violation> {
    let tree = &repository.tree;
    let Some(document) = tree.file(DOCUMENT) else {
        return Vec::new();
    };
    let mut violations = Vec::new();
    let mut violation = |line, what| {
        violations.push(Violation {
            path: DOCUMENT.to_owned(),
            line,
            what,
            why: "a promise is worth what its test proves",
        });
    };
    let table = document
        .lines()
        .skip_while(|(_, text)| !text.starts_with(TABLE));
    let rows: Vec<_> = table
        .skip(2)
        .take_while(|(_, text)| text.starts_with('|'))
        .collect();
    if rows.is_empty() {
        violation(1, format!("no table that begins with `{TABLE}`"));
    }
    for (line, row) in rows {
        let last = row.trim_end_matches(['|', ' ']).rsplit('|').next();
        let proofs: Vec<_> = last
            .unwrap_or_default()
            .split('`')
            .skip(1)
            .step_by(2)
            .collect();
        if proofs.is_empty() {
            violation(line, "the promise names no test".to_owned());
        }
        for proof in proofs.into_iter().filter(|proof| !proves(tree, proof)) {
            violation(line, format!("`{proof}` is no test"));
        }
    }
    violations
}

fn proves(tree: &Tree, proof: &str) -> bool {
    if proof.starts_with("cargo ") {
        return true;
    }
    let (path, name) = match proof.split_once("::") {
        Some((path, name)) => (path, Some(name)),
        None => (proof, None),
    };
    let places = ["", "crates/", "bindings/"].map(|folder| format!("{folder}{path}"));
    tree.files.iter().any(|file| {
        let is_there = places.iter().any(|place| is_at(file, place));
        is_there && tests(file) && name.is_none_or(|name| has(file, name))
    })
}

/// Whether the file has that path, or is in the folder of that path.
fn is_at(file: &File, place: &str) -> bool {
    let rest = file.path.strip_prefix(place);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Whether a file holds tests, trials or fuzz targets.
fn tests(file: &File) -> bool {
    let marks = ["#[test]", "::test]", "def test_", "test("];
    file.is_below("trials")
        || file.is_below("fuzz")
        || marks.iter().any(|mark| file.text.contains(mark))
}

/// Whether a function of that name is in the file.
fn has(file: &File, name: &str) -> bool {
    let heads = [format!("fn {name}("), format!("def {name}(")];
    heads.iter().any(|head| file.text.contains(head))
}

#[cfg(test)]
mod tests {
    use super::super::by_hand::{files, violations};
    use super::*;

    fn found(rows: &str) -> Vec<String> {
        let text = format!("# Security\n\n| promise | where |\n|---|---|\n{rows}\nand `so` on\n");
        let repository = files(&[
            (DOCUMENT, &text),
            (
                "crates/one/tests/it.rs",
                "#[tokio::test]\nasync fn it_holds() {}\n",
            ),
            ("crates/one/src/lib.rs", "fn it_holds() {}\n"),
            ("bindings/py/tests/test_it.py", "def test_it() -> None:\n"),
            ("kit/src/trials/safety.rs", "fn links() {}\n"),
        ]);
        violations(each_promise_names_a_test, &repository)
    }

    #[test]
    fn a_promise_with_tests_that_are_there_passes() {
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
    fn a_promise_without_a_test_is_caught() {
        for (proof, what) in [
            ("we hope", "the promise names no test"),
            ("`one/tests/gone.rs`", "`one/tests/gone.rs` is no test"),
            (
                "`one/tests/it.rs::gone`",
                "`one/tests/it.rs::gone` is no test",
            ),
            (
                "`one/src/lib.rs::it_holds`",
                "`one/src/lib.rs::it_holds` is no test",
            ),
            ("`one/tests/i`", "`one/tests/i` is no test"),
        ] {
            let found = found(&format!("| good | `one/tests` |\n| a `word` | {proof} |"));
            let expected =
                format!("SECURITY.md:6: {what}; a promise is worth what its test proves");
            assert_eq!(found, [expected]);
        }
        assert_eq!(found("").len(), 1, "a table without promises");
    }
}
