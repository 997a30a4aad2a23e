//! The contents of the ledger, and what a later run refuses.

use std::fs;

use portal_bulk::{RunFingerprint, StopReason, Summary};
use portal_core::{AccountFingerprint, Credential, CredentialPart};

use crate::common::{Acme, RunFixture, customers};

fn refusal(fixture: &RunFixture) -> String {
    fixture.open_files(true).unwrap_err().to_string()
}

#[test]
fn the_ledger_holds_no_personal_data_and_only_the_owner_can_read_the_files() {
    let fixture = RunFixture::csv(
        "customer_id,email,return_url,meta.a\nc_canary,canary@example.com,https://canary.site/,canary\n",
    );
    fixture.finish(&Acme::default(), false);
    let ledger = fixture.ledger();
    assert!(
        !ledger.contains("canary") && !ledger.contains("://"),
        "{ledger}"
    );
    assert!(!ledger.contains('@'));
    #[cfg(unix)]
    for end in ["", ".ledger"] {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(fixture.path(end))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600, "{end}");
    }
}

#[cfg(unix)]
#[test]
fn files_that_others_can_read_become_private_also_through_links() {
    use std::os::unix::fs::{PermissionsExt, symlink};

    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    for end in ["", ".held"] {
        for is_symbolic in [false, true] {
            let fixture = RunFixture::for_customers(customers(3));
            fs::write(fixture.path(""), "").unwrap();
            let target = fixture.folder.path().join("target");
            fs::write(&target, "").unwrap();
            fs::set_permissions(&target, fs::Permissions::from_mode(0o666)).unwrap();
            let _ = fs::remove_file(fixture.path(end));
            match is_symbolic {
                true => symlink(&target, fixture.path(end)).unwrap(),
                false => fs::hard_link(&target, fixture.path(end)).unwrap(),
            }
            let files = fixture.open_files(true).unwrap();
            assert_eq!(mode(&target), 0o600, "{end} {is_symbolic}");
            drop(files);
        }
    }
    // All files of an interrupted run.
    let fixture = RunFixture::for_customers(customers(3));
    let killed = Acme {
        fatal: Some("c_1"),
        ..Acme::default()
    };
    assert!(fixture.run(&killed, false).unwrap().is_none());
    for end in ["", ".ledger", ".held"] {
        let wide = fs::Permissions::from_mode(0o644);
        fs::set_permissions(fixture.path(end), wide).unwrap();
    }
    drop(fixture.open_files(true).unwrap());
    for end in ["", ".ledger", ".held"] {
        assert_eq!(mode(&fixture.path(end)), 0o600, "{end}");
    }
}

#[cfg(unix)]
#[test]
fn a_file_of_another_user_is_refused() {
    let fixture = RunFixture::for_customers(customers(3));
    fs::write(fixture.path(""), "").unwrap();
    // Only root can give a file away; any other user finds one of root's.
    if std::os::unix::fs::chown(fixture.path(""), Some(4242), None).is_err() {
        fs::remove_file(fixture.path("")).unwrap();
        std::os::unix::fs::symlink("/etc/hosts", fixture.path("")).unwrap();
    }
    let acme = Acme::default();
    let error = fixture.run(&acme, true).unwrap_err();
    assert!(error.to_string().contains("cannot be opened"), "{error}");
    assert!(acme.calls().is_empty());
}

#[test]
fn existing_files_are_not_overwritten() {
    for end in ["", ".ledger", ".held"] {
        let fixture = RunFixture::for_customers(customers(1));
        fs::write(fixture.path(end), "mine\n").unwrap();
        let error = fixture.open_files(false).unwrap_err().to_string();
        assert!(error.contains("already exists; hint: "), "{error}");
        assert_eq!(fs::read(fixture.path(end)).unwrap(), b"mine\n");
        let files = fs::read_dir(fixture.folder.path()).unwrap().count();
        assert_eq!(files, 1, "files of the failed run are removed");
    }
}

#[test]
fn two_runs_cannot_write_the_same_output() {
    let fixture = RunFixture::for_customers(customers(1));
    let _first = fixture.open_files(false).unwrap();
    let error = refusal(&fixture);
    assert!(error.contains("another run is writing"), "{error}");
}

#[test]
fn a_ledger_of_another_run_is_refused_with_the_difference() {
    let fixture = RunFixture::for_customers(customers(3));
    fixture.finish(&Acme::default(), false);
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
        let error = portal_bulk::RunFiles::resume(&fixture.path(""), &fingerprint).unwrap_err();
        let error = error.to_string();
        assert!(error.contains(why) && !error.contains("canary"), "{error}");
    }
}

#[test]
fn a_ledger_of_another_account_is_refused_with_both_profiles() {
    let account = |key: &str| {
        let key = CredentialPart::parse("api_key", key.into(), "").unwrap();
        let base = "https://api.example.com".parse().unwrap();
        AccountFingerprint::new("acme", &base, &Credential::bearer(&key))
    };
    let resume = |fixture: &RunFixture, key: &str, profile| {
        let fingerprint = fixture.fingerprint().with_account(account(key), profile);
        portal_bulk::RunFiles::resume(&fixture.path(""), &fingerprint).map(drop)
    };
    let fixture = RunFixture::for_customers(customers(1));
    fixture.finish(&Acme::default(), false);
    for (profile, shown) in [
        (Some("a b"), "profile `a%20b`"),
        (Some("live"), "profile `live`"),
        (None, "no profile"),
    ] {
        let error = resume(&fixture, "other", profile).unwrap_err().to_string();
        let why = format!("it has no profile, and this run has {shown}");
        assert!(error.contains(&why), "{error}");
    }

    // Without a result, a corrected key starts the ledger again.
    let fixture = RunFixture::for_customers(customers(1));
    for (key, profile) in [
        ("canary", Some("live")),
        ("other", Some("a b")),
        ("other", None),
    ] {
        resume(&fixture, key, profile).unwrap();
        let ledger = fixture.ledger();
        assert_eq!(ledger.lines().count(), 1, "{ledger}");
        assert!(ledger.contains(&account(key).to_string()), "{ledger}");
        assert!(!ledger.contains("canary"), "{ledger}");
    }
}

