//! The binary without the sandbox: `cargo nextest run -p portal-cli --no-default-features`.

#![cfg(not(feature = "sandbox"))]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

use std::process::Command;

fn refused(arguments: &[&str]) -> String {
    let mut portal = Command::new(env!("CARGO_BIN_EXE_portal"));
    let output = portal.env_clear().args(arguments).output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{arguments:?}");
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn what_needs_the_sandbox_says_where_it_is() {
    for arguments in [["demo"].as_slice(), &["sandbox"], &["sandbox", "--json"]] {
        let told = refused(arguments);
        assert!(told.contains("this build has no sandbox"), "{told}");
    }
    let told = refused(&["link", "kwik", "--sandbox"]);
    assert!(
        told.contains("hint: set the provider's variables"),
        "{told}"
    );
}

#[test]
fn help_does_not_offer_it() {
    let mut portal = Command::new(env!("CARGO_BIN_EXE_portal"));
    let output = portal.env_clear().arg("--help").output().unwrap();
    let help = String::from_utf8(output.stdout).unwrap();
    assert!(
        !help.contains("sandbox") && !help.contains("demo"),
        "{help}"
    );
}
