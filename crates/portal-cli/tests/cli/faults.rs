//! The kind, delivery and exit code of each error answer, for both providers.

use portal_sandbox::Dialect;
use serde_json::{Value, json};

use crate::common::{Run, Sandbox, portal};
use crate::server::{CannedServer, Reply, answer, json as json_answer};

/// The expected error of a refused call.
struct Expected {
    kind: &'static str,
    delivery: &'static str,
    exit: i32,
    status: Option<u16>,
    code: Option<&'static str>,
}

fn expect(kind: &'static str, delivery: &'static str, exit: i32) -> Expected {
    Expected {
        kind,
        delivery,
        exit,
        status: None,
        code: None,
    }
}

impl Expected {
    fn status(mut self, status: u16) -> Self {
        self.status = Some(status);
        self
    }

    fn code(mut self, code: &'static str) -> Self {
        self.code = Some(code);
        self
    }
}

#[track_caller]
fn check(run: &Run, provider: &str, expected: &Expected) -> Value {
    let error = run.error();
    let found = (
        run.code,
        error["kind"].as_str(),
        error["delivery"].as_str(),
        error["status"].as_u64(),
        error["provider_code"].as_str(),
        error["provider"].as_str(),
        error["attempts"].as_u64(),
    );
    let wanted = (
        Some(expected.exit),
        Some(expected.kind),
        Some(expected.delivery),
        expected.status.map(u64::from),
        expected.code,
        Some(provider),
        Some(1),
    );
    assert_eq!(found, wanted, "{error}");
    assert!(!error["hint"].as_str().unwrap().is_empty(), "{error}");
    error
}

/// Sends one request without retries to a server that gives `reply`.
#[track_caller]
fn scripted(provider: &str, reply: Reply, expected: &Expected) -> Value {
    let server = CannedServer::start(reply);
    let run = Run::of(
        server
            .portal(provider)
            .args(["--json", "--max-retries", "0"]),
    );
    let error = check(&run, provider, expected);
    assert_eq!(server.requests(), 1);
    error
}

#[test]
fn half_a_character_hides_no_error_code_and_no_message() {
    let body = r#"{"status":false,"error_code":"007","error_message":"no Ad\ud83d here"}"#;
    let expected = expect("not_found", "refused", 4).status(404).code("007");
    let error = scripted("kwik", json_answer("404 x", body), &expected);
    let message = error["message"].as_str().unwrap();
    assert!(message.ends_with("no Ad\u{fffd} here"), "{message}");

    let body = r#"{"code":"bad_email","message":"no Ad\ud83d here"}"#;
    let expected = expect("invalid", "refused", 2)
        .status(400)
        .code("bad_email");
    let error = scripted("onlineapp", json_answer("400 x", body), &expected);
    let message = error["message"].as_str().unwrap();
    assert!(message.ends_with("no Ad\u{fffd} here"), "{message}");
}

