//! Keys, links and e-mail addresses in logs, errors and flags; `secret_leaks` searches all output.

use std::io::ErrorKind;
use std::net::TcpListener;

use crate::common::{Run, Sandbox, portal, run};

#[test]
fn verbose_logs_show_no_personal_data_id_or_path() {
    let sandbox = Sandbox::start();
    let run = sandbox.run(&[
        "link",
        "onlineapp",
        "--email=canary@example.com",
        "--customer=canary_id",
        "--meta=a=canary",
        "-v",
    ]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert!(run.stderr.contains("asking for a link"), "{}", run.stderr);
    assert!(!run.stderr.contains("canary"), "{}", run.stderr);
    assert!(!run.stderr.contains("/api/"), "{}", run.stderr);
    assert!(
        !run.stderr.contains(run.stdout.trim_end()),
        "{}",
        run.stderr
    );
    assert!(!run.stderr.contains("sk_sandbox"), "{}", run.stderr);
}

#[test]
fn errors_show_no_email_address() {
    let sandbox = Sandbox::start();
    let url = format!("--sandbox={}", sandbox.url);
    for arguments in [
        ["link", "onlineapp", "--email", "canary@example", &url].as_slice(),
        &[
            "link",
            "onlineapp",
            "--email",
            "canary@example.com",
            "--page-title=x",
            &url,
        ],
        &[
            "link",
            "onlineapp",
            "--email",
            "canary@example.com",
            "--meta",
            "canary@example.com",
            &url,
        ],
        &[
            "link",
            "onlineapp",
            "--email",
            "canary@example.com",
            "--return-url",
            "canary@example.com",
            &url,
        ],
        &["link", "kwik", "--email", "canary@example.com", &url],
        // An address after a missing or misspelled flag.
        &["link", "canary@example.com", &url],
        &["link", "kwik", "canary@example.com", &url],
        &["canary@example.com"],
        &["link", "kwik", "--allow-cancel=canary@example.com", &url],
        &["link", "kwik", "--canary@example.com", &url],
        &["sandbox", "--listen", "canary@example.com"],
    ] {
        for json in [false, true] {
            let mut command = portal();
            command.args(arguments);
            if json {
                command.arg("--json");
            }
            let run = Run::of(&mut command);
            assert_eq!(
                (run.code, run.stdout.as_str()),
                (Some(2), ""),
                "{arguments:?}"
            );
            assert!(
                !run.stderr.contains("canary"),
                "{arguments:?} {}",
                run.stderr
            );
        }
    }
    assert_eq!(sandbox.journal().len(), 0);
}

#[test]
fn a_key_for_plain_http_goes_through_no_proxy() {
    let sandbox = Sandbox::start();
    let proxy = TcpListener::bind("127.0.0.1:0").unwrap();
    proxy.set_nonblocking(true).unwrap();
    let address = format!("http://{}", proxy.local_addr().unwrap());
    let mut command = sandbox.portal(&["link", "kwik", "--customer", "cus_demo_active"]);
    for name in ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"] {
        command.env(name, &address);
    }
    let run = Run::of(&mut command);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let no_connection = proxy.accept().unwrap_err();
    assert_eq!(no_connection.kind(), ErrorKind::WouldBlock);
}

#[test]
fn no_flag_takes_a_secret() {
    for flag in ["--api-key", "--api-secret"] {
        let run = run(["link", "kwik", &format!("{flag}=canary")]);
        assert_eq!(run.code, Some(2));
        assert!(!run.stderr.contains("canary"), "{}", run.stderr);
    }
}

#[test]
fn help_shows_no_value_of_the_environment() {
    let run = Run::of(
        portal()
            .args(["link", "--help"])
            .env("PORTAL_PROVIDER", "canary"),
    );
    assert!(!run.stdout.contains("canary"));
}
