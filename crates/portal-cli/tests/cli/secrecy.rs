//! Keys, links and e-mail addresses stay where they belong.

use std::io::ErrorKind;
use std::net::TcpListener;

use serde_json::json;

use crate::common::{Run, Sandbox, portal, run};
use crate::server::{Server, Step, answer, json as json_answer};

const LINK: &str = "https://pay.example.com/portal/canary-link";

/// Runs against `step` in every way that tells more, and hands each run to `check`.
fn told(step: &Step, mut check: impl FnMut(&Run, &[&str])) {
    for provider in ["kwik", "onlineapp"] {
        for flags in [
            [].as_slice(),
            &["-vv"],
            &["--json"],
            &["-vv", "--json"],
            &["--dry-run"],
            &["--dry-run", "--json", "-vv"],
        ] {
            let server = Server::start(step.clone());
            let mut command = server.portal(provider);
            command.args(flags).args(["--max-retries", "0"]);
            // What libraries would log, they would log by this.
            check(&Run::of(command.env("RUST_LOG", "trace")), flags);
        }
    }
}

#[test]
fn a_key_is_never_printed_not_even_when_the_provider_repeats_it() {
    let echo = json!({
        "error": "Bad key canary-key:canary-secret of canary@example.com",
        "code": "canary-key", "status": false, "error_code": "canary-secret",
        "error_message": "canary-key canary-secret Y2FuYXJ5LWtleTpjYW5hcnktc2VjcmV0",
        "error_details": [{ "errors": { "canary-key": { "message": "canary-secret" } } }],
    });
    for step in [
        json_answer("401 x", &echo.to_string()),
        json_answer("200 OK", &echo.to_string()),
        answer(
            "500 x",
            "content-type: text/html\r\n",
            "canary-key canary-secret",
        ),
        Step::Close,
    ] {
        told(&step, |run, flags| {
            let all = format!("{}{}", run.stdout, run.stderr);
            for secret in ["canary-key", "canary-secret", "Y2FuYXJ5"] {
                assert!(!all.contains(secret), "{flags:?} {all}");
            }
            assert!(!run.stderr.contains("canary@"), "{flags:?} {}", run.stderr);
            assert!(
                !flags.contains(&"-vv") || flags.contains(&"--dry-run") || !run.stderr.is_empty()
            );
        });
    }
}

#[test]
fn a_link_is_on_stdout_alone() {
    let body = json!({
        "url": LINK, "status": true, "result": { "link_url": LINK, "again": LINK }, "again": LINK,
    });
    told(&json_answer("200 OK", &body.to_string()), |run, flags| {
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        assert!(!run.stderr.contains("canary"), "{flags:?} {}", run.stderr);
        let times = usize::from(!flags.contains(&"--dry-run"));
        assert_eq!(
            run.stdout.matches(LINK).count(),
            times,
            "{flags:?} {}",
            run.stdout
        );
    });
}

#[test]
fn a_link_that_is_refused_is_printed_nowhere() {
    let link = "http://pay.example.com/portal/canary-link";
    let body = json!({ "url": link, "status": true, "result": { "link_url": link } });
    told(&json_answer("200 OK", &body.to_string()), |run, flags| {
        let all = format!("{}{}", run.stdout, run.stderr);
        assert!(!all.contains("canary-link"), "{flags:?} {all}");
    });
}

#[test]
fn verbose_runs_tell_what_is_asked_for_without_whom() {
    let sandbox = Sandbox::start();
    let run = sandbox.run(&[
        "link",
        "onlineapp",
        "--email=canary@example.com",
        "--meta=a=canary",
        "-v",
    ]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert!(run.stderr.contains("asking for a link"), "{}", run.stderr);
    assert!(!run.stderr.contains("canary"), "{}", run.stderr);
    assert!(
        !run.stderr.contains(run.stdout.trim_end()),
        "{}",
        run.stderr
    );
    assert!(!run.stderr.contains("sk_sandbox"), "{}", run.stderr);
}

#[test]
fn an_email_address_is_in_no_error() {
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
        // An address where a flag is missing, or a flag is mistyped.
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
    let nobody = proxy.accept().unwrap_err();
    assert_eq!(nobody.kind(), ErrorKind::WouldBlock);
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
