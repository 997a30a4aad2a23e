//! Kwik's errors: what each answer tells the caller.

mod common;

use std::path::Path;

use adapter_kwik::Kwik;
use common::decode_redacted;
use portal_core::{Customer, Error, LinkRequest, Redactor, link_call};
use serde_json::json;

/// One answer a line: statuses, kind, delivery, field, provider code, body (`@` is a fixture).
const TABLE: &str = r#"
# The envelope, whose code decides before the HTTP status does.
200,201,400,401,422,500 invalid     refused field 005   @fault_005_validation
200,400,401,403,404,429,500,503 unauthenticated refused - 001 {"status":false,"error_code":"001"}
200,400,401,403,404,429,500,503 invalid   refused  - 002 {"status":false,"error_code":"002"}
200,400,401,403,404,429,500,503 invalid   refused  - 003 {"status":false,"error_code":"003"}
200,400,401,403,404,429,500,503 invalid   refused  - 004 {"status":false,"error_code":"004"}
200,400,401,403,404,429,500,503 invalid   refused  - 005 {"status":false,"error_code":"005"}
200,400,401,403,404,429,500,503 invalid   refused  - 006 {"status":false,"error_code":"006"}
200,400,401,403,404,429,500,503 not_found refused  - 007 {"status":false,"error_code":"007"}

# A code that is a number, or has blanks around it.
200,500     unauthenticated refused  - 001   {"status":false,"error_code":1}
200,500     invalid         refused  - 005   {"status":false,"error_code":5}
200,500     not_found       refused  - 007   {"status":false,"error_code":7}
200,500     not_found       refused  - 007   {"status":false,"error_code":" 007 "}
400         invalid         refused  - 042   {"status":false,"error_code":42}
400         invalid         refused  - 1000  {"status":false,"error_code":1000}
400         invalid         refused  - -7    {"status":false,"error_code":-7}
400         invalid         refused  - 7.5   {"status":false,"error_code":7.5}

# An unknown code, or none, falls back to the status.
200,201     protocol        answered - 008   {"status":false,"error_code":"008"}
200         protocol        answered - 7     {"status":false,"error_code":"7"}
400,413,422 invalid         refused  - 008   {"status":false,"error_code":"008"}
401         unauthenticated refused  - 008   {"status":false,"error_code":"008"}
403         forbidden       refused  - 008   {"status":false,"error_code":"008"}
404         not_found       refused  - 008   {"status":false,"error_code":"008"}
409         conflict        refused  - 008   {"status":false,"error_code":"008"}
429         rate_limited    refused  - 008   {"status":false,"error_code":"008"}
500,503     unavailable     unknown  - 008   {"status":false,"error_code":"008"}
200         protocol        answered - -     {"status":false}
200         protocol        answered - -     {"status":false,"error_message":"no code"}
200         protocol        answered - -     {"status":false,"result":{"link_url":"https://x.com"}}
404         not_found       refused  - -     {"status":false,"error_code":""}
404         not_found       refused  - -     {"status":false,"error_code":" "}
404         not_found       refused  - -     {"status":false,"error_code":null}
404         not_found       refused  - -     {"status":false,"error_code":["001"]}
404         not_found       refused  - -     {"status":false,"error_code":{"code":"001"}}

# The code is read on an error status even if `status` is not what it should be.
400         unauthenticated refused  - 001   {"error_code":"001"}
400         unauthenticated refused  - 001   {"status":true,"error_code":"001"}
400         unauthenticated refused  - 001   {"status":"error","error_code":"001"}
400         unauthenticated refused  - 001   {"status":400,"error_code":"001"}

# The field of the first complaint, in neutral words if possible.
400 invalid refused customer_id               005 !customer_id
400 invalid refused subscription_id           005 !subscription_id
400 invalid refused show_invoices             005 !settings.show_invoices
400 invalid refused show_billing_info         005 !settings.show_billing_info
400 invalid refused allow_update_billing_info 005 !settings.allow_update_billing_info
400 invalid refused allow_cancel              005 !settings.allow_cancel
400 invalid refused cancel_type               005 !settings.cancel_type
400 invalid refused allow_switch_plan         005 !settings.allow_switch_plan
400 invalid refused products                  005 !settings.products_ids
400 invalid refused products                  005 !settings.products_ids.0
400 invalid refused return_url                005 !settings.redirect_url
400 invalid refused page_title                005 !settings.page_title
400 invalid refused cancel_type               005 !cancel_type
400 invalid refused settings                  005 !settings
400 invalid refused settings.theme            005 !settings.theme
400 invalid refused settings.theme.dark       005 !settings.theme.dark
400 invalid refused products_ids_more         005 !products_ids_more
400 invalid refused reference                 005 !reference
200 invalid refused b 005 {"status":false,"error_code":"005","error_details":[{"errors":{"b":{}}},{"errors":{"a":{}}}]}
200 invalid refused b 005 {"status":false,"error_code":"005","error_details":[null,{},{"errors":{}},{"errors":{"b":{}}}]}
400 invalid refused a -   {"status":false,"error_details":[{"errors":{"a":"a text"}}]}
404 not_found refused customer_id 007 {"status":false,"error_code":"007","error_details":[{"errors":{"customer_id":{}}}]}
400 invalid refused - 005 {"status":false,"error_code":"005","error_details":[]}
400 invalid refused - 005 {"status":false,"error_code":"005","error_details":null}
400 invalid refused - 005 {"status":false,"error_code":"005","error_details":"text"}
400 invalid refused - 005 {"status":false,"error_code":"005","error_details":{"errors":{"a":{}}}}
400 invalid refused - 005 {"status":false,"error_code":"005","error_details":[{"errors":["a"]}]}

