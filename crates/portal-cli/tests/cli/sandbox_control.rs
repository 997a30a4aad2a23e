//! The commands that control a running sandbox, and `--sandbox`.

use std::net::TcpListener;

use portal_sandbox::Timestamp;
use serde_json::{Value, json};

use crate::common::{Run, Sandbox, get, portal, run};
use crate::server::{CannedServer, answer};

#[test]
fn the_clock_is_shown_and_advanced() {
    let sandbox = Sandbox::start();
    let now = |run: &Run| -> Timestamp { run.json()["now"].as_str().unwrap().parse().unwrap() };
    let before = now(&sandbox.run(&["sandbox", "clock", "--json"]));
    for (time, seconds) in [("31d", 2_678_400), ("12h", 43_200), ("90m", 5400), ("7", 7)] {
        let start = now(&sandbox.run(&["sandbox", "clock", "--json"]));
        let advanced = now(&sandbox.run(&["sandbox", "clock", "--advance", time, "--json"]));
        let moved = advanced.duration_since(start).as_secs();
        // The machine's own time passes too.
        assert!((seconds..seconds + 60).contains(&moved), "{time}: {moved}");
    }
    let text = sandbox.run(&["sandbox", "clock"]).stdout;
    let output: Timestamp = text.trim_end().parse().unwrap();
    assert!(output.duration_since(before).as_secs() > 2_678_400);

    for time in ["", "d", "-1", "1.5", "1w", "99999999999999999999"] {
        let run = run(["sandbox", "clock", "--advance", time]);
        assert_eq!(run.code, Some(2), "{time}");
        assert!(
            run.stderr.contains("hint: write whole seconds"),
            "{}",
            run.stderr
        );
    }
    let run = sandbox.run(&["sandbox", "clock", "--advance", "400d", "--json"]);
    assert_eq!(
        (run.code, &run.error()["field"]),
        (Some(2), &json!("advance_seconds"))
    );
}

#[test]
fn a_fault_is_queued_listed_and_removed() {
    let sandbox = Sandbox::start();
    let status = [
        "sandbox",
        "fault",
        "kwik",
        "status",
        "--status=503",
        "--times=2",
        "--retry-after=5",
        "--body={\"a\": 1}",
        "--json",
    ];
    let expected = json!({
        "provider": "kwik", "fault": "status", "times": 2, "status": 503, "retry_after": "5", "body": { "a": 1 },
    });
    assert_eq!(sandbox.run(&status).json(), expected);
    let delay = ["sandbox", "fault", "onlineapp", "delay", "--seconds", "0.5"];
    let run = sandbox.run(&delay);
    assert_eq!(
        run.stdout, "onlineapp delay, 1 time, seconds 0.5\n",
        "{}",
        run.stderr
    );
    let redirect = [
        "sandbox",
        "fault",
        "kwik",
        "redirect",
        "--location=https://a.example/",
    ];
    assert_eq!(sandbox.run(&redirect).code, Some(0));
    let list = sandbox.run(&["sandbox", "fault"]).stdout;
    assert_eq!(list.lines().count(), 3, "{list}");

    let link = [
        "link",
        "kwik",
        "--customer=cus_demo_new",
        "--max-retries=0",
        "--json",
    ];
    assert_eq!(sandbox.run(&link).error()["status"], 503);
    assert_eq!(
        sandbox.run(&["sandbox", "fault", "--json"]).json()[0]["times"],
        1
    );
    let cleared = sandbox.run(&["sandbox", "fault", "--clear"]);
    assert_eq!(
        (cleared.stdout.as_str(), cleared.stderr.as_str()),
        ("", "No fault is queued.\n")
    );
    assert_eq!(sandbox.run(&link).code, Some(0));
}

#[test]
fn an_invalid_fault_is_an_error_that_names_the_field() {
    let sandbox = Sandbox::start();
    for (arguments, field) in [
        (&["kwik", "explosion"][..], "fault"),
        (&["stripe", "huge"], "provider"),
        (&["kwik", "status"], "status"),
        (&["kwik", "huge", "--seconds=1"], "seconds"),
    ] {
        let run = sandbox.run(&[&["sandbox", "fault", "--json"], arguments].concat());
        assert_eq!((run.code, &run.error()["field"]), (Some(2), &json!(field)));
    }
    assert_eq!(sandbox.run(&["sandbox", "fault", "kwik"]).code, Some(2));
}

