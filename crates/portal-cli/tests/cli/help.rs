//! The texts that people read first, as they stand. To accept a change on purpose, run the tests
//! with `UPDATE_SNAPSHOTS=1` and read the difference.

use std::path::Path;

use crate::common::run;

/// Compares with a file of expected output, or writes it where that is asked for.
fn snapshot(name: &str, text: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/snapshots")
        .join(name);
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        std::fs::write(&file, text).unwrap();
    }
    let expected = std::fs::read_to_string(&file).unwrap_or_default();
    assert_eq!(text, expected, "{} differs", file.display());
}

/// The child has no terminal and an empty environment, so no width of the machine's gets in.
fn printed(arguments: &[&str]) -> String {
    let run = run(arguments);
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    run.stdout
}

#[test]
fn help_reads_as_agreed() {
    snapshot("help.txt", &printed(&["--help"]));
    snapshot("help-short.txt", &printed(&["-h"]));
    for command in ["link", "bulk", "providers", "demo", "sandbox"] {
        snapshot(
            &format!("help-{command}.txt"),
            &printed(&[command, "--help"]),
        );
    }
}

#[test]
fn the_providers_read_as_agreed() {
    snapshot("providers.txt", &printed(&["providers"]));
    let list: serde_json::Value = serde_json::from_str(&printed(&["providers", "--json"])).unwrap();
    snapshot(
        "providers.json",
        &(serde_json::to_string_pretty(&list).unwrap() + "\n"),
    );
}
