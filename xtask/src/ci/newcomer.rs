//! What `cargo xtask new-adapter` writes, in a workspace beside this one.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use cargo_metadata::MetadataCommand;

use crate::error::Error;
use crate::new_adapter::{self, Name};
use crate::step::Step;

/// What no template can know: the provider's documentation.
const OWED: &[&str] = &[
    "codec::an_answer_with_a_field_enlarged_is_its_meaning_or_an_error",
    "codec::an_answer_with_a_field_removed_is_its_meaning_or_an_error",
    "codec::an_answer_with_a_field_retyped_is_its_meaning_or_an_error",
    "codec::an_answer_with_a_field_twice_is_its_meaning_or_an_error",
    "codec::the_documented_answers_mean_what_they_say",
    "codec::the_documented_requests_are_what_is_sent",
    "safety::no_value_leaves_its_place",
    "safety::only_safe_links_are_accepted",
    "secrecy::no_error_repeats_an_echo_that_is_encoded",
    "secrecy::no_error_repeats_what_the_provider_echoes",
];

/// Writes an adapter, compiles it against this workspace's crates, and compares
/// what its trials say with what it should owe.
pub(super) fn check(root: &Path) -> Result<(), Error> {
    let metadata = MetadataCommand::new().current_dir(root).no_deps().exec()?;
    let target = metadata.target_directory.as_std_path();
    let beside = target.join("new-adapter");
    if beside.exists() {
        fs::remove_dir_all(&beside).map_err(Error::file(&beside))?;
    }
    fs::create_dir_all(&beside).map_err(Error::file(&beside))?;
    let name: Name = "new-comer".parse().expect("an id");
    new_adapter::write(&name, &beside)?;
    settle(root, &beside)?;

    let target = target.display().to_string();
    let arguments = ["test", "--offline", "--test", "conformance"];
    let test = Step::cargo(&arguments, &beside).env("CARGO_TARGET_DIR", &target);
    let shown = test.shown().to_owned();
    println!("$ {shown} # fails, as long as the provider's part is not written");
    let mut lines = Vec::new();
    let result = test.read_quietly(|line| lines.push(line.to_owned()));
    let figures = lines.iter().find_map(|line| figures_in(line));
    let owed: BTreeSet<_> = lines.iter().filter_map(|line| owed_in(line)).collect();
    let as_it_should = owed.iter().eq(OWED);
    // A failure that is wanted, shown, would be taken for one that is not.
    if !as_it_should {
        println!("{}", lines.join("\n"));
    }
    match (result, figures) {
        (Err(Error::Failed { .. }), Some(figures)) if as_it_should => {
            println!("{figures}, and owes exactly {} trials", OWED.len());
            Ok(())
        }
        (Err(error), None) => Err(error),
        (Ok(()), None) => Err(Error::NoSummary { shown }),
        (_, Some(_)) => Err(Error::Owes {
            owed: owed.into_iter().map(str::to_owned).collect(),
            expected: OWED,
        }),
    }
}

/// Makes a workspace of one crate, which takes ours and all versions from this one.
fn settle(root: &Path, beside: &Path) -> Result<(), Error> {
    for file in ["Cargo.toml", "Cargo.lock", "rustfmt.toml", "clippy.toml"] {
        let from = root.join(file);
        let text = fs::read_to_string(&from).map_err(Error::file(&from))?;
        let text = match file {
            "Cargo.toml" => here(&text, root),
            _ => text,
        };
        let to = beside.join(file);
        fs::write(&to, text).map_err(Error::file(&to))?;
    }
    Ok(())
}

fn here(manifest: &str, root: &Path) -> String {
    let lines = manifest.lines().map(|line| match line.split_once(" = ") {
        Some(("members", _)) => "members = [\"crates/*\"]".to_owned(),
        _ => line.replace("path = \"", &format!("path = \"{}/", root.display())),
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// `new-comer: declared 39 · proved 20 · refused 9`
fn figures_in(line: &str) -> Option<String> {
    let figures = line.trim();
    (figures.contains(": declared ") && figures.contains(" · proved ")).then(|| figures.to_owned())
}

/// `OWED codec::…: why` or `FAILED codec::…: 1 of 2`
fn owed_in(line: &str) -> Option<&str> {
    let line = line.trim();
    let rest = line
        .strip_prefix("OWED ")
        .or(line.strip_prefix("FAILED "))?;
    rest.split_once(": ").map(|(name, _)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_read() {
        assert_eq!(owed_in("OWED a::b: nothing"), Some("a::b"));
        assert_eq!(owed_in("FAILED a::b: 1 of 2"), Some("a::b"));
        assert_eq!(owed_in("test a::b ... FAILED"), None);
        assert!(figures_in("x: declared 3 · proved 2 · refused 0").is_some());
        assert!(OWED.is_sorted());
    }

    #[test]
    fn the_workspace_beside_takes_crates_from_this_one() {
        let manifest = "members = [\"a\"]\nx = { path = \"crates/x\", version = \"1\" }\ny = \"2\"";
        let expected = "members = [\"crates/*\"]\nx = { path = \"/here/crates/x\", version = \"1\" }\ny = \"2\"";
        assert_eq!(here(manifest, Path::new("/here")), expected);
    }
}
