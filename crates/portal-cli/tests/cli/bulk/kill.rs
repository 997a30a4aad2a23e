//! kill -9 in the middle, twice, while the provider has a bad day: every row is accounted for.

use std::collections::BTreeMap;
use std::fs;

use serde_json::{Value, json};

use super::{Desk, summary};
use crate::common::{Going, get};

const ROWS: usize = 2000;

#[test]
fn two_kills_with_faults_lose_no_row_and_double_none_but_those_in_flight() {
    survive(false);
}

#[test]
fn two_kills_of_an_unordered_run_lose_and_double_as_little() {
    survive(true);
}

fn survive(unordered: bool) {
    let desk = Desk::kwik(ROWS);
    let mut flags = vec!["--rate", "9000", "--resume", "--json"];
    if unordered {
        flags.push("--unordered");
    }
    for lines in [500, 1300] {
        bad_day(&desk);
        let run = Going::start(&mut desk.bulk(&flags));
        while line_count(&desk) < lines {
            // A look at the sandbox takes a moment, which is all there is to wait for.
            get(&format!("{}/_sandbox/rate_limit", desk.sandbox.url));
        }
        run.signal("KILL");
        assert_eq!(run.end().code, None);
        let found = line_count(&desk);
        assert!(found < ROWS, "it was killed in the middle: {found}");
    }
    bad_day(&desk);
    let run = desk.bulk(&flags).output().unwrap().into();
    let found = summary(&run);
    assert!(
        [Some(0), Some(7), Some(8)].contains(&run.code),
        "{}",
        run.stderr
    );
    assert_eq!(found["rows"], ROWS);
    let resumed = found["resumed"].as_u64().unwrap();
    assert!((1300..ROWS as u64).contains(&resumed), "{found}");
    // Those that an earlier run had in flight: two kills, 16 rows each, the first resume's aside.
    let repeated = usize::try_from(found["repeated"].as_u64().unwrap()).unwrap();
    assert!(repeated <= 16, "{found}");

    let lines = desk.lines();
    let mut rows = desk.rows();
    assert_eq!(rows.is_sorted(), !unordered);
    rows.sort_unstable();
    assert_eq!(rows, (1..=ROWS as u64).collect::<Vec<_>>());
    check_against(&desk.state(), &lines);
}

/// Checks each line against the links that the sandbox has made.
fn check_against(state: &Value, lines: &[Value]) {
    let mut made: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for link in state["links"].as_array().unwrap() {
        let title = link["settings"]["page_title"].as_str().unwrap();
        made.entry(title)
            .or_default()
            .push(link["id"].as_str().unwrap());
    }
    let mut twice = 0;
    for line in lines {
        let (row, number) = (
            line["row"].as_u64().unwrap(),
            line["line"].as_u64().unwrap(),
        );
        assert_eq!(number, row + 1);
        let ids = made
            .get(format!("row {row}").as_str())
            .cloned()
            .unwrap_or_default();
        if line["ok"] == true {
            assert!(
                ids.contains(&line["id"].as_str().unwrap()),
                "{line} {ids:?}"
            );
        }
        twice += ids.len().saturating_sub(1);
    }
    assert!(
        twice <= 2 * 16,
        "{twice} links more than rows, and 16 may be in flight at a kill"
    );
}

fn bad_day(desk: &Desk) {
    for fault in [
        json!({ "provider": "kwik", "fault": "status", "status": 503, "times": 5 }),
        json!({ "provider": "kwik", "fault": "status", "status": 429, "retry_after": 0, "times": 9 }),
        json!({ "provider": "kwik", "fault": "delay", "seconds": 0.2, "times": 9 }),
        json!({ "provider": "kwik", "fault": "close_before_answer", "times": 3 }),
        json!({ "provider": "kwik", "fault": "delay", "seconds": 0.01, "times": 200 }),
        json!({ "provider": "kwik", "fault": "close_mid_body", "times": 3 }),
        json!({ "provider": "kwik", "fault": "html", "times": 2 }),
    ] {
        desk.order("faults", &fault);
    }
}

fn line_count(desk: &Desk) -> usize {
    let text = fs::read(desk.path("out.jsonl")).unwrap_or_default();
    text.iter().filter(|byte| **byte == b'\n').count()
}
