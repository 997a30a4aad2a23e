//! Every row has one line, whatever is in it.

use portal_bulk::{Format, StopReason};
use portal_core::Kind;
use serde_json::{Value, json};

use crate::common::{Acme, Desk, customers};

#[test]
fn lines_stand_in_the_inputs_order_however_calls_end() {
    let desk = Desk::of(customers(200));
    let acme = Acme {
        turns: vec![9, 0, 3, 1, 30],
        ..Acme::default()
    };
    let summary = desk.finish(&acme, false);
    assert_eq!(summary.counts.links, 200);
    assert_eq!(desk.rows(), (1..=200).collect::<Vec<_>>());
    assert!(!desk.path(".held").exists());
}

#[test]
fn unordered_lines_stand_there_as_they_finish_and_each_once() {
    let desk = Desk {
        unordered: true,
        ..Desk::of(customers(200))
    };
    let acme = Acme {
        turns: vec![9, 0, 3, 1, 30],
        ..Acme::default()
    };
    desk.finish(&acme, false);
    let mut rows = desk.rows();
    assert!(!rows.is_sorted());
    rows.sort_unstable();
    assert_eq!(rows, (1..=200).collect::<Vec<_>>());
}

#[test]
fn a_line_has_every_key_with_a_link_and_without() {
    let desk = Desk::of(["c_1", "none_2", ""]);
    desk.finish(&Acme::default(), false);
    let lines = desk.lines();
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
fn bad_rows_are_told_with_their_column_and_nothing_is_sent_for_them() {
    let text = "\u{feff}customer_id,allow_cancel,return_url,meta.ref,products\r\n\
        c_1,TRUE,https://my.site/a,\"a,\nb\",p_1; p_2\r\n\
        c_2,maybe,,,\r\n\
        c_3,,javascript:alert(1),,\r\n\
        \r\n\
        c_4,,,\r\n\
        \"c\u{0}5\",,,,\r\n\
        c_6,,,,[1]\r\n";
    let desk = Desk::csv(text);
    let acme = Acme::default();
    let summary = desk.finish(&acme, false);
    let found: Vec<_> = desk
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
    let told = |line, column, field: &str| (line, column, field.to_owned());
    let expected = [
        told(2, None, ""),
        told(4, Some(2), "allow_cancel"),
        told(5, Some(3), "return_url"),
        told(7, Some(5), "input"),
        told(8, Some(1), "customer_id"),
        told(9, Some(5), "products"),
    ];
    assert_eq!(found, expected);
    assert_eq!((summary.counts.links, summary.counts.unsent), (1, 5));
    assert_eq!(acme.calls().len(), 1);
}

#[test]
fn jsonl_is_read_like_csv_and_told_by_the_byte() {
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
    let mut desk = Desk::csv(&rows.join("\r\n"));
    desk.format = Format::Jsonl;
    let acme = Acme::default();
    desk.finish(&acme, false);
    let found: Vec<_> = desk
        .lines()
        .iter()
        .map(|line| (line["line"].as_u64().unwrap(), line["column"].as_u64()))
        .collect();
    let places = &found[..6];
    let expected = [
        (1, None),
        (3, Some(22)),
        (4, Some(2)),
        (5, Some(22)),
        (6, Some(2)),
        (7, Some(41)),
    ];
    assert_eq!(places, expected);
    assert_eq!(acme.calls().len(), 1);
    assert_eq!(found.len(), 8);
}

#[test]
fn a_header_that_is_not_understood_ends_it_before_a_file_is_made() {
    for (text, why) in [
        ("", "the input is empty"),
        (
            "customer_ids\nc_1\n",
            "line 1, column 1: `customer_ids` is no field",
        ),
        (
            "email,customer_id, email\n",
            "column 3: `email` is column 1 already",
        ),
        ("a@b.co,c_1\n", "column 1: `***` is no field"),
        ("\"customer_id\n", "line 1: a quote is opened"),
    ] {
        let desk = Desk::csv(text);
        let error = desk.run(&Acme::default(), false).unwrap_err().to_string();
        assert!(error.contains(why), "{error}");
        assert!(!desk.path("").exists() && !desk.path(".ledger").exists());
    }
}

#[test]
fn an_input_that_cannot_be_read_on_ends_the_run_and_can_be_mended() {
    let mut desk = Desk::csv("customer_id\nc_1\n\"c_2\nc_3\n");
    let summary = desk.finish(&Acme::default(), false);
    let Some(StopReason::Input(error)) = summary.stopped else {
        panic!("{summary:?}");
    };
    assert!(
        error.message().starts_with("line 3: a quote is opened"),
        "{error}"
    );
    assert_eq!(desk.rows(), [1]);

    desk.input = b"customer_id\nc_1\nc_2\nc_3\n".to_vec();
    let summary = desk.finish(&Acme::default(), true);
    assert_eq!((summary.counts.links, summary.resumed), (3, 1));
    assert_eq!(desk.rows(), [1, 2, 3]);
}

#[test]
fn failed_rows_stop_nothing_and_are_counted_by_their_kind() {
    let desk = Desk::of(["none_1", "c_2", "down_3", "down_4"]);
    let summary = desk.finish(&Acme::default(), false);
    let failed: Vec<_> = summary.counts.failed().collect();
    assert_eq!(failed, [(Kind::NotFound, 1), (Kind::Unavailable, 2)]);
    assert_eq!((summary.counts.rows(), summary.counts.links), (4, 1));
    // A later run finds them done, and counts them alike.
    let acme = Acme::default();
    let again = desk.finish(&acme, true);
    assert_eq!((again.counts, again.resumed), (summary.counts, 4));
    assert!(acme.calls().is_empty());
}

/// Gives what it has byte by byte, as a slow pipe does.
struct Slow(&'static [u8]);

impl std::io::Read for Slow {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = buffer.len().min(1);
        self.0.read(&mut buffer[..count])
    }
}

#[test]
fn the_mark_at_the_start_of_a_text_is_left_out_however_it_comes() {
    for (text, format) in [
        (&b"\xef\xbb\xbfcustomer_id\nc_1\n"[..], Format::Csv),
        (b"\xef\xbb\xbf{\"customer_id\":\"c_1\"}", Format::Jsonl),
    ] {
        let mut input = portal_bulk::Input::open(Slow(text), format, false, |_| Ok(())).unwrap();
        let record = input.record().unwrap().unwrap();
        assert!(input.read(&record).request.is_ok());
        assert!(input.record().unwrap().is_none());
    }
}

#[test]
fn a_second_mark_is_part_of_the_first_name_however_it_comes() {
    let text = b"\xef\xbb\xbf\xef\xbb\xbfcustomer_id\nc_1\n";
    let slow = portal_bulk::Input::open(Slow(text), Format::Csv, false, |_| Ok(()));
    let whole = portal_bulk::Input::open(&text[..], Format::Csv, false, |_| Ok(()));
    assert_eq!(
        slow.unwrap_err().to_string(),
        whole.unwrap_err().to_string()
    );
}
