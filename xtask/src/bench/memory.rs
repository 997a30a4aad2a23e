//! What calls in flight hold in memory: ten thousand of them wait for their answers.
//!
//! It is the client's own memory, connections' buffers and all; what the kernel keeps for sockets is not.

use std::path::Path;

use super::fact::Fact;
use super::report::Report;
use super::runner::Runner;
use super::table::{Table, name};
use super::unit::Unit;
use crate::error::Error;

const CALLS: &str = "10000";
const MOST: f64 = 8.0 * 1024.0;

const CLIENTS: [&str; 4] = ["ours", "raw", "hyper-util", "reqwest"];
const OURS: usize = 0;
const RAW: usize = 1;

/// How each is called.
const WIRES: [(&str, &str); 3] = [("plain", "plain"), ("tls", "TLS"), ("http2", "HTTP/2")];

pub(super) fn measure(
    runner: &Runner<'_>,
    program: &Path,
    report: &mut Report,
) -> Result<(), Error> {
    // Once, since runs differ by less than what is shown.
    let mut figures = Vec::new();
    for client in CLIENTS {
        for (wire, _) in WIRES {
            let what = format!("{client}/kwik/{wire}");
            figures.push(runner.number(program, &["hold", &what, CALLS], "bytes_each")?);
        }
    }
    let each = |client: usize, wire: usize| figures[client * WIRES.len() + wire];
    let mut table = Table::new(["10,000 calls in flight, KiB each"]);
    for (_, title) in WIRES {
        table.head.push(title.to_owned());
    }
    let shown = |bytes: f64| format!("{:.1}", bytes / 1024.0);
    for (client, of) in CLIENTS.iter().enumerate() {
        let cells = (0..WIRES.len()).map(|wire| shown(each(client, wire)));
        table.row([name(of)].into_iter().chain(cells));
    }
    let beyond = (0..WIRES.len()).map(|wire| shown(each(OURS, wire) - each(RAW, wire)));
    table.row(["ours − raw".to_owned()].into_iter().chain(beyond));
    report.tables.push(table);

    for (wire, (_, title)) in WIRES.iter().enumerate() {
        let what = format!("10,000 calls in flight, {title}: memory of each, beyond sockets");
        for (client, of) in CLIENTS.iter().enumerate() {
            let bytes = each(client, wire);
            report.facts.push(match client {
                OURS => Fact::at_most(MOST, what.clone(), Unit::Bytes, bytes),
                _ => Fact::told(format!("{what}, {of}"), Unit::Bytes, bytes),
            });
        }
    }
    Ok(())
}
