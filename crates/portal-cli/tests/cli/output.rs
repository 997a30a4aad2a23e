//! What goes to stdout, what to stderr, and how it ends.

use std::process::Stdio;

use serde_json::json;

use crate::common::{Going, Run, Sandbox, portal, run};
use crate::server::{Server, Step};

#[test]
fn help_and_version_are_data_and_exit_0() {
    for arguments in [
        ["--help"].as_slice(),
        &["-h"],
        &["--version"],
        &["help", "link"],
        &["link", "--help"],
        &["link", "--json", "--help"],
    ] {
        let run = run(arguments);
        assert_eq!(
            (run.code, run.stderr.as_str()),
            (Some(0), ""),
            "{arguments:?}"
        );
        assert!(!run.stdout.is_empty());
    }
}

#[test]
fn usage_errors_go_to_stderr_and_exit_2() {
    for arguments in [
        [].as_slice(),
        &["lnk"],
        &["link", "--bogus"],
        &["link", "kwik", "more"],
        &["link", "--customer"],
        &["sandbox", "--listen", "nowhere"],
        &["providers", "-v", "-q"],
    ] {
        let run = run(arguments);
        assert_eq!(
            (run.code, run.stdout.as_str()),
            (Some(2), ""),
            "{arguments:?}"
        );
        assert!(!run.stderr.is_empty());
    }
}

#[test]
fn usage_errors_are_json_where_json_is_asked_for() {
    for arguments in [
        ["link", "--bogus", "--json"],
        ["link", "--json", "--customer"],
        ["sandbox", "--json", "--listen=nowhere"],
        ["demo", "--json", "more"],
        ["providers", "--json", "-vq"],
    ] {
        let run = run(arguments);
        let error = run.error();
        assert_eq!(
            (run.code, &error["kind"]),
            (Some(2), &json!("invalid")),
            "{error}"
        );
        assert_eq!(error["delivery"], "not_sent");
        assert!(!error["hint"].as_str().unwrap().is_empty());
    }
}

#[test]
fn a_link_that_is_interrupted_exits_130() {
    for json in [false, true] {
        let server = Server::start(Step::Hang);
        let mut command = server.portal("kwik");
        if json {
            command.arg("--json");
        }
        let portal = Going::start(&mut command);
        server.request();
        portal.signal("INT");
        let run = portal.end();
        assert_eq!(
            (run.code, run.stdout.as_str()),
            (Some(130), ""),
            "{}",
            run.stderr
        );
        if json {
            assert_eq!(run.error()["kind"], "interrupted");
        } else {
            assert_eq!(run.stderr, "error: interrupted\n");
        }
    }
}

#[test]
fn a_reader_that_has_gone_away_is_no_error() {
    let sandbox = Sandbox::start();
    let url = format!("--sandbox={}", sandbox.url);
    for arguments in [
        ["link", "kwik", "--customer=cus_demo_new", &url].as_slice(),
        &["link", "kwik", "--customer=cus_demo_new", &url, "--json"],
        &["providers"],
        &["demo", "--once"],
        &["--help"],
    ] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let child = portal()
            .args(arguments)
            .stdout(writer)
            .stderr(Stdio::piped())
            .spawn();
        let run = Run::from(child.unwrap().wait_with_output().unwrap());
        assert_eq!(run.code, Some(0), "{arguments:?} {}", run.stderr);
        assert!(!run.stderr.contains("error"), "{}", run.stderr);
    }
}

#[test]
fn colours_come_where_they_are_forced_and_go_where_they_are_unwanted() {
    let sandbox = Sandbox::start();
    let url = format!("--sandbox={}", sandbox.url);
    for arguments in [
        ["link", "kwik", &url].as_slice(),
        &["link", "kwik", "--customer=cus_demo_new", &url],
        &["link", "--bogus"],
        &["--help"],
        &["link", "kwik", "--customer=cus_nobody", &url, "-vv"],
    ] {
        // No terminal is here, so colours are forced first: the rest would pass without them too.
        let escapes = |command: &mut std::process::Command| {
            let run = Run::of(command.args(arguments));
            format!("{}{}", run.stdout, run.stderr).contains('\u{1b}')
        };
        assert!(
            escapes(portal().env("CLICOLOR_FORCE", "1")),
            "{arguments:?}"
        );
        assert!(escapes(portal().arg("--color=always")), "{arguments:?}");
        assert!(
            escapes(portal().args(["--color", "always"])),
            "{arguments:?}"
        );
        assert!(!escapes(&mut portal()), "{arguments:?}");
        assert!(
            !escapes(portal().env("CLICOLOR_FORCE", "1").arg("--color=never")),
            "{arguments:?}"
        );
        assert!(
            !escapes(portal().env("CLICOLOR_FORCE", "1").env("NO_COLOR", "1")),
            "{arguments:?}"
        );
    }
}

#[test]
fn json_never_has_colours() {
    let sandbox = Sandbox::start();
    let run = sandbox.run(&[
        "link",
        "kwik",
        "--customer=cus_demo_new",
        "--json",
        "--color=always",
    ]);
    assert_eq!(run.json()["provider"], "kwik");
    let run = sandbox.run(&["link", "kwik", "--json", "--color=always"]);
    assert_eq!(run.error()["kind"], "invalid");
}
