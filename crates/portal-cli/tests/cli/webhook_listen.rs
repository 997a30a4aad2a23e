//! `portal webhook listen` and `portal webhook trigger`.

use portal::webhook::verify_signature;
use serde_json::{Value, json};

use crate::common::{RunningCommand, Sandbox, get, run};
use crate::server::{CannedServer, Reply, answer};

/// Starts `portal webhook listen`, and returns its first object.
fn listen(sandbox: &Sandbox, forward_to: &str, secret: Option<&str>) -> (RunningCommand, Value) {
    let mut command = sandbox.portal(&["webhook", "listen", "--json", "--forward-to", forward_to]);
    if let Some(secret) = secret {
        command.env("ONLINEAPP_WEBHOOK_SECRET", secret);
    }
    let mut running = RunningCommand::start(&mut command);
    let ready = serde_json::from_str(&running.line()).unwrap();
    (running, ready)
}

fn next(running: &mut RunningCommand) -> Value {
    serde_json::from_str(&running.line()).unwrap()
}

fn trigger(sandbox: &Sandbox, event: &str) -> Value {
    sandbox.run(&["webhook", "trigger", event, "--json"]).json()
}

fn header<'a>(request: &'a str, name: &str) -> &'a str {
    let mut lines = request.lines();
    let value = lines.find_map(|line| {
        let (found, value) = line.split_once(": ")?;
        found.eq_ignore_ascii_case(name).then_some(value)
    });
    value.unwrap_or_default()
}

/// Returns the statuses of the sandbox's attempts.
fn attempts(sandbox: &Sandbox) -> Vec<Value> {
    let journal = sandbox.journal().into_iter();
    let sent = journal.filter(|entry| entry["direction"] == "out");
    sent.map(|entry| entry["status"].clone()).collect()
}

#[test]
fn a_webhook_is_forwarded_with_its_headers_and_a_signature_that_verifies() {
    let sandbox = Sandbox::start();
    let application = CannedServer::start(answer("204 No Content", "", ""));
    let target = format!("{}/hooks?from=portal", application.url);
    let (mut running, ready) = listen(&sandbox, &target, None);
    let secret = ready["webhook_secret"].as_str().unwrap().to_owned();
    assert_eq!(
        ready,
        json!({ "forward_to": target, "webhook_secret": secret })
    );

    let event = trigger(&sandbox, "payment.completed");
    assert_eq!(event["deliveries"], 1);
    let request = application.request();
    assert!(
        request.starts_with("POST /hooks?from=portal HTTP/1.1\r\n"),
        "{request}"
    );
    assert_eq!(
        header(&request, "host"),
        application.url.strip_prefix("http://").unwrap()
    );
    assert_eq!(header(&request, "user-agent"), "Monetize-Webhooks/1.0");
    assert_eq!(header(&request, "content-type"), "application/json");
    let (_, body) = request.split_once("\r\n\r\n").unwrap();
    let signature = header(&request, "x-monetize-signature");
    let secret = secret.as_str().into();
    let verified = verify_signature("onlineapp", signature, body.as_bytes(), &secret).unwrap();
    assert_eq!(json!(verified.id), event["id"]);
    let printed = json!({
        "id": event["id"], "type": "payment.completed", "status": 204, "error": null,
    });
    assert_eq!(next(&mut running), printed);

    running.signal("INT");
    let end = running.end();
    assert_eq!((end.code, end.stderr.as_str()), (Some(0), ""));
    let endpoints = get(&format!("{}/_sandbox/webhooks", sandbox.url));
    assert_eq!(endpoints, (200, "[]".to_owned()), "the receiver is removed");
}

#[test]
fn the_applications_secret_signs_and_is_not_printed() {
    let sandbox = Sandbox::start();
    let application = CannedServer::start(answer("200 OK", "", ""));
    let (_running, ready) = listen(&sandbox, &application.url, Some("canary-secret"));
    assert_eq!(ready["webhook_secret"], Value::Null);
    trigger(&sandbox, "trial.started");
    let request = application.request();
    let (_, body) = request.split_once("\r\n\r\n").unwrap();
    let signature = header(&request, "x-monetize-signature");
    verify_signature(
        "onlineapp",
        signature,
        body.as_bytes(),
        &"canary-secret".into(),
    )
    .unwrap();
}