#[test]
fn a_providers_text_cannot_reorder_or_hide_text() {
    let said = r"no \u202euser\u2066 \u200bhere\ufeff";
    let kwik = format!(
        r#"{{"status":false,"error_code":"0\u202e07","error_message":"{said}","error_details":[{{"errors":{{"a\u202eb":{{"message":"{said}"}}}}}}]}}"#
    );
    let onlineapp = format!(r#"{{"code":"a\u202eb","message":"{said}"}}"#);
    let output = r"no \u{202e}user\u{2066} \u{200b}here\u{feff}";
    for (provider, body) in [("kwik", kwik), ("onlineapp", onlineapp)] {
        let server = CannedServer::start(json_answer("400 x", &body));
        for json in [&[][..], &["--json"]] {
            let run = Run::of(server.portal(provider).args(json));
            let is_invisible = |c: char| {
                ('\u{200b}'..='\u{200f}').contains(&c)
                    || ('\u{202a}'..='\u{202e}').contains(&c)
                    || ('\u{2066}'..='\u{2069}').contains(&c)
                    || c == '\u{feff}'
            };
            assert!(!run.stderr.contains(is_invisible), "{}", run.stderr);
            let text = run.stderr.replace(r"\\u{", r"\u{");
            assert!(text.contains(output), "{}", run.stderr);
        }
    }
}

#[test]
fn a_wait_of_many_digits_is_bounded() {
    let expected = expect("rate_limited", "refused", 6).status(429);
    for endless in ["99999999999999999999", "Fri, 31 Dec 9999 23:59:59 GMT"] {
        let headers = format!("retry-after: {endless}\r\n");
        let error = scripted("kwik", answer("429 x", &headers, ""), &expected);
        assert_eq!(error["retry_after"], 365 * 24 * 60 * 60);
    }
}

#[test]
fn a_year_that_no_calendar_has_is_a_protocol_error() {
    let body = r#"{"status":true,"result":{"link_url":"https://x.com/c","expires_at":"0000-01-01T00:00:00Z"}}"#;
    let expected = expect("protocol", "answered", 8).status(200);
    scripted("kwik", json_answer("200 OK", body), &expected);
}

#[test]
fn an_unknown_kwik_key_is_001() {
    let sandbox = Sandbox::start();
    let run = Run::of(
        portal()
            .args(["link", "kwik", "--customer", "cus_demo_active", "--json"])
            .env("KWIK_API_KEY", "wrong")
            .env("KWIK_API_SECRET", "wrong")
            .env("KWIK_BASE_URL", format!("{}/2.0/", sandbox.url)),
    );
    let expected = expect("unauthenticated", "refused", 3)
        .status(401)
        .code("001");
    check(&run, "kwik", &expected);
}

#[test]
fn a_field_of_the_wrong_type_is_005_with_its_name() {
    let run = Sandbox::start().run(&[
        "link",
        "kwik",
        "--customer",
        "cus_demo_active",
        "--extra",
        r#"settings={"show_invoices":"yes"}"#,
        "--json",
    ]);
    let expected = expect("invalid", "refused", 2).status(400).code("005");
    assert_eq!(check(&run, "kwik", &expected)["field"], "show_invoices");
}

#[test]
fn an_unknown_kwik_record_is_007_with_its_name() {
    let sandbox = Sandbox::start();
    let expected = expect("not_found", "refused", 4).status(404).code("007");
    for (flags, field) in [
        (["--customer=cus_unknown"].as_slice(), "customer_id"),
        (
            &["--customer=cus_demo_new", "--subscription=sub_none"],
            "subscription_id",
        ),
        (
            &["--customer=cus_demo_new", "--product=pro_none"],
            "products",
        ),
    ] {
        let run = sandbox.run(&[&["link", "kwik", "--json"], flags].concat());
        assert_eq!(check(&run, "kwik", &expected)["field"], field);
    }
}

#[test]
fn an_unknown_onlineapp_key_is_unauthenticated() {
    let sandbox = Sandbox::start();
    let run = Run::of(
        portal()
            .args(["link", "onlineapp", "--email", "a@example.com", "--json"])
            .env("ONLINEAPP_API_KEY", "wrong")
            .env("ONLINEAPP_PAYWALL_ID", "547")
            .env("ONLINEAPP_BASE_URL", &sandbox.url),
    );
    check(
        &run,
        "onlineapp",
        &expect("unauthenticated", "refused", 3).status(401),
    );
}

#[test]
fn an_unknown_onlineapp_paywall_is_invalid() {
    let sandbox = Sandbox::start();
    let run = Run::of(
        portal()
            .args(["link", "onlineapp", "--email", "a@example.com", "--json"])
            .env("ONLINEAPP_API_KEY", "sk_sandbox_onlineapp")
            .env("ONLINEAPP_PAYWALL_ID", "548")
            .env("ONLINEAPP_BASE_URL", &sandbox.url),
    );
    check(
        &run,
        "onlineapp",
        &expect("invalid", "refused", 2).status(400),
    );
}

#[test]
fn an_active_purchase_is_a_conflict() {
    let run = Sandbox::start().run(&[
        "link",
        "onlineapp",
        "--email",
        "conflict@sandbox.test",
        "--json",
    ]);
    check(
        &run,
        "onlineapp",
        &expect("conflict", "refused", 5).status(409),
    );
}

#[test]
fn in_the_v3_dialect_a_user_without_subscription_has_no_portal() {
    let sandbox = Sandbox::with_dialect(Dialect::V3);
    let run = sandbox.run(&["link", "onlineapp", "--email", "a@example.com", "--json"]);
    check(
        &run,
        "onlineapp",
        &expect("no_portal", "refused", 4).status(403),
    );
    let run = sandbox.run(&["link", "onlineapp", "--email", "active@sandbox.test"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
}

#[test]
fn a_status_without_a_body_decides_the_kind() {
    for provider in ["kwik", "onlineapp"] {
        for (status, kind, delivery, exit) in [
            (400, "invalid", "refused", 2),
            (413, "invalid", "refused", 2),
            (422, "invalid", "refused", 2),
            (401, "unauthenticated", "refused", 3),
            (403, "forbidden", "refused", 3),
            (404, "not_found", "refused", 4),
            (409, "conflict", "refused", 5),
            (429, "rate_limited", "refused", 6),
            (500, "unavailable", "unknown", 7),
            (503, "unavailable", "unknown", 7),
        ] {
            let step = answer(&format!("{status} x"), "", "");
            let error = scripted(provider, step, &expect(kind, delivery, exit).status(status));
            assert_eq!(error["retry_after"], Value::Null);
        }
    }
}

#[test]
fn kwiks_code_takes_precedence_over_the_status() {
    for (code, kind, exit) in [
        ("001", "unauthenticated", 3),
        ("002", "invalid", 2),
        ("003", "invalid", 2),
        ("004", "invalid", 2),
        ("005", "invalid", 2),
        ("006", "invalid", 2),
        ("007", "not_found", 4),
    ] {
        for status in [200, 500] {
            let body = json!({ "status": false, "error_code": code, "error_message": "no" });
            let step = json_answer(&format!("{status} x"), &body.to_string());
            scripted(
                "kwik",
                step,
                &expect(kind, "refused", exit).status(status).code(code),
            );
        }
    }
}

#[test]
fn with_an_unknown_kwik_code_the_status_decides() {
    let body = r#"{"status":false,"error_code":"042"}"#;
    let expected = expect("rate_limited", "refused", 6).status(429).code("042");
    scripted("kwik", json_answer("429 x", body), &expected);
    let expected = expect("protocol", "answered", 8).status(200).code("042");
    scripted("kwik", json_answer("200 OK", body), &expected);
}

#[test]
fn onlineapps_code_or_slug_is_the_provider_code() {
    for (body, code) in [
        (r#"{"error":"Some sentence","code":"E42"}"#, Some("E42")),
        (r#"{"error":"rate_limited"}"#, Some("rate_limited")),
        (r#"{"error":"Some sentence"}"#, None),
    ] {
        let expected = Expected {
            code,
            ..expect("forbidden", "refused", 3).status(403)
        };
        scripted("onlineapp", json_answer("403 x", body), &expected);
    }
}

#[test]
fn a_rate_limit_error_has_the_time_to_wait() {
    for provider in ["kwik", "onlineapp"] {
        let step = answer("429 Too Many Requests", "retry-after: 7\r\n", "");
        let error = scripted(
            provider,
            step,
            &expect("rate_limited", "refused", 6).status(429),
        );
        assert_eq!(
            (&error["retry_after"], &error["retryable"]),
            (&json!(7), &json!(true))
        );
    }
}

#[test]
fn an_unreadable_answer_is_a_protocol_error() {
    let html = || {
        answer(
            "200 OK",
            "content-type: text/html\r\n",
            "<html>hello</html>",
        )
    };
    for provider in ["kwik", "onlineapp"] {
        let expected = expect("protocol", "answered", 8).status(200);
        for step in [
            html(),
            answer("200 OK", "", ""),
            json_answer("200 OK", "{}"),
            json_answer("200 OK", "["),
        ] {
            scripted(provider, step, &expected);
        }
    }
}

#[test]
fn an_unsafe_link_is_a_protocol_error() {
    let expected = expect("protocol", "answered", 8).status(200);
    let long = format!("https://x.com/{}", "x".repeat(9000));
    for url in [
        "http://example.com/p",
        "/portal/x",
        "javascript:alert(1)",
        "https://u:p@x.com/",
        "",
        &long,
    ] {
        let body = json!({ "url": url });
        scripted(
            "onlineapp",
            json_answer("200 OK", &body.to_string()),
            &expected,
        );
        let body = json!({ "status": true, "result": { "link_url": url } });
        scripted("kwik", json_answer("200 OK", &body.to_string()), &expected);
    }
}

#[test]
fn an_unreadable_expiry_is_a_protocol_error() {
    let body =
        json!({ "status": true, "result": { "link_url": "https://x.com/", "expires_at": "soon" } });
    let expected = expect("protocol", "answered", 8).status(200);
    scripted("kwik", json_answer("200 OK", &body.to_string()), &expected);
}

#[test]
fn a_redirect_is_not_followed() {
    let elsewhere = CannedServer::start(Reply::Close);
    for provider in ["kwik", "onlineapp"] {
        let location = format!("location: {}/canary\r\n", elsewhere.url);
        let expected = expect("protocol", "answered", 8).status(307);
        let error = scripted(provider, answer("307 x", &location, ""), &expected);
        assert!(!error.to_string().contains("canary"), "{error}");
    }
    assert_eq!(elsewhere.requests(), 0);
}

#[test]
fn a_connection_lost_after_writing_the_request_has_unknown_delivery() {
    for provider in ["kwik", "onlineapp"] {
        let expected = expect("unavailable", "unknown", 7);
        let error = scripted(provider, Reply::Close, &expected);
        // A repeated call of OnlineApp finds the same user; one of Kwik may create a second link.
        assert_eq!(error["retryable"], provider == "onlineapp");
        let cut = Reply::Answer("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{".to_owned());
        scripted(provider, cut, &expected);
    }
}

#[test]
fn a_refused_connection_has_sent_nothing() {
    for provider in ["kwik", "onlineapp"] {
        let mut server = CannedServer::start(Reply::Close);
        server.url = closed_port();
        let run = Run::of(
            server
                .portal(provider)
                .args(["--json", "--max-retries", "0"]),
        );
        let error = check(&run, provider, &expect("unavailable", "not_sent", 7));
        assert_eq!(error["retryable"], true);
    }
}

/// Returns a closed address: port 1 is reserved, and outside the range of free ports.
fn closed_port() -> String {
    "http://127.0.0.1:1".to_owned()
}

#[test]
fn no_answer_in_time_is_a_timeout() {
    for provider in ["kwik", "onlineapp"] {
        let server = CannedServer::start(Reply::Hang);
        let run = Run::of(server.portal(provider).args(["--json", "--timeout", "0.3"]));
        let error = run.error();
        assert_eq!(run.code, Some(7), "{error}");
        assert_eq!(error["kind"], "timeout", "{error}");
        // A slow machine may not connect in that time.
        let delivery = error["delivery"].as_str().unwrap();
        assert!(["unknown", "not_sent"].contains(&delivery), "{error}");
    }
}

#[test]
fn safe_retries_are_made_up_to_the_maximum() {
    for (provider, step, attempts) in [
        ("onlineapp", answer("500 x", "", ""), 3),
        ("kwik", answer("500 x", "", ""), 1),
        ("onlineapp", answer("429 x", "retry-after: 0\r\n", ""), 3),
        ("kwik", answer("429 x", "retry-after: 0\r\n", ""), 3),
        ("onlineapp", answer("401 x", "", ""), 1),
    ] {
        let server = CannedServer::start(step);
        let run = Run::of(
            server
                .portal(provider)
                .args(["--json", "--max-retries", "2"]),
        );
        assert_eq!(run.error()["attempts"], attempts, "{provider}");
        assert_eq!(server.requests(), attempts, "{provider}");
    }
}

#[test]
fn a_text_error_is_message_cause_and_hint_on_stderr() {
    let mut server = CannedServer::start(Reply::Close);
    server.url = closed_port();
    let run = Run::of(server.portal("kwik").args(["--max-retries", "0"]));
    assert_eq!((run.code, run.stdout.as_str()), (Some(7), ""));
    let lines: Vec<_> = run.stderr.lines().collect();
    let starts = ["error: no connection to ", "  caused by: ", "hint: "];
    assert_eq!(lines.len(), starts.len(), "{}", run.stderr);
    for (line, start) in lines.iter().zip(starts) {
        assert!(line.starts_with(start), "{}", run.stderr);
    }
}
