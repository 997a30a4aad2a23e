//! What a call costs with few and with many in flight.

use super::figures::Metric;
use super::group::Measured;
use super::table::{Table, name};
use super::unit::grouped;

pub(super) const LEVELS: &[usize] = &[1, 4, 16, 64, 256, 1_024, 4_096, 10_000];
pub(super) const CLIENTS: &[&str] = &["ours", "raw", "reqwest"];

/// As many calls as take about a second, and some for everyone who is in flight.
pub(super) fn calls(level: usize) -> usize {
    match level {
        ..4 => 10_000,
        4..16 => 20_000,
        _ => (level * 8).max(38_400),
    }
}

/// One row for each of the levels, which are measured in that order.
pub(super) fn table(levels: &[Measured]) -> Table {
    let mut table = Table::new(["Rust, plain, in flight"]);
    for client in CLIENTS {
        table
            .head
            .push(format!("{}: CPU µs per call", name(client)));
        table.head.push("calls/s".to_owned());
    }
    for (level, measured) in LEVELS.iter().zip(levels) {
        let figures = (0..CLIENTS.len()).flat_map(|client| {
            let value = |metric| measured.value(client, metric);
            let cpu = value(Metric::CpuPerCall).map(|cpu| format!("{:.1}", cpu * 1e6));
            [cpu, value(Metric::CallsPerSecond).map(grouped)]
        });
        let figures = figures.map(Option::unwrap_or_default);
        table.row([grouped(*level as f64)].into_iter().chain(figures));
    }
    table
}