#[test]
fn the_applications_status_goes_back_to_the_sandbox_which_repeats_after_a_5xx() {
    let sandbox = Sandbox::start();
    for (reply, status, error, sent) in [
        (
            answer("503 Service Unavailable", "", ""),
            json!(503),
            Value::Null,
            503,
        ),
        (
            answer("404 Not Found", "", ""),
            json!(404),
            Value::Null,
            404,
        ),
        (
            Reply::Close,
            Value::Null,
            json!("the connection was closed without an answer"),
            502,
        ),
    ] {
        let application = CannedServer::start(reply);
        let (mut running, _) = listen(&sandbox, &application.url, None);
        trigger(&sandbox, "payment.completed");
        let printed = next(&mut running);
        assert_eq!((&printed["status"], &printed["error"]), (&status, &error));
        // A move of the clock ends once every attempt is recorded.
        assert_eq!(
            sandbox.run(&["sandbox", "clock", "--advance=1"]).code,
            Some(0)
        );
        assert_eq!(attempts(&sandbox).last(), Some(&json!(sent)));
        if sent >= 500 {
            assert_eq!(
                sandbox.run(&["sandbox", "clock", "--advance=5m"]).code,
                Some(0)
            );
            assert_eq!(next(&mut running)["id"], printed["id"]);
        }
        running.signal("TERM");
        assert_eq!(running.end().code, Some(0));
    }
}

#[test]
fn without_json_each_message_is_one_line() {
    let sandbox = Sandbox::start();
    let application = CannedServer::start(answer("200 OK", "", ""));
    let mut running = RunningCommand::start(&mut sandbox.portal(&[
        "webhook",
        "listen",
        "--forward-to",
        &application.url,
    ]));
    let is_subscribed = || get(&format!("{}/_sandbox/webhooks", sandbox.url)).1 != "[]";
    while !is_subscribed() {}
    let id = sandbox
        .run(&["webhook", "trigger", "refund.created"])
        .stdout;
    let expected = format!("refund.created           {}  200", id.trim_end());
    assert_eq!(running.line(), expected);
    running.signal("INT");
    let end = running.end();
    assert!(
        end.stderr.starts_with("webhook secret whsec_"),
        "{}",
        end.stderr
    );
}

#[test]
fn an_event_is_triggered_for_the_named_subscription() {
    let sandbox = Sandbox::start();
    let arguments = ["webhook", "trigger", "subscription.updated"];
    let run = sandbox.run(&arguments);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert!(
        run.stderr.contains("portal webhook listen"),
        "{}",
        run.stderr
    );
    let other = ["--subscription=sub_sandbox_active", "--json"];
    let event = sandbox.run(&[&arguments[..], &other].concat()).json();
    assert_eq!(
        (&event["subscription_id"], &event["deliveries"]),
        (&json!("sub_sandbox_active"), &json!(0))
    );
    for (arguments, field) in [
        (&["webhook", "trigger", "payment"][..], "type"),
        (
            &[
                "webhook",
                "trigger",
                "payment.completed",
                "--subscription=sub_other",
            ],
            "subscription_id",
        ),
    ] {
        let run = sandbox.run(&[arguments, &["--json"]].concat());
        assert_eq!((run.code, &run.error()["field"]), (Some(2), &json!(field)));
    }
}

#[test]
fn webhooks_are_forwarded_to_this_machine_only() {
    for url in [
        "https://127.0.0.1/",
        "http://example.com/",
        "http://192.0.2.1/",
        "hooks",
    ] {
        let run = run(["webhook", "listen", "--json", "--forward-to", url]);
        assert_eq!(
            (run.code, &run.error()["field"]),
            (Some(2), &json!("forward_to")),
            "{url}"
        );
    }
    let sandbox = Sandbox::start();
    let kwik = [
        "webhook",
        "listen",
        "kwik",
        "--json",
        "--forward-to=http://127.0.0.1:4000/",
    ];
    assert_eq!(sandbox.run(&kwik).code, Some(2));
}
