//! Files that were cut anywhere: a run goes on without losing or doubling a row, or refuses.

use std::fs;
use std::sync::LazyLock;

use portal_bulk::StopReason;
use proptest::prelude::*;

use crate::common::{Acme, Desk, customers};

const ROWS: usize = 40;

/// What killed runs leave, in order and as finished: input, output, ledger, waiting lines.
type Left = (Vec<u8>, Vec<u8>, Vec<u8>);

fn left(unordered: bool) -> Left {
    let desk = Desk {
        unordered,
        ..Desk::of(customers(ROWS))
    };
    let turns = vec![7, 0, 2, 19, 1];
    let killed = Acme {
        turns: turns.clone(),
        last: Some(12),
        ..Acme::default()
    };
    assert!(desk.run(&killed, false).unwrap().is_none());
    let killed = Acme {
        turns,
        last: Some(13),
        ..Acme::default()
    };
    assert!(desk.run(&killed, true).unwrap().is_none());
    let read = |end| fs::read(desk.path(end)).unwrap_or_default();
    (read(""), read(".ledger"), read(".held"))
}

static LEFT: LazyLock<[Left; 2]> = LazyLock::new(|| [left(false), left(true)]);

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn any_cut_of_output_and_ledger_loses_and_doubles_no_row(
        unordered in any::<bool>(),
        output in 0.0_f64..=1.0,
        ledger in 0.0_f64..=1.0,
        held in 0.0_f64..=1.0,
    ) {
        let (whole_output, whole_ledger, whole_held) = &LEFT[usize::from(unordered)];
        let cut = |text: &[u8], share: f64| text[..(text.len() as f64 * share) as usize].to_vec();
        let desk = Desk { unordered, ..Desk::of(customers(ROWS)) };
        let kept = cut(whole_output, output);
        fs::write(desk.path(""), &kept).unwrap();
        fs::write(desk.path(".ledger"), cut(whole_ledger, ledger)).unwrap();
        let waiting = cut(whole_held, held);
        if !unordered {
            fs::write(desk.path(".held"), &waiting).unwrap();
        }
        let acme = Acme::default();
        match desk.run(&acme, true) {
            // Refused: nothing was sent, and what was there is there.
            Err(failure) => {
                prop_assert!(failure.to_string().contains("hint: "), "{failure}");
                prop_assert!(acme.calls().is_empty());
                prop_assert_eq!(fs::read(desk.path("")).unwrap(), kept);
            }
            Ok(summary) => {
                let summary = summary.unwrap();
                prop_assert!(!matches!(summary.stopped, Some(StopReason::Input(_))), "{summary:?}");
                let mut rows = desk.rows();
                rows.sort_unstable();
                prop_assert_eq!(rows, (1..=ROWS as u64).collect::<Vec<_>>());
                // Whose line was there is not asked for again.
                for id in ids(&kept).into_iter().chain(ids(&waiting)) {
                    prop_assert!(!acme.calls().contains_key(&id), "{id}");
                }
                prop_assert!(fs::read(desk.path("")).unwrap().starts_with(whole_lines(&kept)));
            }
        }
    }

    #[test]
    fn a_changed_byte_of_the_ledger_is_refused(at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let (output, ledger, _) = &LEFT[1];
        let mut changed = ledger.clone();
        let at = at.index(changed.len());
        prop_assume!(changed[at] != byte);
        changed[at] = byte;
        let desk = Desk { unordered: true, ..Desk::of(customers(ROWS)) };
        fs::write(desk.path(""), output).unwrap();
        fs::write(desk.path(".ledger"), &changed).unwrap();
        // A last line that lost its end looks half written, and is left out.
        match at + 1 == changed.len() {
            true => prop_assert!(desk.journal(true).is_ok()),
            false => {
                let error = desk.journal(true).unwrap_err().to_string();
                prop_assert!(error.contains("hint: "), "{error}");
            }
        }
    }
}

fn whole_lines(text: &[u8]) -> &[u8] {
    let end = text.iter().rposition(|byte| *byte == b'\n');
    &text[..end.map_or(0, |end| end + 1)]
}

/// The customers that whole lines are about.
fn ids(text: &[u8]) -> Vec<String> {
    let lines = String::from_utf8(whole_lines(text).to_vec()).unwrap();
    let values = lines
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    values
        .map(|line| line["customer"]["id"].as_str().unwrap().to_owned())
        .collect()
}