# No envelope: the status alone.
400,405,413,415,422,451 invalid refused - -
401         unauthenticated refused  - -
403         forbidden       refused  - -
404         not_found       refused  - -
408         unavailable     unknown  - -
409         conflict        refused  - -
429         rate_limited    refused  - -
500,502,503,504,599 unavailable unknown - -
401         unauthenticated refused  - -     <html>no</html>
404         not_found       refused  - -     {
404         not_found       refused  - -     "007"
404         not_found       refused  - -     [{"error_code":"001"}]
429         rate_limited    refused  - -     Too many requests
500,502,503,504 unavailable unknown  - -     <html>Bad gateway</html>
302         protocol        answered - -     <html>Moved</html>
"#;

fn fault(status: u16, content_type: &str, body: &str) -> Error {
    let request = LinkRequest::new(Customer::from_id("cus_abc123..."));
    let call = link_call(&Kwik, &request).expect("a request");
    let answer = (status, content_type, body);
    decode_redacted(
        &call,
        &Redactor::new(&[]),
        "https://api.kwik.co.za/2.0/",
        answer,
    )
    .expect_err("an error answer")
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
        let known = |cell| Some(cell).filter(|cell| *cell != "-");
        let statuses = cell();
        let expected = (cell(), cell(), known(cell()), known(cell()));
        let body = body(rest);
        for status in statuses.split(',') {
            // The content type of an error is not documented: it makes no difference.
            for content_type in ["application/json", "text/html; charset=utf-8", ""] {
                let error = fault(status.parse().expect(row), content_type, &body);
                let (kind, delivery) = (error.kind().as_str(), error.delivery().as_str());
                let actual = (kind, delivery, error.field(), error.provider_code());
                assert_eq!(actual, expected, "{status} {content_type}: {row}");
                assert_eq!(error.status().unwrap().as_str(), status, "{row}");
                assert!(error.hint().is_some(), "{status}: {row}");
                assert_eq!(error.retry_after(), None, "headers are the engine's: {row}");
            }
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
    for (status, body, message) in [
        (400, json!({"error_message": "Bad body"}), "Bad body"),
        (400, json!({"error_messages": "Bad body"}), "Bad body"),
        (
            400,
            json!({"error_messages": ["Bad body", "and key"]}),
            "Bad body, and key",
        ),
        (
            400,
            json!({"error_message": ["Bad", ["body"]]}),
            "Bad, body",
        ),
        (
            400,
            json!({"error_message": "One", "error_messages": ["Two"]}),
            "One",
        ),
        (
            400,
            json!({"error_message": " ", "error_messages": ["Two"]}),
            "Two",
        ),
        (
            400,
            json!({"error_message": "", "error_messages": [""]}),
            "Bad Request",
        ),
        (
            400,
            json!({"error_message": null, "error_messages": [{}, {}]}),
            "Bad Request",
        ),
        (400, json!({"error_message": 5}), "Bad Request"),
        (404, json!({}), "Not Found"),
        (599, json!([]), "no reason given"),
    ] {
        let error = fault(status, "application/json", &body.to_string());
        assert_eq!(
            error.message(),
            format!("Kwik answered {status}: {message}"),
            "{body}"
        );
    }
}

#[test]
fn the_message_contains_the_first_complaint() {
    for (complaint, message) in [
        (
            json!({"message": "is unknown", "rule": "exists"}),
            "is unknown",
        ),
        (json!({"rule": "integer"}), "breaks the rule `integer`"),
        (json!({}), "is not accepted"),
        (json!("text"), "is not accepted"),
    ] {
        let body = json!({
            "status": false,
            "error_message": "Validation failed",
            "error_details": [{"errors": {"settings.cancel_type": complaint}}],
        });
        let error = fault(200, "application/json", &body.to_string());
        let message =
            format!("Kwik answered 200: Validation failed: `settings.cancel_type` {message}");
        assert_eq!(error.message(), message);
    }
}

#[test]
fn a_long_or_many_lined_message_becomes_one_short_line() {
    let long = "x".repeat(5000);
    let body = json!({
        "error_message": format!("a\nb\u{1b}[31m\u{0} {long}"),
        "error_details": [{"errors": {(long.as_str()): {"message": long}}}],
        "error_code": long,
    });
    let error = fault(400, "application/json", &body.to_string());
    assert!(error.message().starts_with("Kwik answered 400: a b [31m x"));
    assert!(error.message().len() < 700, "{}", error.message().len());
    assert!(error.field().is_some_and(|field| field.len() < 250));
    assert!(error.provider_code().is_some_and(|code| code.len() < 250));
    assert!(!error.to_string().contains(char::is_control));
}

/// A body as the table writes it: `@` names a fixture, `!` a field that fails validation.
fn body(text: &str) -> String {
    match text.split_at_checked(1) {
        Some(("@", name)) => {
            let file = fixtures().join(name).with_extension("json");
            std::fs::read_to_string(file).expect(name)
        }
        Some(("!", field)) => json!({
            "status": false,
            "error_code": "005",
            "error_message": "Validation failed",
            "error_details": [{
                "record": {"customer_id": "cus_abc123..."},
                "errors": {field: {"message": "is not right", "rule": "rule"}},
            }],
        })
        .to_string(),
        _ => text.to_owned(),
    }
}

fn fixtures() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures"))
}
