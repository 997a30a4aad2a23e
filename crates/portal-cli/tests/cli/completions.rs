//! Completion scripts: a real bash runs its script, the others are compared as text.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::common::{Run, run};

/// Returns the script that the binary prints.
fn script(shell: &str) -> String {
    let run = run(["completions", shell]);
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    run.stdout
}

/// Runs bash without the user's settings.
fn bash(arguments: &[&str]) -> Run {
    let mut bash = Command::new("bash");
    Run::of(bash.args(["--noprofile", "--norc"]).args(arguments))
}

/// Returns the completions of bash for the last of `words`, which may be empty.
fn offered(words: &[&str]) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let file: PathBuf = folder.path().join("portal.bash");
    fs::write(&file, script("bash")).unwrap();
    // As bash does at the tab key: sets the words and the position, then calls the registered
    // function with the command, the word and the word before it.
    let complete = r#"
        source "$0"
        COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
        function=$(complete -p portal | sed 's/.*-F \([^ ]*\).*/\1/')
        "$function" portal "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
        printf '%s\n' "${COMPREPLY[@]}"
    "#;
    let run = bash(&[&["-c", complete, file.to_str().unwrap()], words].concat());
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""), "{words:?}");
    run.stdout.lines().map(str::to_owned).collect()
}

#[test]
fn bash_accepts_the_script() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("portal.bash");
    fs::write(&file, script("bash")).unwrap();
    let run = bash(&["-n", file.to_str().unwrap()]);
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
}

#[test]
fn bash_completes_commands_flags_providers_and_values() {
    assert_eq!(offered(&["portal", "lin"]), ["link"]);
    assert_eq!(offered(&["portal", "webhook", "v"]), ["verify"]);
    assert_eq!(offered(&["portal", "link", "--cus"]), ["--customer"]);
    assert_eq!(offered(&["portal", "link", "--max"]), ["--max-retries"]);
    assert_eq!(offered(&["portal", "link", "kw"]), ["kwik"]);
    assert_eq!(
        offered(&["portal", "webhook", "verify", "onl"]),
        ["onlineapp"]
    );
    assert_eq!(
        offered(&["portal", "link", "--cancel-type", ""]),
        ["now", "after-billing-period"]
    );
    assert_eq!(
        offered(&["portal", "--color", ""]),
        ["auto", "always", "never"]
    );
    assert_eq!(offered(&["portal", "completions", "z"]), ["zsh"]);
}

#[test]
fn every_command_is_in_every_shells_script() {
    for shell in ["bash", "zsh", "fish", "powershell"] {
        let script = script(shell);
        for word in [
            "link",
            "providers",
            "demo",
            "sandbox",
            "webhook",
            "completions",
            "after-billing-period",
        ] {
            assert!(script.contains(word), "{shell} does not know {word}");
        }
        // The scripts contain no colours.
        assert!(!script.contains('\u{1b}'), "{shell}");
    }
}