#[test]
fn a_ledger_of_another_version_or_kind_is_refused_with_a_hint() {
    let fixture = RunFixture::for_customers(customers(3));
    fixture.finish(&Acme::default(), false);
    let ledger = fixture.ledger();
    for (from, to, why) in [
        (
            "portal-ledger 2",
            "portal-ledger 1",
            "of version 1, but this program reads version 2",
        ),
        ("portal-ledger 2", "portal-ledger 12", "of version 12"),
        ("portal-ledger 2", "portal-ledger canary", "of version ?"),
        ("portal-ledger", "something", "is not a ledger"),
        ("b 2 ", "b 3 ", "line 3: the line is damaged"),
        ("b 2 ", "b 2  ", "line 3: the line is damaged"),
        ("csv", "cvs", "line 1: the line is damaged"),
    ] {
        fs::write(fixture.path(".ledger"), ledger.replacen(from, to, 1)).unwrap();
        let error = refusal(&fixture);
        assert!(error.contains(why) && error.contains("hint: "), "{error}");
        assert!(!error.contains("canary"), "{error}");
    }
    // Missing, repeated and swapped lines.
    let lines: Vec<_> = ledger.split_inclusive('\n').collect();
    for order in [[0, 1, 3, 4], [0, 1, 1, 2], [0, 2, 1, 3], [1, 2, 3, 4]] {
        let text: String = order.map(|at| lines[at]).concat();
        fs::write(fixture.path(".ledger"), text).unwrap();
        refusal(&fixture);
    }
}

#[test]
fn an_output_without_its_ledger_and_a_ledger_without_its_output_are_refused() {
    for end in ["", ".ledger"] {
        let fixture = RunFixture::for_customers(customers(3));
        fixture.finish(&Acme::default(), false);
        fs::remove_file(fixture.path(end)).unwrap();
        let error = refusal(&fixture);
        assert!(
            error.contains("is missing or empty; hint: put the file back"),
            "{error}"
        );
    }
}

#[test]
fn an_output_that_lost_saved_lines_is_refused() {
    let fixture = RunFixture::for_customers(customers(3));
    fixture.finish(&Acme::default(), false);
    let text = fs::read_to_string(fixture.path("")).unwrap();
    let two = text.split_inclusive('\n').take(2).collect::<String>();
    fs::write(fixture.path(""), two).unwrap();
    let error = refusal(&fixture);
    assert!(error.contains("has 2 lines, but once had 3"), "{error}");
}

#[test]
fn an_output_with_an_invalid_line_is_refused_with_its_number() {
    for (from, to, why) in [
        (
            "\"row\":2",
            "\"row\":3",
            "line 2: the line is about row 3, but row 2 comes next",
        ),
        (
            "{\"line\":3",
            "\"line\":3",
            "line 2: the line is not a line of an output",
        ),
        (
            "\"row\":1,",
            "",
            "line 1: the line is not a line of an output",
        ),
        (
            "not_found",
            "not_fount",
            "line 3: the line has an unknown kind of error",
        ),
    ] {
        let fixture = RunFixture::for_customers(["c_1", "c_2", "none_3"]);
        fixture.finish(&Acme::default(), false);
        let text = fs::read_to_string(fixture.path("")).unwrap();
        assert!(text.contains(from), "{from}");
        fs::write(fixture.path(""), text.replacen(from, to, 1)).unwrap();
        let error = refusal(&fixture);
        assert!(error.contains(why), "{error}");
    }
}

fn input_error(summary: Option<Summary>) -> String {
    match summary.and_then(|summary| summary.stopped) {
        Some(StopReason::Input(error)) => error.to_string(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_changed_input_is_refused_before_anything_is_sent_but_new_rows_are_accepted() {
    let ids = customers(9);
    for (other, why) in [
        (
            RunFixture::for_customers(customers(8)),
            "it has 8 rows, but 9 were started",
        ),
        (
            RunFixture::for_customers([&ids[..8], &["c_x".to_owned()]].concat()),
            "its first 9 rows are not those",
        ),
        (
            RunFixture::for_customers([&["c_x".to_owned()], &ids[1..]].concat()),
            "its first 9 rows are not those",
        ),
    ] {
        let mut fixture = RunFixture::for_customers(&ids);
        let killed = Acme {
            last: Some(6),
            ..Acme::default()
        };
        assert!(fixture.run(&killed, false).unwrap().is_none());
        // All rows are started, and at least one is not finished.
        let killed = Acme {
            fatal: Some("c_9"),
            ..Acme::default()
        };
        assert!(fixture.run(&killed, true).unwrap().is_none());
        fixture.input = other.input;
        let acme = Acme::default();
        let error = input_error(fixture.run(&acme, true).unwrap());
        assert!(error.contains(why) && error.contains("hint: "), "{error}");
        assert!(acme.calls().is_empty());
    }
    let mut fixture = RunFixture::for_customers(&ids);
    fixture.finish(&Acme::default(), false);
    fixture.input = RunFixture::for_customers(customers(12)).input;
    let acme = Acme::default();
    assert_eq!(fixture.finish(&acme, true).counts.links, 12);
    assert_eq!(acme.calls().len(), 3);
}
