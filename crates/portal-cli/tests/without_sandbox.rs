//! The binary without the sandbox: `cargo nextest run -p portal-cli --no-default-features`.

#![cfg(not(feature = "sandbox"))]
#![expect(clippy::unwrap_used, reason = "a failing test may panic")]

use std::process::Command;

fn error_of(arguments: &[&str]) -> String {
    let mut portal = Command::new(env!("CARGO_BIN_EXE_portal"));
    let output = portal.env_clear().args(arguments).output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{arguments:?}");
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn commands_that_need_the_sandbox_name_the_feature() {
    for arguments in [["demo"].as_slice(), &["sandbox"], &["sandbox", "--json"]] {
        let error = error_of(arguments);
        assert!(error.contains("this build has no sandbox"), "{error}");
    }
    let error = error_of(&["link", "kwik", "--sandbox"]);
    assert!(
        error.contains("hint: set the provider's variables"),
        "{error}"
    );
}

#[test]
fn help_does_not_list_the_sandbox() {
    let mut portal = Command::new(env!("CARGO_BIN_EXE_portal"));
    let output = portal.env_clear().arg("--help").output().unwrap();
    let help = String::from_utf8(output.stdout).unwrap();
    assert!(
        !help.contains("sandbox") && !help.contains("demo"),
        "{help}"
    );
}
