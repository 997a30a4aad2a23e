//! CSV as spreadsheets write it, and a part of an input.

use std::fs;

use serde_json::json;

use super::{BulkFixture, summary};

fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    let marked = format!("\u{feff}{text}");
    marked.encode_utf16().flat_map(bytes).collect()
}

#[test]
fn csv_is_read_as_spreadsheets_write_it() {
    let plain = "customer_id,allow_cancel,page_title\n\
        cus_demo_new,no,\"a,b;c\"\n\
        cus_demo_active,TRUE,d|é\n";
    let excel = "Customer ID;Allow Cancel;PageTitle;;\r\n\
        cus_demo_new;0;\"a,b;c\";;\r\n\
        ;;;;\r\n\
        cus_demo_active;Yes;d|é;;\r\n\
        ;;;;\r\n";
    let quoted = |delimiter: &str| {
        let cells = [
            ["customer_id", "allow_cancel", "page_title"],
            ["cus_demo_new", "false", "\"a,b;c\""],
            ["cus_demo_active", "1", "\"d|é\""],
        ];
        cells.map(|row| row.join(delimiter)).join("\n")
    };
    for (name, input, flags) in [
        ("plain", plain.as_bytes().to_vec(), &[][..]),
        ("marked", format!("\u{feff}{plain}").into_bytes(), &[]),
        ("excel", excel.as_bytes().to_vec(), &[]),
        ("excel UTF-16", utf16(excel, u16::to_le_bytes), &[]),
        ("declared", format!("sep=;\r\n{excel}").into_bytes(), &[]),
        (
            "declared ^",
            format!("\"sep=^\"\n{}", quoted("^")).into_bytes(),
            &[],
        ),
        ("bar", quoted("|").into_bytes(), &[]),
        ("tab", quoted("\t").into_bytes(), &["--delimiter", "tab"]),
        ("tab UTF-16", utf16(&quoted("\t"), u16::to_be_bytes), &[]),
        ("flag", quoted("^").into_bytes(), &["--delimiter=^"]),
    ] {
        let fixture = BulkFixture::new("kwik", "");
        fs::write(fixture.path("in.csv"), input).unwrap();
        let run = fixture.run(&[flags, &["--concurrency=1"]].concat());
        assert_eq!(run.code, Some(0), "{name} {}", run.stderr);
        let sent: Vec<_> = fixture
            .sandbox
            .journal()
            .iter()
            .map(|call| call["body"].clone())
            .collect();
        let expected = [
            ("cus_demo_new", false, "a,b;c"),
            ("cus_demo_active", true, "d|é"),
        ];
        assert_eq!(sent.len(), 2, "{name}");
        for (body, (customer, allow_cancel, title)) in sent.iter().zip(expected) {
            assert_eq!(body["customer_id"], customer, "{name}");
            let text = body.to_string();
            assert!(text.contains(&json!(title).to_string()), "{name} {text}");
            assert!(text.contains(&format!(":{allow_cancel}")), "{name} {text}");
        }
        assert_eq!(fixture.rows(), [1, 2], "empty rows do not count");
    }
}

#[test]
fn an_error_in_any_dialect_names_the_line_and_the_column() {
    for (input, why) in [
        (
            "sep=;\nE-Mail;Customer IDs\n",
            "line 2, column 2: `Customer IDs` is not a field of a request\nhint: did you mean `customer_id`?",
        ),
        (
            "email;customer_id;E-Mail\n",
            "line 1, column 3: `email` is also column 1",
        ),
        (
            "email;;customer_id\n",
            "line 1, column 2: `` is not a field",
        ),
        (";;\na;b;c\n", "the input is empty"),
        (
            "sep=x\nemail\n",
            "line 1: `sep=` names no delimiter\nhint: write it like `sep=;`",
        ),
        (
            "customer_id;allow_cancel\n\ncus_demo_new;si\n",
            "line 3, column 2: `allow_cancel` is neither true nor false",
        ),
        (
            "customer_id;\ncus_demo_new;surplus\n",
            "line 2, column 2: the row has 2 cells, but the header has 1",
        ),
        (
            "customer_id;email\ncus_demo_new\n",
            "line 2, column 2: the row has 1 cells, but the header has 2",
        ),
    ] {
        let fixture = BulkFixture::new("kwik", input);
        let run = fixture.run(&[]);
        assert_eq!(run.code, Some(2), "{input} {}", run.stderr);
        assert!(run.stderr.contains(why), "{input} {}", run.stderr);
        assert!(fixture.sandbox.journal().is_empty());
    }
    let fixture = BulkFixture::new("kwik", "c\0u\0s\0");
    let run = fixture.run(&[]);
    assert!(
        run.stderr
            .contains("the input is UTF-16 without a byte order mark\nhint: save it as UTF-8"),
        "{}",
        run.stderr
    );
}

#[test]
fn a_delimiter_is_one_character_and_belongs_to_csv() {
    let fixture = BulkFixture::kwik(1);
    for delimiter in ["", "a", ";;", "\""] {
        let run = fixture.run(&["--delimiter", delimiter]);
        assert_eq!(run.code, Some(2));
        assert!(
            run.stderr
                .contains("write one character like `;`, or `tab`"),
            "{}",
            run.stderr
        );
    }
    let run = fixture.run(&["--delimiter=;", "--format=jsonl"]);
    assert_eq!(run.code, Some(2));
    assert!(
        run.stderr
            .contains("`--delimiter` is for CSV, but the rows are JSONL"),
        "{}",
        run.stderr
    );
    assert!(!fixture.path("out.jsonl").exists());
}

#[test]
fn a_limit_sends_the_first_rows_and_a_later_run_may_go_on() {
    let fixture = BulkFixture::kwik(5);
    let rows_after = |flags: &[&str]| {
        let run = fixture.run(&[&["--json"], flags].concat());
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        assert_eq!(summary(&run)["rows"], fixture.rows().len());
        fixture.rows().len()
    };
    assert_eq!(rows_after(&["--limit=2"]), 2);
    assert_eq!(rows_after(&["--limit=2", "--resume"]), 2);
    assert_eq!(rows_after(&["--limit=4", "--resume"]), 4);
    assert_eq!(rows_after(&["--limit=1", "--resume"]), 4);
    assert_eq!(rows_after(&["--resume"]), 5);
    assert_eq!(rows_after(&["--limit=9", "--resume"]), 5);
    assert_eq!(fixture.rows(), [1, 2, 3, 4, 5]);
    assert_eq!(fixture.sandbox.journal().len(), 5);
}

#[test]
fn rows_beyond_the_limit_are_not_checked() {
    let fixture = BulkFixture::new("kwik", "customer_id\ncus_demo_new\n\"\u{0}\"\n");
    let run = fixture.run(&["--limit=1", "--dry-run", "--json"]);
    assert_eq!((run.code, &summary(&run)["rows"]), (Some(0), &json!(1)));
    assert_eq!(fixture.run(&["--limit=1", "--strict"]).code, Some(0));
    assert_eq!(fixture.rows(), [1]);
    let run = fixture.run(&["--limit=0"]);
    assert_eq!(run.code, Some(2), "{}", run.stderr);
}