#[test]
fn a_rate_limit_is_set_shown_and_removed() {
    let sandbox = Sandbox::start();
    let none = sandbox.run(&["sandbox", "rate-limit"]);
    assert_eq!(
        (none.stdout.as_str(), none.stderr.as_str()),
        ("", "No rate limit is set.\n")
    );
    let set = ["sandbox", "rate-limit", "kwik", "--per-second=1", "--json"];
    let expected = json!({ "rate_limit": {
        "provider": "kwik", "per_second": 1, "retry_after": false, "refused": 0,
    } });
    assert_eq!(sandbox.run(&set).json(), expected);

    let link = [
        "link",
        "kwik",
        "--customer=cus_demo_new",
        "--max-retries=0",
        "--json",
    ];
    // Until two calls arrive within a second: a machine under load may need several.
    while sandbox.run(&link).code == Some(0) {}
    let refused = sandbox.run(&["sandbox", "rate-limit"]).stdout;
    assert_eq!(refused, "kwik, 1 a second, 1 call refused\n");

    let documented = sandbox.run(&["sandbox", "rate-limit", "kwik", "--retry-after"]);
    assert_eq!(
        documented.stdout, "kwik, 100 a second, with Retry-After, 0 calls refused\n",
        "{}",
        documented.stderr
    );
    let output = sandbox.run(&["sandbox", "rate-limit"]);
    assert_eq!(output.stdout, documented.stdout);
    let cleared = sandbox.run(&["sandbox", "rate-limit", "--clear", "--json"]);
    assert_eq!(cleared.json(), json!({ "rate_limit": null }));
    assert_eq!(
        sandbox.run(&["sandbox", "rate-limit", "--clear"]).code,
        Some(0)
    );

    let run = sandbox.run(&["sandbox", "rate-limit", "onlineapp", "--json"]);
    assert_eq!(
        (run.code, &run.error()["field"]),
        (Some(2), &json!("provider"))
    );
    let run = sandbox.run(&["sandbox", "rate-limit", "--retry-after"]);
    assert_eq!(run.code, Some(2), "{}", run.stderr);
}

#[test]
fn the_journal_the_state_and_a_reset() {
    let sandbox = Sandbox::start();
    let empty = sandbox.run(&["sandbox", "journal"]);
    assert_eq!(
        (empty.stdout.as_str(), empty.stderr.as_str()),
        ("", "The journal is empty.\n")
    );
    let link = ["link", "onlineapp", "--email=canary@example.com"];
    assert_eq!(sandbox.run(&link).code, Some(0));

    let journal = sandbox.run(&["sandbox", "journal"]).stdout;
    let expected = "  received  onlineapp  POST /api/v1/paywall/547/get-customer-portal  200\n";
    assert!(journal.ends_with(expected), "{journal}");
    let journal = sandbox.run(&["sandbox", "journal", "--json"]).json();
    assert_eq!(journal[0]["body"]["email"], "***@example.com");
    let state = sandbox.run(&["sandbox", "state", "--json"]).json();
    assert_eq!(state["links"].as_array().unwrap().len(), 1);
    let text = sandbox.run(&["sandbox", "state"]).stdout;
    assert!(text.starts_with("{\n  \""), "{text}");
    let mut parsed: Value = serde_json::from_str(&text).unwrap();
    let mut state = state;
    assert_eq!(parsed["links"].take(), state["links"].take());

    assert_eq!(
        sandbox.run(&["sandbox", "reset", "--json"]).json(),
        json!({ "reset": true })
    );
    assert_eq!(sandbox.journal(), Vec::<Value>::new());
}

/// Returns the URL of a port that is closed.
fn closed() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

