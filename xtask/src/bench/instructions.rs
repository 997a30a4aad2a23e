//! What `cargo xtask instructions` counts, as figures with targets.

use super::fact::Fact;
use super::report::Report;
use super::table::{Table, name};
use super::unit::{Unit, grouped};
use crate::instructions::{CLIENTS, Counts, MOST, PROVIDERS, WIRES};

/// The engine's own, for each instruction of the transport beneath it.
const ENGINE: f64 = 0.05;

pub(super) fn add(counts: &Counts, report: &mut Report) {
    let exchanges = PROVIDERS
        .iter()
        .flat_map(|provider| WIRES.iter().map(move |wire| (*provider, *wire)));
    let mut table = Table::new(["instructions per call"]);
    let mut rows: Vec<Vec<String>> = CLIENTS.iter().map(|client| vec![name(client)]).collect();
    let mut ratios = vec!["ours ÷ raw".to_owned()];
    for (provider, wire) in exchanges {
        table.head.push(format!("{provider}, {wire}"));
        for (row, client) in rows.iter_mut().zip(CLIENTS) {
            let count = counts.of(&format!("{client}/{provider}/{wire}"));
            row.push(count.map_or("–".to_owned(), |count| grouped(count as f64)));
        }
        let ratio = counts
            .ratio(&format!("ours/{provider}/{wire}"))
            .unwrap_or(f64::NAN);
        ratios.push(format!("{ratio:.2}"));
        let what = format!("Rust, instructions, {provider}, {wire}: against raw");
        report
            .facts
            .push(Fact::at_most(MOST, what, Unit::Times, ratio));
    }
    rows.push(ratios);
    rows.into_iter().for_each(|row| table.row(row));
    report.tables.push(table);

    let mut table = Table::new(["where ours go, plain"]);
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
        table.head.push((*provider).to_owned());
        for (row, count) in rows.iter_mut().zip(shown) {
            row.push(count.map_or("–".to_owned(), |count| grouped(count as f64)));
        }
        if let Some((own, transport)) = engine {
            let what = format!(
                "The engine's own instructions, {provider}: share of the transport beneath it"
            );
            let share = own as f64 / transport as f64;
            report
                .facts
                .push(Fact::at_most(ENGINE, what, Unit::Share, share));
        }
    }
    rows.into_iter().for_each(|row| table.row(row));
    report.tables.push(table);
}
