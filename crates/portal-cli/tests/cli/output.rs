//! Output on stdout and stderr, and exit codes.

use std::process::{Command, Stdio};

use serde_json::json;

use crate::common::{Run, RunningCommand, Sandbox, portal, run};
use crate::server::{CannedServer, Reply};

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
        &["link", "kwik", "--allow-cancel", "false"],
        &["completions"],
        &["completions", "tcsh"],
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
fn usage_errors_are_json_with_the_json_flag() {
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
fn a_link_that_a_signal_stops_exits_130() {
    for (json, signal) in [
        (false, "INT"),
        (true, "INT"),
        (false, "TERM"),
        (false, "HUP"),
    ] {
        let server = CannedServer::start(Reply::Hang);
        let mut command = server.portal("kwik");
        if json {
            command.arg("--json");
        }
        let portal = RunningCommand::start(&mut command);
        server.request();
        portal.signal(signal);
        let run = portal.end();
        assert_eq!(
            (run.code, run.stdout.as_str()),
            (Some(130), ""),
            "{signal} {}",
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
fn under_nohup_a_hangup_stops_nothing() {
    let server = CannedServer::start(Reply::Hang);
    let mut command = Command::new("sh");
    command
        .args(["-c", r#"trap '' HUP; exec "$0" "$@""#])
        .args([env!("CARGO_BIN_EXE_portal"), "link", "kwik"])
        .args(["--customer=cus_1", "--timeout=1", "--max-retries=0"])
        .args(["--base-url", &server.url])
        .env("KWIK_API_KEY", "canary-key")
        .env("KWIK_API_SECRET", "canary-secret");
    let portal = RunningCommand::start(&mut command);
    server.request();
    portal.signal("HUP");
    let run = portal.end();
    assert_eq!(run.code, Some(7), "{}", run.stderr);
}

#[test]
fn a_link_that_a_closed_stdout_would_lose_is_not_created() {
    let sandbox = Sandbox::start();
    let link = |redirection: &str, more: &str| {
        let line = format!(
            "exec '{}' link kwik --customer cus_demo_new --sandbox={} {more} {redirection}",
            env!("CARGO_BIN_EXE_portal"),
            sandbox.url
        );
        Run::of(Command::new("sh").args(["-c", &line]).env_clear())
    };
    let run = link(">&-", "--json");
    assert_eq!(run.code, Some(1), "{}", run.stderr);
    let error = run.error();
    assert_eq!(
        (&error["kind"], &error["delivery"]),
        (&json!("internal"), &json!("not_sent"))
    );
    assert!(error["message"].as_str().unwrap().contains("stdout"));
    assert!(error["hint"].as_str().unwrap().contains("/dev/null"));
    assert_eq!(sandbox.journal().len(), 0);
    // To discard it is a choice, and the QR code shows it.
    for (redirection, more) in [("> /dev/null", ""), (">&-", "--qr")] {
        let run = link(redirection, more);
        assert_eq!(run.code, Some(0), "{redirection} {}", run.stderr);
    }
}

#[test]
fn a_closed_pipe_on_stdout_is_not_an_error() {
    let sandbox = Sandbox::start();
    let url = format!("--sandbox={}", sandbox.url);
    for arguments in [
        ["link", "kwik", "--customer=cus_demo_new", &url].as_slice(),
        &["link", "kwik", "--customer=cus_demo_new", &url, "--json"],
        &["providers"],
        &["demo", "--once"],
        &["sandbox", "seed", "--print"],
        &["completions", "bash"],
        &["man"],
        &["--help"],
        &["--version"],
        // The reader of stderr may be closed too.
        &["link", "kwik", "--customer=cus_demo_new", &url, "-vv"],
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

/// Linux only: it uses `/dev/full`.
#[cfg(target_os = "linux")]
#[test]
fn a_write_error_on_stdout_is_an_error() {
    let sandbox = Sandbox::start();
    let url = format!("--sandbox={}", sandbox.url);
    for arguments in [
        ["link", "kwik", "--customer=cus_demo_new", &url].as_slice(),
        &["link", "kwik", "--customer=cus_demo_new", &url, "--json"],
        &["link", "kwik", "--customer=cus_demo_new", &url, "--dry-run"],
        &["providers"],
        &["providers", "--json"],
        &["demo", "--once"],
        &["sandbox", "--listen=127.0.0.1:0"],
        &["sandbox", "seed", "--print"],
        &["completions", "zsh"],
        &["man"],
        &["--help"],
        &["link", "--help"],
        &["--version"],
    ] {
        let full = std::fs::File::options().write(true).open("/dev/full");
        let child = portal()
            .args(arguments)
            .stdout(full.unwrap())
            .stderr(Stdio::piped())
            .spawn();
        let run = Run::from(child.unwrap().wait_with_output().unwrap());
        assert_eq!(run.code, Some(1), "{arguments:?} {}", run.stderr);
        assert!(
            run.stderr.contains("stdout cannot be written to"),
            "{arguments:?} {}",
            run.stderr
        );
    }
}

#[test]
fn a_closed_stderr_is_not_an_error() {
    let sandbox = Sandbox::start();
    for (arguments, code) in [
        (["link", "kwik", "--customer=cus_demo_new", "-vv"], 0),
        (["link", "kwik", "--customer=cus_unknown", "-vv"], 4),
        (["link", "kwik", "--bogus", "-vv"], 2),
    ] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let child = sandbox
            .portal(&arguments)
            .stdout(Stdio::piped())
            .stderr(writer)
            .spawn();
        let run = Run::from(child.unwrap().wait_with_output().unwrap());
        assert_eq!(run.code, Some(code), "{arguments:?}");
    }
}

#[test]
fn colours_can_be_forced_and_switched_off() {
    let sandbox = Sandbox::start();
    let url = format!("--sandbox={}", sandbox.url);
    for arguments in [
        ["link", "kwik", &url].as_slice(),
        &["link", "kwik", "--customer=cus_demo_new", &url],
        &["link", "--bogus"],
        &["--help"],
        &["link", "kwik", "--customer=cus_unknown", &url, "-vv"],
    ] {
        // Without a terminal there are no colours, so they are forced first.
        let escapes = |command: &mut Command| {
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
