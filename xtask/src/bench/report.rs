use std::fmt;

use serde_json::{Map, Value, json};

use super::figures::{Figures, Metric};
use super::group::{Measured, Work};
use super::machine::Machine;

/// All that was measured, as tables of Markdown and as JSON.
#[derive(Debug)]
pub(super) struct Report {
    pub(super) machine: Machine,
    pub(super) measured: Vec<Measured>,
}

impl Report {
    pub(super) fn json(&self) -> Value {
        let groups: Vec<_> = self.measured.iter().map(group).collect();
        json!({ "machine": self.machine.json(), "groups": groups })
    }
}

fn group(measured: &Measured) -> Value {
    let clients = measured.group.clients.iter().enumerate();
    let clients: Map<_, _> = clients
        .map(|(index, client)| {
            let rounds = measured.rounds.iter().filter_map(|round| round.get(index));
            let rounds: Vec<_> = rounds.map(Figures::json).collect();
            (client.name.to_owned(), rounds.into())
        })
        .collect();
    let targets = measured.group.targets.iter().map(|target| {
        json!({
            "what": target.to_string(),
            "target": target.bound(),
            "reached": target.reached(measured),
            "verdict": target.verdict(measured),
        })
    });
    json!({
        "title": measured.group.title,
        "rounds": clients,
        "targets": targets.collect::<Vec<_>>(),
    })
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\n{}", self.machine)?;
        for measured in &self.measured {
            table(f, measured)?;
        }
        writeln!(f, "\n| what | target | reached | |\n|---|---|---|---|")?;
        for measured in &self.measured {
            for target in &measured.group.targets {
                let reached = target.reached(measured);
                let reached = reached.map_or("–".to_owned(), |value| target.show(value));
                let (title, bound) = (&measured.group.title, target.bound());
                let verdict = target.verdict(measured);
                let base = measured.group.base;
                let beyond = base.map_or(String::new(), |base| format!(", beyond `{base}`"));
                writeln!(
                    f,
                    "| {title}: {target}{beyond} | {bound} | {reached} | {verdict} |"
                )?;
            }
        }
        Ok(())
    }
}

fn table(f: &mut fmt::Formatter<'_>, measured: &Measured) -> fmt::Result {
    let group = &measured.group;
    let calls = |work| matches!(work, Work::Calls(_));
    if group.clients.iter().any(|client| calls(client.work)) {
        write!(f, "\n| {} | calls/s | CPU µs per call", group.title)?;
        writeln!(
            f,
            " | p50 µs | p99 µs | peak MB |\n|---|---|---|---|---|---|"
        )?;
    } else {
        write!(f, "\n| {} | wall ms | CPU ms", group.title)?;
        writeln!(f, " | peak MB |\n|---|---|---|---|")?;
    }
    for (index, client) in group.clients.iter().enumerate() {
        let show = |metric, times: f64, digits| {
            let value = measured.value(index, metric);
            value.map_or("–".to_owned(), |value| {
                format!("{:.*}", digits, value * times)
            })
        };
        let peak = show(Metric::Peak, 1024.0 / 1e6, 1);
        if calls(client.work) {
            let per_second = show(Metric::CallsPerSecond, 1.0, 0);
            let cpu = show(Metric::CpuPerCall, 1e6, 1);
            let (p50, p99) = (show(Metric::P50, 1e6, 0), show(Metric::P99, 1e6, 0));
            writeln!(
                f,
                "| {} | {per_second} | {cpu} | {p50} | {p99} | {peak} |",
                client.name
            )?;
        } else {
            let wall = show(Metric::WallPerCall, 1e3, 1);
            let cpu = show(Metric::CpuPerCall, 1e3, 1);
            writeln!(f, "| {} | {wall} | {cpu} | {peak} |", client.name)?;
        }
    }
    Ok(())
}
