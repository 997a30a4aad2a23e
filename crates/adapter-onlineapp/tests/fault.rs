//! OnlineApp's errors: what each answer tells the caller.

mod common;

use std::path::Path;

use adapter_onlineapp::OnlineApp;
use common::decode;
use portal_core::{Customer, Error, LinkRequest, link_call};

/// One answer a line: statuses, content type, kind, delivery, provider code, body (`@` is a fixture).
const TABLE: &str = r#"
# The documented rows.
400         json    invalid         refused  -                   @fault_400_email_required
401         json    unauthenticated refused  -                   @fault_401_key_required
401         json    unauthenticated refused  -                   @fault_401_key_invalid
403         json    no_portal       refused  -                   @fault_403_no_portal_live
403         json    no_portal       refused  -                   @fault_403_no_portal_test
403         json    forbidden       refused  -                   @fault_403_key_inactive
404         json    not_found       refused  -                   @fault_404_paywall
409         json    conflict        refused  -                   @fault_409_active_purchase
409         none    conflict        refused  -
409         json    conflict        refused  -
409         json    conflict        refused  active_purchase     {"code":"active_purchase","message":"x"}
500         json    unavailable     unknown  internal            {"error":"internal"}

# The general form: `code`, else an `error` that looks like a slug.
400         json    invalid         refused  bad_email           {"error":"bad_email"}
400         json    invalid         refused  bad.e-mail          {"error":"Bad e-mail","code":"bad.e-mail"}
400         json    invalid         refused  A                   {"error":"slug","code":"A","message":"m","more":{}}
400         json    invalid         refused  slug                {"error":"slug","code":"","message":"m"}
400         json    invalid         refused  slug                {"error":"slug","code":7}
400         json    invalid         refused  -                   {"error":"","message":"m"}
400         json    invalid         refused  -                   {"error":{"code":"x"},"code":null}
400         json    invalid         refused  -                   {"error":"Ärger"}

# Nothing to manage is recognized by `isTest` alone, in a body that calls itself JSON.
403         json    no_portal       refused  -                   {"isTest":false}
403         json    no_portal       refused  -                   {"isTest":"0","more":1}
403         utf8    no_portal       refused  -                   {"isTest":"0"}
403         text    forbidden       refused  -                   {"isTest":"0"}
403         none    forbidden       refused  -                   {"isTest":"0"}
403         json    forbidden       refused  -                   {"isTest":"0","error":"API key is inactive"}
403         json    forbidden       refused  inactive            {"isTest":"0","code":"inactive"}
403         json    forbidden       refused  -                   {"istest":"0"}
400         json    invalid         refused  -                   {"isTest":"0"}
401         json    unauthenticated refused  -                   {"isTest":"0"}
500         json    unavailable     unknown  -                   {"isTest":"0"}

# JSON only where the content type says so.
400         utf8    invalid         refused  bad_email           {"error":"bad_email"}
400         problem invalid         refused  bad_email           {"error":"bad_email"}
400         caps    invalid         refused  bad_email           {"error":"bad_email"}
400         text    invalid         refused  -                   {"error":"bad_email"}
400         html    invalid         refused  -                   {"error":"bad_email"}
400         none    invalid         refused  -                   {"error":"bad_email"}

