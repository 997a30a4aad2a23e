//! Two kills by SIGKILL while the provider fails often: no row is lost.

use std::collections::BTreeMap;
use std::fs;

use serde_json::{Value, json};

use super::{BulkFixture, summary};
use crate::common::{RunningCommand, get};

const ROWS: usize = 2000;

#[test]
fn two_kills_with_faults_lose_no_row_and_repeat_only_rows_in_flight() {
    kill_twice(false);
}

#[test]
fn two_kills_of_an_unordered_run_lose_no_row_and_repeat_only_rows_in_flight() {
    kill_twice(true);
}

fn kill_twice(unordered: bool) {
    let fixture = BulkFixture::kwik(ROWS);
    let mut flags = vec!["--rate", "9000", "--resume", "--json"];
    if unordered {
        flags.push("--unordered");
    }
    for lines in [500, 1300] {
        set_faults(&fixture);
        let run = RunningCommand::start(&mut fixture.bulk(&flags));
        while line_count(&fixture) < lines {
            // This request only passes the time.
            get(&format!("{}/_sandbox/rate_limit", fixture.sandbox.url));
        }
        run.signal("KILL");
        assert_eq!(run.end().code, None);
        let found = line_count(&fixture);
        assert!(found < ROWS, "it was killed in the middle: {found}");
    }
    set_faults(&fixture);
    let run = fixture.bulk(&flags).output().unwrap().into();
    let found = summary(&run);
    assert!(
        [Some(0), Some(7), Some(8)].contains(&run.code),
        "{}",
        run.stderr
    );
    assert_eq!(found["rows"], ROWS);
    let resumed = found["resumed"].as_u64().unwrap();
    assert!((1300..ROWS as u64).contains(&resumed), "{found}");
    // At most the 16 rows in flight at each kill.
    let repeated = usize::try_from(found["repeated"].as_u64().unwrap()).unwrap();
    assert!(repeated <= 2 * 16, "{found}");

    let lines = fixture.lines();
    let mut rows = fixture.rows();
    assert_eq!(rows.is_sorted(), !unordered);
    rows.sort_unstable();
    assert_eq!(rows, (1..=ROWS as u64).collect::<Vec<_>>());
    check_against(&fixture.state(), &lines);
}

/// Checks each line against the links that the sandbox created.
fn check_against(state: &Value, lines: &[Value]) {
    let mut rows_by_title: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for link in state["links"].as_array().unwrap() {
        let title = link["settings"]["page_title"].as_str().unwrap();
        rows_by_title
            .entry(title)
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
        let ids = rows_by_title
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

fn set_faults(fixture: &BulkFixture) {
    for fault in [
        json!({ "provider": "kwik", "fault": "status", "status": 503, "times": 5 }),
        json!({ "provider": "kwik", "fault": "status", "status": 429, "retry_after": 0, "times": 9 }),
        json!({ "provider": "kwik", "fault": "delay", "seconds": 0.2, "times": 9 }),
        json!({ "provider": "kwik", "fault": "close_before_answer", "times": 3 }),
        json!({ "provider": "kwik", "fault": "delay", "seconds": 0.01, "times": 200 }),
        json!({ "provider": "kwik", "fault": "close_mid_body", "times": 3 }),
        json!({ "provider": "kwik", "fault": "html", "times": 2 }),
    ] {
        fixture.set("faults", &fault);
    }
}

fn line_count(fixture: &BulkFixture) -> usize {
    let text = fs::read(fixture.path("out.jsonl")).unwrap_or_default();
    text.iter().filter(|byte| **byte == b'\n').count()
}
