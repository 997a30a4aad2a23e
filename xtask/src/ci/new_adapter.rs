//! Checks what `cargo xtask new-adapter` writes, in a workspace beside this one.
//!
//! Home-made: the templates are ours, so no tool knows what they must fulfil.

use std::fs;
use std::path::Path;

use crate::error::Error;
use crate::new_adapter::{self, Name};
use crate::portal::target_folder;
use crate::step::Step;

/// The trials that need the provider's documentation, which no template knows.
const UNDOCUMENTED: &[&str] = &[
    "codec::an_answer_with_a_field_duplicated_is_read_as_documented_or_refused",
    "codec::an_answer_with_a_field_enlarged_is_read_as_documented_or_refused",
    "codec::an_answer_with_a_field_removed_is_read_as_documented_or_refused",
    "codec::an_answer_with_a_field_retyped_is_read_as_documented_or_refused",
    "codec::answers_are_read_as_documented",
    "codec::requests_are_sent_as_documented",
    "safety::an_answer_about_another_customer_is_refused",
    "safety::no_value_changes_the_request_around_it",
    "safety::only_safe_links_are_accepted",
    "secrecy::no_error_repeats_an_echo",
    "secrecy::no_error_repeats_an_encoded_echo",
    "secrecy::no_secret_of_an_answer_stays_in_raw",
];

/// Writes an adapter, compiles it against this workspace's crates, and compares the trials that fail
/// with [`UNDOCUMENTED`].
pub(super) fn check(root: &Path) -> Result<(), Error> {
    let target = target_folder(root)?;
    let workspace = target.join("new-adapter");
    let _ = fs::remove_dir_all(&workspace);
    let name = Name::parse("new-comer").expect("an id");
    new_adapter::write(&name, &workspace)?;
    copy_manifests(root, &workspace)?;

    let words = "test --offline --test conformance";
    println!("$ cargo {words} # fails until the provider's part is written");
    let test = Step::cargo(words, &workspace);
    let (text, result) = test.env("CARGO_TARGET_DIR", &target).capture()?;
    let is_report = text.contains(" trials · ") && text.contains(" passed, ");
    if is_report && result.is_err() && failed(&text) == UNDOCUMENTED {
        println!(
            "it compiles, and exactly {} trials fail",
            UNDOCUMENTED.len()
        );
        return Ok(());
    }
    println!("{text}");
    Err(Error::NewAdapter {
        expected: UNDOCUMENTED,
        failed: failed(&text).into_iter().map(str::to_owned).collect(),
    })
}

/// Turns the folder into a workspace of one crate, with the dependencies and versions of this one.
fn copy_manifests(root: &Path, workspace: &Path) -> Result<(), Error> {
    let path = format!("path = \"{}/", root.display());
    for file in ["Cargo.toml", "Cargo.lock"] {
        let from = root.join(file);
        let text = fs::read_to_string(&from).map_err(Error::file(&from))?;
        let lines = text.lines().map(|line| match line.split_once(" = ") {
            Some(("members", _)) => "members = [\"crates/*\"]\n".to_owned(),
            _ => line.replace("path = \"", &path) + "\n",
        });
        let to = workspace.join(file);
        fs::write(&to, lines.collect::<String>()).map_err(Error::file(&to))?;
    }
    Ok(())
}

/// The sorted names in lines such as `MISSING codec::…: why` and `FAILED codec::…: 1 of 2`.
fn failed(report: &str) -> Vec<&str> {
    let lines = report.lines().map(str::trim);
    let failed = lines.filter_map(|line| {
        line.strip_prefix("MISSING ")
            .or(line.strip_prefix("FAILED "))
    });
    let mut names: Vec<_> = failed
        .filter_map(|rest| Some(rest.split_once(": ")?.0))
        .collect();
    names.sort_unstable();
    names.dedup();
    names
}