# No body that counts: the status alone.
400,405,413,415,422,451 none invalid refused  -
400,413,422 json    invalid         refused  -                   {
400,413,422 json    invalid         refused  -                   ["bad_email"]
400,413,422 json    invalid         refused  -                   "bad_email"
400,413,422 html    invalid         refused  -                   <html>no</html>
401         html    unauthenticated refused  -                   <html>no</html>
403         html    forbidden       refused  -                   <html>no</html>
404         html    not_found       refused  -                   <html>no</html>
409         html    conflict        refused  -                   <html>no</html>
408         none    unavailable     unknown  -
429         none    rate_limited    refused  -
429         json    rate_limited    refused  too_many            {"error":"too_many"}
500,502,503,504,599 none unavailable unknown -
500,502,503,504 html unavailable    unknown  -                   <html>Bad gateway</html>
500,502,503,504 json unavailable    unknown  -                   {
"#;

fn fault(status: u16, content_type: &str, body: &str) -> Error {
    let adapter = OnlineApp::new("547").expect("an id");
    let request = LinkRequest::new(Customer::from_email("user@example.com"));
    let call = link_call(&adapter, &request).expect("a request");
    let answer = (status, content_type, body);
    decode(&call, "https://onlineapp.pro", answer).expect_err("an error answer")
}

#[test]
fn every_answer_in_the_table_gives_the_error_of_its_row() {
    for row in TABLE
        .lines()
        .filter(|row| !row.is_empty() && !row.starts_with('#'))
    {
        let mut rest = row;
        let mut cell = || {
            let (cell, tail) = rest.split_once(' ').unwrap_or((rest, ""));
            rest = tail.trim_start();
            cell
        };
        let (statuses, content_type) = (cell(), content_type(cell()));
        let expected = (cell(), cell(), Some(cell()).filter(|code| *code != "-"));
        let body = body(rest);
        for status in statuses.split(',') {
            let error = fault(status.parse().expect(row), content_type, &body);
            let (kind, delivery) = (error.kind().as_str(), error.delivery().as_str());
            let actual = (kind, delivery, error.provider_code());
            assert_eq!(actual, expected, "{status}: {row}");
            assert_eq!(error.status().unwrap().as_str(), status, "{row}");
            assert_eq!(error.field(), None, "OnlineApp names no field: {row}");
            assert!(error.hint().is_some(), "{status}: {row}");
            assert_eq!(error.retry_after(), None, "headers are the engine's: {row}");
        }
    }
}

#[test]
fn every_documented_fault_is_in_the_table() {
    for entry in fixtures().read_dir().unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if let Some(name) = name.strip_suffix(".json") {
            assert!(
                !name.starts_with("fault_") || TABLE.contains(&format!("@{name}\n")),
                "{name}"
            );
        }
    }
}

#[test]
fn the_message_is_the_providers_own_where_it_has_one() {
    let json = "application/json";
    for (status, body, message) in [
        (
            400,
            r#"{"error":"Email is required"}"#,
            "OnlineApp answered 400: Email is required",
        ),
        (
            400,
            r#"{"error":"slug","message":"Say why"}"#,
            "OnlineApp answered 400: Say why",
        ),
        (
            400,
            r#"{"error":"Say why","message":"  "}"#,
            "OnlineApp answered 400: Say why",
        ),
        (
            400,
            r#"{"error":"bad_email"}"#,
            "OnlineApp answered 400: bad_email",
        ),
        (
            400,
            r#"{"message":["x"]}"#,
            "OnlineApp answered 400: Bad Request",
        ),
        (404, "", "OnlineApp answered 404: Not Found"),
        (599, "", "OnlineApp answered 599: no reason given"),
        (
            403,
            r#"{"isTest":"1"}"#,
            "OnlineApp answered 403: the customer has no active subscription, or the payment processor has no portal",
        ),
    ] {
        assert_eq!(fault(status, json, body).message(), message);
    }
}

#[test]
fn a_long_or_many_lined_message_becomes_one_short_line() {
    let body = format!(
        r#"{{"message":"a\nb\u001b[31m\u0000 {}"}}"#,
        "x".repeat(5000)
    );
    let error = fault(400, "application/json", &body);
    assert!(
        error
            .message()
            .starts_with("OnlineApp answered 400: a b [31m x")
    );
    assert!(error.message().len() < 300, "{}", error.message().len());
    assert!(!error.to_string().contains(char::is_control));
}

fn content_type(word: &str) -> &'static str {
    match word {
        "json" => "application/json",
        "utf8" => "application/json; charset=utf-8",
        "problem" => "application/problem+json",
        "caps" => "Application/JSON",
        "text" => "text/plain",
        "html" => "text/html; charset=utf-8",
        "none" => "",
        _ => panic!("the table knows no content type `{word}`"),
    }
}

fn body(text: &str) -> String {
    match text.strip_prefix('@') {
        Some(name) => {
            let file = fixtures().join(name).with_extension("json");
            std::fs::read_to_string(file).expect(name)
        }
        None => text.to_owned(),
    }
}

fn fixtures() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures"))
}

#[test]
fn the_hint_of_a_400_names_its_documented_causes() {
    let error = fault(400, "application/json", r#"{"error":"Invalid paywall ID"}"#);
    assert_eq!(
        error.message(),
        "OnlineApp answered 400: Invalid paywall ID"
    );
    let hint = "check the e-mail address, and the paywall id in the setting `paywall_id`";
    assert_eq!(error.hint(), Some(hint));
}
