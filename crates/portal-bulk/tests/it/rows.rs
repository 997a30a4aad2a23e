//! Every row has one line of output, valid or not.

use portal_bulk::{Format, Input, InputOptions, StopReason};
use portal_core::Kind;
use serde_json::{Value, json};

use crate::common::{Acme, RunFixture, customers};

#[test]
fn lines_keep_the_inputs_order_when_calls_finish_out_of_order() {
    let fixture = RunFixture::for_customers(customers(200));
    let acme = Acme {
        yields: vec![9, 0, 3, 1, 30],
        ..Acme::default()
    };
    let summary = fixture.finish(&acme, false);
    assert_eq!(summary.counts.links, 200);
    assert_eq!(fixture.rows(), (1..=200).collect::<Vec<_>>());
    assert!(!fixture.path(".held").exists());
}

#[test]
fn unordered_lines_are_written_once_each_as_calls_finish() {
    let fixture = RunFixture {
        unordered: true,
        ..RunFixture::for_customers(customers(200))
    };
    let acme = Acme {
        yields: vec![9, 0, 3, 1, 30],
        ..Acme::default()
    };
    fixture.finish(&acme, false);
    let mut rows = fixture.rows();
    assert!(!rows.is_sorted());
    rows.sort_unstable();
    assert_eq!(rows, (1..=200).collect::<Vec<_>>());
}

#[test]
fn a_line_has_every_key_with_a_link_and_without() {
    let fixture = RunFixture::for_customers(["c_1", "none_2", ""]);
    fixture.finish(&Acme::default(), false);
    let lines = fixture.lines();
    let keys = |line: &Value| {
        line.as_object()
            .unwrap()
            .keys()
            .cloned()
            .collect::<Vec<_>>()
    };
    assert_eq!(keys(&lines[0]), keys(&lines[1]));
    assert_eq!(lines[0]["url"], "https://acme.example/p/c_1");
    assert_eq!(
        (&lines[0]["ok"], &lines[0]["error"], &lines[0]["line"]),
        (&json!(true), &Value::Null, &json!(2))
    );
    assert_eq!(
        (
            &lines[1]["ok"],
            &lines[1]["url"],
            &lines[1]["error"]["kind"]
        ),
        (&json!(false), &Value::Null, &json!("not_found"))
    );
    assert_eq!(lines[1]["customer"]["id"], "none_2");
}

#[test]
fn invalid_rows_are_reported_with_their_column_and_not_sent() {
    let text = "\u{feff}customer_id,allow_cancel,return_url,meta.ref,products\r\n\
        c_1,TRUE,https://my.site/a,\"a,\nb\",p_1; p_2\r\n\
        c_2,maybe,,,\r\n\
        c_3,,javascript:alert(1),,\r\n\
        \r\n\
        c_4,,,\r\n\
        \"c\u{0}5\",,,,\r\n\
        c_6,,,,[1]\r\n";
    let fixture = RunFixture::csv(text);
    let acme = Acme::default();
    let summary = fixture.finish(&acme, false);
    let found: Vec<_> = fixture
        .lines()
        .iter()
        .map(|line| {
            let field = line["error"]["field"].as_str().unwrap_or("").to_owned();
            (
                line["line"].as_u64().unwrap(),
                line["column"].as_u64(),
                field,
            )
        })
        .collect();
    let expect = |line, column, field: &str| (line, column, field.to_owned());
    let expected = [
        expect(2, None, ""),
        expect(4, Some(2), "allow_cancel"),
        expect(5, Some(3), "return_url"),
        expect(7, Some(5), "input"),
        expect(8, Some(1), "customer_id"),
        expect(9, Some(5), "products"),
    ];
    assert_eq!(found, expected);
    assert_eq!((summary.counts.links, summary.counts.unsent), (1, 5));
    assert_eq!(acme.calls().len(), 1);
}

#[test]
fn jsonl_rows_are_reported_with_their_line_and_byte() {
    let rows = [
        r#"{"customer_id":"c_1","metadata":{"a":1},"meta.b":true,"extra.x":{"y":[]},"products":["p"]}"#,
        "",
        r#"{"customer_id":"c_2","allow_cancel":"true","email":null}"#,
        r#"{"customer_id":3}"#,
        r#"{"customer_id":"c_4","customers":1}"#,
        r#"{"customer_id":"c_5","customer_id":"c_6"}"#,
        r#"{"customer_id":"c_7","metadata":{"a":1},"meta.a":2}"#,
        "not json",
        r#"["c_8"]"#,
    ];
    let mut fixture = RunFixture::csv(&rows.join("\r\n"));
    fixture.format = Format::Jsonl;
    let acme = Acme::default();
    fixture.finish(&acme, false);
    let found: Vec<_> = fixture
        .lines()
        .iter()
        .map(|line| (line["line"].as_u64().unwrap(), line["column"].as_u64()))
        .collect();
    let positions = &found[..6];
    let expected = [
        (1, None),
        (3, Some(22)),
        (4, Some(2)),
        (5, Some(22)),
        (6, Some(2)),
        (7, Some(41)),
    ];
    assert_eq!(positions, expected);
    assert_eq!(acme.calls().len(), 1);
    assert_eq!(found.len(), 8);
}

