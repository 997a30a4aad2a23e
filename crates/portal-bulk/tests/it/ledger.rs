//! What the ledger holds, and whom it refuses.

use std::fs;

use portal_bulk::{RunFingerprint, StopReason, Summary};

use crate::common::{Acme, Desk, customers};

fn refusal(desk: &Desk) -> String {
    desk.journal(true).unwrap_err().to_string()
}

#[test]
fn the_ledger_names_nobody_and_files_are_their_owners_alone() {
    let desk = Desk::csv(
        "customer_id,email,return_url,meta.a\nc_canary,canary@example.com,https://canary.site/,canary\n",
    );
    desk.finish(&Acme::default(), false);
    let ledger = desk.ledger();
    assert!(
        !ledger.contains("canary") && !ledger.contains("://"),
        "{ledger}"
    );
    assert!(!ledger.contains('@'));
    #[cfg(unix)]
    for end in ["", ".ledger"] {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(desk.path(end)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{end}");
    }
}

#[test]
fn nothing_is_overwritten() {
    for end in ["", ".ledger", ".held"] {
        let desk = Desk::of(customers(1));
        fs::write(desk.path(end), "mine\n").unwrap();
        let error = desk.journal(false).unwrap_err().to_string();
        assert!(error.contains("is there already; hint: "), "{error}");
        assert_eq!(fs::read(desk.path(end)).unwrap(), b"mine\n");
        let files = fs::read_dir(desk.folder.path()).unwrap().count();
        assert_eq!(files, 1, "what was made for nothing is gone");
    }
}

#[test]
fn two_runs_cannot_have_the_same_output() {
    let desk = Desk::of(customers(1));
    let _first = desk.journal(false).unwrap();
    let error = refusal(&desk);
    assert!(error.contains("another run is writing"), "{error}");
}

#[test]
fn a_ledger_about_something_else_is_refused_with_what_differs() {
    let desk = Desk::of(customers(3));
    desk.finish(&Acme::default(), false);
    let csv = portal_bulk::Format::Csv;
    for (fingerprint, why) in [
        (
            RunFingerprint::new("other", csv, false, false, "target"),
            "`provider=acme`",
        ),
        (
            RunFingerprint::new("acme", csv, true, false, "target"),
            "`unordered=no`",
        ),
        (
            RunFingerprint::new("acme", csv, false, true, "target"),
            "`best-effort=no`",
        ),
        (
            RunFingerprint::new("acme", portal_bulk::Format::Jsonl, false, false, "target"),
            "`format=csv`",
        ),
        (
            RunFingerprint::new("acme", csv, false, false, "canary"),
            "another account",
        ),
    ] {
        let error = portal_bulk::RunFiles::resume(&desk.path(""), &fingerprint).unwrap_err();
        let error = error.to_string();
        assert!(error.contains(why) && !error.contains("canary"), "{error}");
    }
}

#[test]
fn a_ledger_of_another_version_or_kind_is_refused_with_a_next_step() {
    let desk = Desk::of(customers(3));
    desk.finish(&Acme::default(), false);
    let ledger = desk.ledger();
    for (from, to, why) in [
        (
            "portal-ledger 1",
            "portal-ledger 0",
            "of version 0, and this program reads version 1",
        ),
        ("portal-ledger 1", "portal-ledger 12", "of version 12"),
        ("portal-ledger 1", "portal-ledger canary", "of version ?"),
        ("portal-ledger", "something", "is no ledger"),
        ("b 2 ", "b 3 ", "line 3: the line is damaged"),
        ("b 2 ", "b 2  ", "line 3: the line is damaged"),
        ("csv", "cvs", "line 1: the line is damaged"),
    ] {
        fs::write(desk.path(".ledger"), ledger.replacen(from, to, 1)).unwrap();
        let error = refusal(&desk);
        assert!(error.contains(why) && error.contains("hint: "), "{error}");
        assert!(!error.contains("canary"), "{error}");
    }
    // Whole lines that went missing, came twice or changed places.
    let lines: Vec<_> = ledger.split_inclusive('\n').collect();
    for order in [[0, 1, 3, 4], [0, 1, 1, 2], [0, 2, 1, 3], [1, 2, 3, 4]] {
        let text: String = order.map(|at| lines[at]).concat();
        fs::write(desk.path(".ledger"), text).unwrap();
        refusal(&desk);
    }
}

#[test]
fn an_output_without_its_ledger_and_a_ledger_without_its_output_are_refused() {
    for end in ["", ".ledger"] {
        let desk = Desk::of(customers(3));
        desk.finish(&Acme::default(), false);
        fs::remove_file(desk.path(end)).unwrap();
        let error = refusal(&desk);
        assert!(
            error.contains("is not or is empty; hint: put it back"),
            "{error}"
        );
    }
}

#[test]
fn an_output_that_lost_safe_lines_is_refused() {
    let desk = Desk::of(customers(3));
    desk.finish(&Acme::default(), false);
    let text = fs::read_to_string(desk.path("")).unwrap();
    let two = text.split_inclusive('\n').take(2).collect::<String>();
    fs::write(desk.path(""), two).unwrap();
    let error = refusal(&desk);
    assert!(error.contains("has 2 lines, and had 3 once"), "{error}");
}

#[test]
fn an_output_with_strange_lines_is_refused_with_the_line() {
    for (from, to, why) in [
        (
            "\"row\":2",
            "\"row\":3",
            "line 2: the line is about row 3, and row 2 was to come",
        ),
        (
            "{\"line\":3",
            "\"line\":3",
            "line 2: the line is no line of an output",
        ),
        ("\"row\":1,", "", "line 1: the line is no line of an output"),
        (
            "not_found",
            "not_fount",
            "line 3: the line has a kind of error that is not known",
        ),
    ] {
        let desk = Desk::of(["c_1", "c_2", "none_3"]);
        desk.finish(&Acme::default(), false);
        let text = fs::read_to_string(desk.path("")).unwrap();
        assert!(text.contains(from), "{from}");
        fs::write(desk.path(""), text.replacen(from, to, 1)).unwrap();
        let error = refusal(&desk);
        assert!(error.contains(why), "{error}");
    }
}

fn stopped(summary: Option<Summary>) -> String {
    match summary.and_then(|summary| summary.stopped) {
        Some(StopReason::Input(error)) => error.to_string(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn another_input_is_refused_before_anything_is_sent_and_more_rows_are_not() {
    let ids = customers(9);
    for (other, why) in [
        (Desk::of(customers(8)), "it has 8 rows, and 9 were begun"),
        (
            Desk::of([&ids[..8], &["c_x".to_owned()]].concat()),
            "its first 9 rows are not those",
        ),
        (
            Desk::of([&["c_x".to_owned()], &ids[1..]].concat()),
            "its first 9 rows are not those",
        ),
    ] {
        let mut desk = Desk::of(&ids);
        let killed = Acme {
            last: Some(6),
            ..Acme::default()
        };
        assert!(desk.run(&killed, false).unwrap().is_none());
        // All are begun, and one at least is not done.
        let killed = Acme {
            fatal: Some("c_9"),
            ..Acme::default()
        };
        assert!(desk.run(&killed, true).unwrap().is_none());
        desk.input = other.input;
        let acme = Acme::default();
        let error = stopped(desk.run(&acme, true).unwrap());
        assert!(error.contains(why) && error.contains("hint: "), "{error}");
        assert!(acme.calls().is_empty());
    }
    let mut desk = Desk::of(&ids);
    desk.finish(&Acme::default(), false);
    desk.input = Desk::of(customers(12)).input;
    let acme = Acme::default();
    assert_eq!(desk.finish(&acme, true).counts.links, 12);
    assert_eq!(acme.calls().len(), 3);
}
