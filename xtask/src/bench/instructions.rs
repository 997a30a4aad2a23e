//! What `cargo xtask instructions` counts, as figures with targets.

use super::fact::Fact;
use super::report::Report;
use super::table::{Table, name};
use super::unit::{Unit, grouped};
use crate::instructions::{CLIENTS, Counts, MOST, PROVIDERS, WIRES};

/// The engine's own, for each instruction of the transport beneath it.
const ENGINE: f64 = 0.05;

/// Tells where the counts stand, and shows them.
pub(super) fn add(counts: &Counts, report: &mut Report) {
    let (facts, tables) = read(counts);
    report.facts.extend(facts);
    report.tables.extend(tables);
}

fn read(counts: &Counts) -> (Vec<Fact>, [Table; 2]) {
    let mut facts = Vec::new();
    let exchanges = PROVIDERS
        .iter()
        .flat_map(|provider| WIRES.iter().map(move |wire| (*provider, *wire)));
    let mut calls = Table::new(["instructions per call"]);
    let mut rows: Vec<Vec<String>> = CLIENTS.iter().map(|client| vec![name(client)]).collect();
    let mut ratios = vec!["ours ÷ raw".to_owned()];
    for (provider, wire) in exchanges {
        calls.head.push(format!("{provider}, {wire}"));
        for (row, client) in rows.iter_mut().zip(CLIENTS) {
            let count = counts.of(&format!("{client}/{provider}/{wire}"));
            row.push(count.map_or("–".to_owned(), |count| grouped(count as f64)));
        }
        let ratio = counts.ratio(&format!("ours/{provider}/{wire}"));
        ratios.push(ratio.map_or("–".to_owned(), |ratio| format!("{ratio:.2}")));
        let what = format!("Rust, instructions, {provider}, {wire}: against raw");
        facts.extend(ratio.map(|ratio| Fact::at_most(MOST, what, Unit::Times, ratio)));
    }
    rows.push(ratios);
    rows.into_iter().for_each(|row| calls.row(row));

    let mut parts = Table::new(["where ours go, plain"]);
    let mut rows: [Vec<String>; 4] = [
        "plan and encode the request",
        "read the answer, check the link",
        "the engine by itself, on a transport that does nothing",
        "the transport",
    ]
    .map(|row| vec![row.to_owned()]);
    for provider in PROVIDERS {
        let part = |part: &str| counts.of(&format!("{part}/{provider}"));
        let engine = counts.engine(provider);
        let shown = [
            part("encode"),
            part("decode"),
            engine.map(|(own, _)| own),
            engine.map(|(_, transport)| transport),
        ];
        parts.head.push((*provider).to_owned());
        for (row, count) in rows.iter_mut().zip(shown) {
            row.push(count.map_or("–".to_owned(), |count| grouped(count as f64)));
        }
        if let Some((own, transport)) = engine {
            let what = format!(
                "The engine's own instructions, {provider}: share of the transport beneath it"
            );
            let share = own as f64 / transport as f64;
            facts.push(Fact::at_most(ENGINE, what, Unit::Share, share));
        }
    }
    rows.into_iter().for_each(|row| parts.row(row));
    (facts, [calls, parts])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_become_ratios_and_shares_with_targets() {
        let counts = [
            ("ours/kwik/plain", 1_600),
            ("raw/kwik/plain", 1_000),
            ("engine/kwik", 700),
            ("encode/kwik", 200),
            ("decode/kwik", 410),
        ];
        let counts = counts.map(|(name, count)| (name.to_owned(), count));
        let (facts, tables) = read(&Counts(counts.into()));
        let found = |what: &str| {
            let found = facts.iter().find(|fact| fact.what.contains(what)).unwrap();
            (found.reached(), found.verdict())
        };
        assert_eq!(found("kwik, plain"), ("1.60 ×".to_owned(), "met"));
        assert_eq!(
            found("own instructions, kwik"),
            ("10.0 %".to_owned(), "**NOT met**")
        );
        // What was not counted is not told.
        assert_eq!(facts.len(), 2);
        assert_eq!(tables[0].rows[0][1], "1,600");
        assert_eq!(tables[1].rows[2][1], "90");
    }
}
