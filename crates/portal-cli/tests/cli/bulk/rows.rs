//! Input rows and output lines.

use std::fs;
use std::io::Write;
use std::process::Stdio;

use serde_json::{Value, json};

use super::{BulkFixture, summary};
use crate::common;
use crate::common::Run;

const MIXED: &str = "customer_id,allow_cancel\n\
    cus_demo_active,false\n\
    cus_unknown,\n\
    cus_demo_active,perhaps\n\
    cus_demo_new,TRUE\n";

#[test]
fn each_row_has_a_line_in_order_and_the_summary_is_on_stderr() {
    let fixture = BulkFixture::new("kwik", MIXED);
    let run = fixture.run(&[]);
    assert_eq!(
        (run.code, run.stdout.as_str()),
        (Some(4), ""),
        "{}",
        run.stderr
    );
    let printed: Vec<_> = run.stderr.lines().collect();
    assert_eq!(
        printed[0],
        "line 4, column 2: `allow_cancel` is neither true nor false; hint: write `true` or `false`"
    );
    for (line, start) in printed[1..].iter().zip([
        "rows ",
        "links ",
        "invalid ",
        "not_found ",
        "error: 2 of 4 rows failed",
        "hint: ",
    ]) {
        assert!(line.starts_with(start), "{}", run.stderr);
    }
    assert_eq!(fixture.rows(), [1, 2, 3, 4]);
    let lines = fixture.lines();
    let keys: Vec<_> = lines[0].as_object().unwrap().keys().collect();
    for line in &lines {
        assert_eq!(line.as_object().unwrap().keys().collect::<Vec<_>>(), keys);
        assert_eq!(line["ok"].as_bool(), Some(line["url"].is_string()));
        assert_eq!(line["provider"], "kwik");
    }
    let kinds: Vec<_> = lines.iter().map(|line| &line["error"]["kind"]).collect();
    assert_eq!(
        kinds,
        [
            &Value::Null,
            &json!("not_found"),
            &json!("invalid"),
            &Value::Null
        ]
    );
    assert_eq!(
        fixture.sandbox.journal().len(),
        3,
        "an invalid row is not sent"
    );
}

#[test]
fn every_line_names_its_row_as_the_input_does_also_if_the_row_is_invalid() {
    let csv = "id,customer_id,allow_cancel,email\n\
        canary_1,cus_demo_active,false,\n\
        ,cus_canary,,\n\
        canary_3,cus_canary,perhaps,canary@example.com\n\
        canary_4,cus_canary\n";
    let jsonl = [
        r#"{"id":"canary_1","customer_id":"cus_demo_active"}"#,
        r#"{"id":"","customer_id":"cus_canary"}"#,
        r#"{"id":"canary_3","customer_id":"cus_canary","allow_cancel":"perhaps","email":"canary@example.com"}"#,
        r#"{"id":"canary_4","customer_id":"cus_canary","metadata":{"a":1,"a":2}}"#,
        r#"{"id":18446744073709551616,"customer_ids":"cus_canary"}"#,
        r#"{"id":["canary"],"customer_id":"cus_canary"}"#,
        r#"{"id":"canary_7","#,
    ]
    .join("\n");
    let identity = |id: Value, customer: Value, email: Value| json!({ "customer_id": customer, "email": email, "id": id });
    let expected = [
        identity(json!("canary_1"), json!("cus_demo_active"), Value::Null),
        identity(Value::Null, json!("cus_canary"), Value::Null),
        identity(
            json!("canary_3"),
            json!("cus_canary"),
            json!("canary@example.com"),
        ),
        identity(json!("canary_4"), json!("cus_canary"), Value::Null),
        identity(json!("18446744073709551616"), Value::Null, Value::Null),
        identity(Value::Null, json!("cus_canary"), Value::Null),
        identity(Value::Null, Value::Null, Value::Null),
    ];
    for (format, input, rows) in [("csv", csv, 4), ("jsonl", &*jsonl, 7)] {
        let fixture = BulkFixture::new("kwik", input);
        let run = fixture.run(&["--format", format, "-vv"]);
        assert_eq!(run.code, Some(4), "{}", run.stderr);
        let lines = fixture.lines();
        let found: Vec<_> = lines.iter().map(|line| line["input"].clone()).collect();
        assert_eq!(found, expected[..rows]);
        assert_eq!(lines[0]["ok"], true, "`id` is not sent");
        assert!(!run.stderr.contains("canary"), "{}", run.stderr);
        let ledger = fs::read_to_string(fixture.path("out.jsonl.ledger")).unwrap();
        assert!(!ledger.contains("canary"), "{ledger}");
    }
}

