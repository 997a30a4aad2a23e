//! Rules on what stands in the files.

use super::tree::File;
use super::{Repository, Violation};

/// The most lines that a person can still see as one thing.
const LONGEST: usize = 500;

/// Each in two pieces, so that this file does not hold what it looks for.
const LEFT_OVERS: &[(&str, &str)] = &[
    (concat!("to", "do!("), "what is merged is finished"),
    (concat!("unimplemen", "ted!("), "what is merged is finished"),
    (
        concat!("FI", "XME"),
        "what is merged is finished, and what is not is an issue",
    ),
    (
        concat!("XX", "X"),
        "what is merged is finished, and what is not is an issue",
    ),
    (
        concat!("#", "[ignore"),
        "a test that does not run proves nothing",
    ),
    (
        concat!("#[al", "low("),
        "`#[expect(…, reason = \"…\")]` says why and warns when it is no longer needed",
    ),
    (
        concat!("#![al", "low("),
        "`#![expect(…, reason = \"…\")]` says why and warns when it is no longer needed",
    ),
];

const SLEEPS: &[&str] = &[
    "thread::sleep",
    "time::sleep",
    "time.sleep",
    "asyncio.sleep",
];

pub(super) fn the_engine_names_no_provider(repository: &Repository) -> Vec<Violation> {
    // Every adapter is named after its provider, so a new one is known here at once.
    let crates = repository.graph.crates.iter();
    let providers: Vec<&str> = crates
        .filter_map(|one| one.package.name.strip_prefix("adapter-"))
        .collect();
    let files = repository.tree.files.iter();
    let engine = files.filter(|file| file.path.starts_with("crates/portal-http/src/"));
    let why = "the engine serves every provider alike; what is particular belongs to the adapter";
    engine
        .flat_map(|file| {
            find(file, |line| {
                let line = line.to_lowercase();
                let named = providers.iter().find(|&&provider| line.contains(provider));
                named.map(|provider| (format!("`{provider}` is named"), why))
            })
        })
        .collect()
}

pub(super) fn files_are_short(repository: &Repository) -> Vec<Violation> {
    let written =
        |file: &&File| file.is_a(&["rs", "py", "html", "css", "sql"]) && !is_generated(file);
    let files = repository.tree.files.iter().filter(written);
    files
        .filter_map(|file| {
            let lines = file.text.lines().count();
            (lines > LONGEST).then(|| Violation {
                path: file.path.clone(),
                line: LONGEST + 1,
                what: format!(
                    "{lines} lines, {} over the {LONGEST} allowed",
                    lines - LONGEST
                ),
                why: "one noun, one file",
            })
        })
        .collect()
}

pub(super) fn nothing_is_left_over(repository: &Repository) -> Vec<Violation> {
    let files = repository
        .tree
        .files
        .iter()
        .filter(|file| file.is_a(&["rs"]));
    files
        .flat_map(|file| {
            find(file, |line| {
                let found = LEFT_OVERS.iter().find(|(needle, _)| line.contains(needle));
                found.map(|&(needle, why)| (format!("`{needle}` is left over"), why))
            })
        })
        .collect()
}

pub(super) fn tests_do_not_sleep(repository: &Repository) -> Vec<Violation> {
    let test = |file: &&File| file.is_below("tests") && file.is_a(&["rs", "py"]);
    let why = "a test waits for what it needs, never for a clock";
    let files = repository.tree.files.iter().filter(test);
    files
        .flat_map(|file| {
            find(file, |line| {
                let found = SLEEPS.iter().find(|&&sleep| line.contains(sleep));
                found.map(|sleep| (format!("`{sleep}` in a test"), why))
            })
        })
        .collect()
}

/// One violation for each line in which `judge` finds something.
fn find(file: &File, judge: impl Fn(&str) -> Option<(String, &'static str)>) -> Vec<Violation> {
    let lines = file.lines();
    lines
        .filter_map(|(line, text)| {
            let (what, why) = judge(text)?;
            Some(Violation {
                path: file.path.clone(),
                line,
                what,
                why,
            })
        })
        .collect()
}

/// The mark that code hosts and formatters know too, near the top.
fn is_generated(file: &File) -> bool {
    file.text
        .lines()
        .take(5)
        .any(|line| line.contains("@generated"))
}

#[cfg(test)]
mod tests {
    use super::super::Tree;
    use super::super::by_hand::{crates, files, violations};
    use super::*;

    #[test]
    fn a_provider_named_in_the_engine_is_caught_in_any_case() {
        let mut repository = crates(&["portal-http", "adapter-acme"], &[]);
        repository.tree = Tree::by_hand(&[
            (
                "crates/portal-http/src/engine.rs",
                "//! x\n// ACME is slow\n",
            ),
            ("crates/portal-http/tests/engine.rs", "// acme\n"),
            ("crates/portal/src/lib.rs", "// acme\n"),
        ]);
        let found = violations(the_engine_names_no_provider, &repository);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(
            found[0].starts_with("crates/portal-http/src/engine.rs:2: `acme` is named; "),
            "{found:?}"
        );
    }

    #[test]
    fn a_file_over_the_limit_is_caught_and_one_at_it_is_not() {
        let at = "x\n".repeat(LONGEST);
        let over = "x\n".repeat(LONGEST + 1);
        let generated = format!("// @generated\n{over}");
        let repository = files(&[
            ("a.rs", &at),
            ("b.rs", &over),
            ("templates/c.html", &over),
            ("d.json", &over),
            ("e.py", &generated),
        ]);
        let found = violations(files_are_short, &repository);
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(
            found[0].starts_with("b.rs:501: 501 lines, 1 over"),
            "{found:?}"
        );
        assert!(found[1].starts_with("templates/c.html:501: "), "{found:?}");
    }

    #[test]
    fn each_left_over_is_caught() {
        for (needle, _) in LEFT_OVERS {
            let text = format!("fn a() {{}}\n    {needle}\n");
            let found = violations(
                nothing_is_left_over,
                &files(&[("a.rs", &text), ("a.md", &text)]),
            );
            assert_eq!(found.len(), 1, "{needle}: {found:?}");
            assert!(found[0].starts_with("a.rs:2: "), "{found:?}");
        }
        let expect = "#[expect(clippy::print_stdout, reason = \"output\")]\n";
        assert_eq!(nothing_is_left_over(&files(&[("a.rs", expect)])), []);
    }

    #[test]
    fn a_sleeping_test_is_caught_and_a_sleeping_program_is_not() {
        for sleep in SLEEPS {
            let text = format!("{sleep}(1)\n");
            let repository = files(&[
                ("crates/a/tests/it.rs", &text),
                ("bindings/b/tests/deep/test_it.py", &text),
                ("crates/a/src/lib.rs", &text),
            ]);
            let found = violations(tests_do_not_sleep, &repository);
            assert_eq!(found.len(), 2, "{sleep}: {found:?}");
        }
    }
}