#[test]
fn a_key_that_stands_twice_inside_of_a_value_is_refused_with_its_path() {
    let jsonl = [
        r#"{"customer_id":"c_1","metadata":{"a":[{"b":1,"b":2}]}}"#,
        r#"{"customer_id":"c_2","extra":{"a":{"b":1,"b":2}}}"#,
    ];
    let csv = "customer_id,metadata,extra.a\n\
        c_1,\"{\"\"a\"\":[{\"\"b\"\":1,\"\"b\"\":2}]}\",\n\
        c_2,,\"{\"\"b\"\":1,\"\"b\"\":2}\"\n";
    for (format, text) in [
        (Format::Jsonl, jsonl.join("\n")),
        (Format::Csv, csv.to_owned()),
    ] {
        let mut fixture = RunFixture::csv(&text);
        fixture.format = format;
        let acme = Acme::default();
        fixture.finish(&acme, false);
        let lines = fixture.lines();
        let fields: Vec<_> = lines.iter().map(|line| &line["error"]["field"]).collect();
        assert_eq!(fields, ["metadata.a.0.b", "extra.a.b"]);
        assert!(
            lines.iter().all(|line| line["column"].is_u64()),
            "{lines:?}"
        );
        assert!(acme.calls().is_empty());
    }
}

#[test]
fn an_invalid_header_is_refused_before_files_are_created() {
    for (text, why) in [
        ("", "the input is empty"),
        (
            "customer_ids\nc_1\n",
            "line 1, column 1: `customer_ids` is not a field",
        ),
        (
            "email,customer_id, email\n",
            "column 3: `email` is also column 1",
        ),
        ("a@b.co,c_1\n", "column 1: `***` is not a field"),
        (
            "\"customer_id\n",
            "line 1: a quote in this row is not closed",
        ),
    ] {
        let fixture = RunFixture::csv(text);
        let error = fixture
            .run(&Acme::default(), false)
            .unwrap_err()
            .to_string();
        assert!(error.contains(why), "{error}");
        assert!(!fixture.path("").exists() && !fixture.path(".ledger").exists());
    }
}

#[test]
fn an_unreadable_input_stops_the_run_and_a_later_run_resumes_with_a_corrected_one() {
    let mut fixture = RunFixture::csv("customer_id\nc_1\n\"c_2\nc_3\n");
    let summary = fixture.finish(&Acme::default(), false);
    let Some(StopReason::Input(error)) = summary.stopped else {
        panic!("{summary:?}");
    };
    assert!(
        error
            .message()
            .starts_with("line 3: a quote in this row is not closed"),
        "{error}"
    );
    assert_eq!(fixture.rows(), [1]);

    fixture.input = b"customer_id\nc_1\nc_2\nc_3\n".to_vec();
    let summary = fixture.finish(&Acme::default(), true);
    assert_eq!((summary.counts.links, summary.resumed), (3, 1));
    assert_eq!(fixture.rows(), [1, 2, 3]);
}

#[test]
fn failed_rows_do_not_stop_the_run_and_are_counted_by_kind() {
    let fixture = RunFixture::for_customers(["none_1", "c_2", "broken_3", "broken_4"]);
    let summary = fixture.finish(&Acme::default(), false);
    let failed: Vec<_> = summary.counts.failed().collect();
    assert_eq!(failed, [(Kind::NotFound, 1), (Kind::Unavailable, 2)]);
    assert_eq!((summary.counts.rows(), summary.counts.links), (4, 1));
    // A later run counts them as finished.
    let acme = Acme::default();
    let resumed = fixture.finish(&acme, true);
    assert_eq!((resumed.counts, resumed.resumed), (summary.counts, 4));
    assert!(acme.calls().is_empty());
}

/// Returns one byte a read, as a slow pipe does.
struct Slow(&'static [u8]);

impl std::io::Read for Slow {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = buffer.len().min(1);
        self.0.read(&mut buffer[..count])
    }
}

#[test]
fn a_byte_order_mark_is_skipped_even_if_read_in_pieces() {
    for (text, format) in [
        (&b"\xef\xbb\xbfcustomer_id\nc_1\n"[..], Format::Csv),
        (b"\xef\xbb\xbf{\"customer_id\":\"c_1\"}", Format::Jsonl),
    ] {
        let mut input = Input::open(Slow(text), &InputOptions::new(format), |_| Ok(())).unwrap();
        let raw = input.next_row().unwrap().unwrap();
        assert!(input.parse(&raw).request.is_ok());
        assert!(input.next_row().unwrap().is_none());
    }
}

#[test]
fn a_second_byte_order_mark_belongs_to_the_first_name() {
    let text = b"\xef\xbb\xbf\xef\xbb\xbfcustomer_id\nc_1\n";
    let csv = InputOptions::new(Format::Csv);
    let slow = Input::open(Slow(text), &csv, |_| Ok(()));
    let whole = Input::open(&text[..], &csv, |_| Ok(()));
    assert_eq!(
        slow.unwrap_err().to_string(),
        whole.unwrap_err().to_string()
    );
}
