//! Files cut at any byte: a run resumes without losing or repeating a row, or refuses.

use std::fs;
use std::sync::LazyLock;

use portal_bulk::StopReason;
use proptest::prelude::*;

use crate::common::{Acme, RunFixture, customers};

const ROWS: usize = 40;

/// The files that killed runs leave: output, ledger, held lines.
type RunLeftovers = (Vec<u8>, Vec<u8>, Vec<u8>);

fn leftovers(unordered: bool) -> RunLeftovers {
    let fixture = RunFixture {
        unordered,
        ..RunFixture::for_customers(customers(ROWS))
    };
    let yields = vec![7, 0, 2, 19, 1];
    let killed = Acme {
        yields: yields.clone(),
        last: Some(12),
        ..Acme::default()
    };
    assert!(fixture.run(&killed, false).unwrap().is_none());
    let killed = Acme {
        yields,
        last: Some(13),
        ..Acme::default()
    };
    assert!(fixture.run(&killed, true).unwrap().is_none());
    let read = |end| fs::read(fixture.path(end)).unwrap_or_default();
    (read(""), read(".ledger"), read(".held"))
}

static LEFTOVERS: LazyLock<[RunLeftovers; 2]> =
    LazyLock::new(|| [leftovers(false), leftovers(true)]);

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn no_cut_of_the_files_loses_or_repeats_a_row(
        unordered in any::<bool>(),
        output in 0.0_f64..=1.0,
        ledger in 0.0_f64..=1.0,
        held in 0.0_f64..=1.0,
    ) {
        let (whole_output, whole_ledger, whole_held) = &LEFTOVERS[usize::from(unordered)];
        let cut = |text: &[u8], share: f64| text[..(text.len() as f64 * share) as usize].to_vec();
        let fixture = RunFixture { unordered, ..RunFixture::for_customers(customers(ROWS)) };
        let kept = cut(whole_output, output);
        fs::write(fixture.path(""), &kept).unwrap();
        fs::write(fixture.path(".ledger"), cut(whole_ledger, ledger)).unwrap();
        let held_lines = cut(whole_held, held);
        if !unordered {
            fs::write(fixture.path(".held"), &held_lines).unwrap();
        }
        let acme = Acme::default();
        match fixture.run(&acme, true) {
            // Refused: nothing was sent, and the files are unchanged.
            Err(failure) => {
                prop_assert!(failure.to_string().contains("hint: "), "{failure}");
                prop_assert!(acme.calls().is_empty());
                prop_assert_eq!(fs::read(fixture.path("")).unwrap(), kept);
            }
            Ok(summary) => {
                let summary = summary.unwrap();
                prop_assert!(!matches!(summary.stopped, Some(StopReason::Input(_))), "{summary:?}");
                let mut rows = fixture.rows();
                rows.sort_unstable();
                prop_assert_eq!(rows, (1..=ROWS as u64).collect::<Vec<_>>());
                // Rows that have a line are not sent again.
                for id in ids(&kept).into_iter().chain(ids(&held_lines)) {
                    prop_assert!(!acme.calls().contains_key(&id), "{id}");
                }
                prop_assert!(fs::read(fixture.path("")).unwrap().starts_with(whole_lines(&kept)));
            }
        }
    }

    #[test]
    fn a_changed_byte_of_the_ledger_is_refused(at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let (output, ledger, _) = &LEFTOVERS[1];
        let mut changed = ledger.clone();
        let at = at.index(changed.len());
        prop_assume!(changed[at] != byte);
        changed[at] = byte;
        let fixture = RunFixture { unordered: true, ..RunFixture::for_customers(customers(ROWS)) };
        fs::write(fixture.path(""), output).unwrap();
        fs::write(fixture.path(".ledger"), &changed).unwrap();
        // A last line without its line feed counts as half written and is ignored.
        match at + 1 == changed.len() {
            true => prop_assert!(fixture.open_files(true).is_ok()),
            false => {
                let error = fixture.open_files(true).unwrap_err().to_string();
                prop_assert!(error.contains("hint: "), "{error}");
            }
        }
    }
}

fn whole_lines(text: &[u8]) -> &[u8] {
    let end = text.iter().rposition(|byte| *byte == b'\n');
    &text[..end.map_or(0, |end| end + 1)]
}

/// Returns the customers of the whole lines.
fn ids(text: &[u8]) -> Vec<String> {
    let lines = String::from_utf8(whole_lines(text).to_vec()).unwrap();
    let values = lines
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    values
        .map(|line| line["customer"]["id"].as_str().unwrap().to_owned())
        .collect()
}