#[test]
fn numbers_of_a_row_are_sent_with_the_digits_that_were_given() {
    const DIGITS: &str = r#"{"big":18446744073709551616,"exact":9007199254740993.0,"far":1e+400}"#;
    let jsonl =
        format!(r#"{{"email":"a@example.com","metadata":{DIGITS},"extra":{{"note":{DIGITS}}}}}"#);
    let quoted = DIGITS.replace('"', "\"\"");
    let csv = format!("email,metadata,extra.note\na@example.com,\"{quoted}\",\"{quoted}\"\n");
    for (format, input) in [("jsonl", jsonl), ("csv", csv)] {
        let fixture = BulkFixture::new("onlineapp", &input);
        let run = fixture.run(&["--format", format]);
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        let sent = fixture.sandbox.sent();
        assert_eq!(sent["userMeta"].to_string(), DIGITS, "{format}");
        assert_eq!(sent["note"].to_string(), DIGITS, "{format}");
    }
}

#[test]
fn a_line_has_the_keys_of_a_link_in_the_same_order() {
    let fixture = BulkFixture::kwik(1);
    assert_eq!(fixture.run(&[]).code, Some(0));
    let text = fs::read_to_string(fixture.path("out.jsonl")).unwrap();
    let link = fixture
        .sandbox
        .run(&["link", "kwik", "--customer=cus_demo_active", "--json"]);
    let keys = |text: &str| {
        let quoted: Vec<_> = text.split('"').map(str::to_owned).collect();
        let pairs = quoted.windows(2).filter(|pair| pair[1].starts_with(':'));
        pairs.map(|pair| pair[0].clone()).collect::<Vec<_>>()
    };
    let expected = [
        [
            "line",
            "row",
            "input",
            "customer_id",
            "email",
            "id",
            "column",
            "ok",
        ]
        .iter()
        .map(ToString::to_string)
        .collect(),
        keys(&link.stdout),
        vec!["error".to_owned()],
    ]
    .concat();
    assert_eq!(keys(&text), expected);
}

#[test]
fn with_json_the_summary_and_the_error_are_one_object_each() {
    let fixture = BulkFixture::new("kwik", MIXED);
    let run = fixture.run(&["--json"]);
    assert_eq!(run.code, Some(4));
    let mut found = summary(&run);
    assert!(found["seconds"].take().is_f64());
    let failed = found["failed"].take();
    assert_eq!(
        (&failed["invalid"], &failed["not_found"], &failed["timeout"]),
        (&json!(1), &json!(1), &json!(0))
    );
    assert_eq!(
        found,
        json!({ "output": "out.jsonl", "rows": 4, "links": 2, "failed": null, "unsent": 1, "retryable": 0,
                "may_be_done": 0, "resumed": 0,
                "repeated": 0, "in_flight": 0, "undone": 0, "held": 0, "stopped": null, "seconds": null })
    );
    let error: Value = serde_json::from_str(&run.stderr).unwrap();
    assert_eq!(error["error"]["kind"], "not_found");
}

#[test]
fn rows_can_come_from_stdin_and_jsonl_uses_the_same_names() {
    let fixture = BulkFixture::new("onlineapp", "");
    let mut command =
        fixture
            .sandbox
            .portal(&["bulk", "onlineapp", "--input", "-", "--format", "jsonl"]);
    command.args(["--output", "out.jsonl", "--unordered", "--quiet"]);
    command
        .current_dir(fixture.folder.path())
        .stdin(Stdio::piped());
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let row = json!({ "email": "a@example.com", "metadata": { "source": "x" }, "meta.row": 1 });
    stdin.write_all(format!("{row}\n\n").as_bytes()).unwrap();
    // The first row is sent before the second is written.
    while fs::read_to_string(fixture.path("out.jsonl"))
        .unwrap_or_default()
        .is_empty()
    {
        std::thread::yield_now();
    }
    stdin.write_all(b"{\"email\":\"b@example.com\"}").unwrap();
    drop(stdin);
    let run = Run::from(child.wait_with_output().unwrap());
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    assert_eq!(fixture.lines().len(), 2);
    assert_eq!(fixture.lines()[1]["line"], 3);
    let sent = &fixture.sandbox.journal()[0]["body"];
    assert_eq!(
        sent["userMeta"],
        json!({ "row": 1, "source": "x" }),
        "{sent}"
    );
}

#[test]
fn best_effort_leaves_out_unsupported_options() {
    let input = "email,allow_cancel\na@example.com,false\n";
    let fixture = BulkFixture::new("onlineapp", input);
    let run = fixture.run(&[]);
    assert_eq!(run.code, Some(2), "{}", run.stderr);
    assert_eq!(fixture.lines()[0]["error"]["kind"], "unsupported");
    assert_eq!(fixture.lines()[0]["column"], 2);

    let fixture = BulkFixture::new("onlineapp", input);
    assert_eq!(fixture.run(&["--best-effort"]).code, Some(0));
    assert_eq!(fixture.lines()[0]["omitted"], json!(["allow_cancel"]));
}

#[test]
fn strict_sends_nothing_if_a_row_is_invalid() {
    let fixture = BulkFixture::new("kwik", MIXED);
    let run = fixture.run(&["--strict"]);
    assert_eq!(run.code, Some(2));
    assert!(run.stderr.contains("line 4, column 2: "), "{}", run.stderr);
    assert!(
        run.stderr
            .contains("error: 1 of 4 rows are invalid, and nothing was sent"),
        "{}",
        run.stderr
    );
    assert!(fixture.sandbox.journal().is_empty() && !fixture.path("out.jsonl").exists());

    let fixture = BulkFixture::kwik(3);
    assert_eq!(fixture.run(&["--strict"]).code, Some(0));
    assert_eq!(fixture.rows(), [1, 2, 3]);

    let run = common::run([
        "bulk",
        "kwik",
        "--sandbox",
        "--input=-",
        "--format=csv",
        "--output=x",
        "--strict",
    ]);
    assert_eq!(run.code, Some(2));
    assert!(
        run.stderr.contains("`--strict` reads its input twice"),
        "{}",
        run.stderr
    );
}

#[test]
fn a_dry_run_checks_every_row_without_sending_or_writing() {
    let fixture = BulkFixture::new("kwik", MIXED);
    let run = fixture.run(&["--dry-run"]);
    assert_eq!(run.code, Some(2), "{}", run.stderr);
    assert!(run.stderr.contains("line 4, column 2: "), "{}", run.stderr);
    assert!(
        run.stderr.contains("\ngood                       3  "),
        "{}",
        run.stderr
    );
    assert!(fixture.sandbox.journal().is_empty());
    assert_eq!(fs::read_dir(fixture.folder.path()).unwrap().count(), 1);
}

#[test]
fn an_input_that_cannot_be_understood_is_refused_with_a_hint() {
    let fixture = BulkFixture::new("kwik", "email,customer_ids\n");
    for (flags, why) in [
        (
            ["--input", "in.csv"],
            "line 1, column 2: `customer_ids` is not a field of a request\nhint: did you mean `customer_id`?",
        ),
        (
            ["--input", "none.csv"],
            "`none.csv` cannot be read: No such file",
        ),
        (
            ["--input", "in.txt"],
            "the extension of `in.txt` does not give the format of its rows",
        ),
    ] {
        let mut command = fixture
            .sandbox
            .portal(&["bulk", "kwik", "--output", "out.jsonl"]);
        let run = Run::of(command.args(flags).current_dir(fixture.folder.path()));
        assert_eq!(run.code, Some(2));
        assert!(
            run.stderr.contains(why) && run.stderr.contains("hint: "),
            "{}",
            run.stderr
        );
        assert!(!fixture.path("out.jsonl").exists());
    }
}
