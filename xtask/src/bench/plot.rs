//! Pictures of what was measured, for the README.

mod bars;
mod lines;
mod svg;

use self::bars::Panel;
use self::lines::Series;
use super::concurrency;
use super::figures::Metric;
use super::report::Report;
use super::subjects::{ASYNCIO, ONE_THREAD, THREADS_OF_ONE, WIRE};

/// Returns each picture with the name of its file.
pub(super) fn all(report: &Report) -> [(&'static str, String); 2] {
    let panels = [ONE_THREAD, ASYNCIO, THREADS_OF_ONE].map(|title| panel(report, title));
    let levels = &report.levels;
    let series = concurrency::CLIENTS.iter().enumerate();
    let series = series.map(|(client, name)| Series {
        name: match *name {
            "raw" => "bare hyper".to_owned(),
            name => name.to_owned(),
        },
        points: concurrency::LEVELS
            .iter()
            .zip(levels)
            .filter_map(|(level, measured)| {
                let cpu = measured.value(client, Metric::CpuPerCall)?;
                Some((*level as f64, cpu * 1e6))
            })
            .collect(),
    });
    let series: Vec<_> = series.collect();
    [
        (
            "calls.svg",
            bars::draw("Calls per second, more is better", &panels),
        ),
        (
            "concurrency.svg",
            lines::draw("CPU µs per call in Rust, by calls in flight", &series),
        ),
    ]
}

fn panel(report: &Report, title: &str) -> Panel {
    let found = report
        .measured
        .iter()
        .find(|measured| measured.group.title == title);
    let bars = found.into_iter().flat_map(|measured| {
        let clients = measured.group.clients.iter().enumerate();
        clients.filter_map(|(index, client)| {
            let value = measured.value(index, Metric::CallsPerSecond)?;
            (client.name != WIRE).then(|| (client.name.to_owned(), value))
        })
    });
    Panel {
        title: title.to_owned(),
        bars: bars.collect(),
    }
}
