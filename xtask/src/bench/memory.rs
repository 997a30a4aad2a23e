//! What calls in flight hold in memory: ten thousand of them wait for their answers.
//!
//! It is the client's own memory, connections' buffers and all; what the kernel keeps for sockets is not.

use std::path::Path;

use super::fact::Fact;
use super::figures::median;
use super::report::Report;
use super::runner::Runner;
use super::table::{Table, name};
use super::unit::Unit;
use crate::error::Error;

const CALLS: &str = "10000";
const MOST: f64 = 8.0 * 1024.0;

const CLIENTS: [&str; 4] = ["ours", "raw", "hyper-util", "reqwest"];

/// How each is called.
const WIRES: [(&str, &str); 3] = [("plain", "plain"), ("tls", "TLS"), ("http2", "HTTP/2")];

pub(super) fn measure(
    runner: &Runner<'_>,
    program: &Path,
    report: &mut Report,
) -> Result<(), Error> {
    let mut rounds: Vec<Vec<f64>> = Vec::new();
    for _ in 0..runner.rounds.min(3) {
        let mut round = Vec::new();
        for client in CLIENTS {
            for (wire, _) in WIRES {
                let what = format!("{client}/kwik/{wire}");
                round.push(runner.number(program, &["hold", &what, CALLS], "bytes_each")?);
            }
        }
        rounds.push(round);
    }
    let each = |client: &str, wire: usize| {
        let row = CLIENTS.iter().position(|of| *of == client)?;
        median(rounds.iter().map(|round| round[row * WIRES.len() + wire]))
    };
    let mut table = Table::new(["10,000 calls in flight, KiB each"]);
    for (_, title) in WIRES {
        table.head.push(title.to_owned());
    }
    let shown =
        |bytes: Option<f64>| bytes.map_or("–".to_owned(), |b| format!("{:.1}", b / 1024.0));
    for client in CLIENTS {
        let cells = (0..WIRES.len()).map(|wire| shown(each(client, wire)));
        table.row([name(client)].into_iter().chain(cells));
    }
    let beyond = |wire| Some(each("ours", wire)? - each("raw", wire)?);
    let cells = (0..WIRES.len()).map(|wire| shown(beyond(wire)));
    table.row(["ours − raw".to_owned()].into_iter().chain(cells));
    report.tables.push(table);

    for (wire, (_, title)) in WIRES.iter().enumerate() {
        let bytes = each("ours", wire).unwrap_or_default();
        let what = format!("10,000 calls in flight, {title}: memory of each, beyond sockets");
        report
            .facts
            .push(Fact::at_most(MOST, what, Unit::Bytes, bytes));
    }
    Ok(())
}