#[test]
fn without_a_running_sandbox_every_command_says_how_to_start_one() {
    let flag = format!("--sandbox={}", closed());
    for arguments in [
        &["sandbox", "state"][..],
        &["sandbox", "clock"],
        &["sandbox", "fault"],
        &["sandbox", "journal"],
        &["sandbox", "rate-limit"],
        &["sandbox", "reset"],
        &["webhook", "trigger", "payment.completed"],
        &["webhook", "listen", "--forward-to=http://127.0.0.1:4000/"],
        &["link", "kwik", "--customer=cus_1", "--max-retries=0"],
        &["link", "onlineapp", "--email=a@b.c", "--max-retries=0"],
    ] {
        let run = run(arguments.iter().copied().chain([flag.as_str(), "--json"]));
        let error = run.error();
        let expected = (Some(7), json!("unavailable"), json!("not_sent"));
        assert_eq!(
            (run.code, error["kind"].clone(), error["delivery"].clone()),
            expected,
            "{arguments:?} {error}"
        );
        let hint = error["hint"].as_str().unwrap();
        assert!(
            hint.starts_with("start `portal sandbox`"),
            "{arguments:?} {hint}"
        );
    }
    let run = run(["doctor", "kwik", &flag]);
    assert_eq!(run.code, Some(7));
    assert!(
        run.stdout.contains("hint: start `portal sandbox`"),
        "{}",
        run.stdout
    );
}

#[test]
fn a_server_that_is_no_sandbox_is_an_error() {
    for reply in [
        answer("200 OK", "", "hello"),
        answer(
            "404 Not Found",
            "content-type: application/json\r\n",
            r#"{"error":"Not found"}"#,
        ),
    ] {
        let server = CannedServer::start(reply);
        let run = run(["sandbox", "state", "--json", "--sandbox", &server.url]);
        let error = run.error();
        assert_eq!((run.code, &error["kind"]), (Some(8), &json!("protocol")));
        assert!(
            error["message"]
                .as_str()
                .unwrap()
                .ends_with("is not a sandbox"),
            "{error}"
        );
    }
}

#[test]
fn only_a_sandbox_on_this_machine_is_controlled() {
    for url in [
        "http://192.0.2.1:8787",
        "https://127.0.0.1:8787",
        "http://example.com",
        "sandbox",
    ] {
        let flag = format!("--sandbox={url}");
        let run = run(["sandbox", "state", "--json", &flag]);
        assert_eq!(
            (run.code, &run.error()["field"]),
            (Some(2), &json!("sandbox")),
            "{url}"
        );
    }
}

#[test]
fn the_url_of_a_sandbox_may_follow_its_flag_with_and_without_an_equals_sign() {
    let sandbox = Sandbox::start();
    let joined = format!("--sandbox={}", sandbox.url);
    for flag in [&[joined.as_str()][..], &["--sandbox", &sandbox.url]] {
        let command = ["link", "kwik", "--customer=cus_demo_new"];
        for arguments in [[&command, flag].concat(), [flag, &command].concat()] {
            let run = run(&arguments);
            assert_eq!(run.code, Some(0), "{arguments:?} {}", run.stderr);
        }
    }
    // A word that is no URL is the provider.
    let run = run(["link", "--sandbox", "stripe", "--customer=cus_1"]);
    assert!(run.stderr.contains("`stripe`"), "{}", run.stderr);
}

#[test]
fn every_example_with_the_flag_sandbox_works() {
    let sandbox = Sandbox::start();
    let mut found = 0;
    for command in ["link", "doctor", "bulk", "sandbox"] {
        let help = run([command, "--help"]).stdout;
        for line in help.lines().filter(|line| line.starts_with("  portal ")) {
            let words = line.split(" # ").next().unwrap().split_whitespace().skip(1);
            let words: Vec<_> = words.collect();
            if words.contains(&"--sandbox") {
                found += 1;
                let words = words.iter().map(|word| match *word {
                    "--sandbox" => format!("--sandbox={}", sandbox.url),
                    word => word.to_owned(),
                });
                let run = Run::of(portal().args(words));
                assert_eq!(run.code, Some(0), "{line} {}", run.stderr);
            }
        }
    }
    assert!(
        found >= 2,
        "the help of `doctor` and of `sandbox` has examples"
    );
    assert_eq!(get(&format!("{}/_sandbox/clock", sandbox.url)).0, 200);
}
