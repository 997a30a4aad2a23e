use std::fmt;

use serde_json::{Map, Value, json};

use super::concurrency;
use super::fact::Fact;
use super::figures::{Figures, Metric};
use super::group::{Measured, Work};
use super::machine::Machine;
use super::part::Part;
use super::table::{Table, name};

/// All that was measured, as tables of Markdown and as JSON.
#[derive(Debug)]
pub(super) struct Report {
    pub(super) machine: Machine,
    /// The command that made it.
    pub(super) command: String,
    pub(super) facts: Vec<Fact>,
    pub(super) tables: Vec<Table>,
    /// Every run of those that took turns.
    pub(super) measured: Vec<Measured>,
    /// The same, with the numbers of `concurrency` in flight.
    pub(super) levels: Vec<Measured>,
    /// What could not be measured, and why.
    pub(super) missing: Vec<(Part, String)>,
}

impl Report {
    pub(super) fn new(machine: Machine, command: String) -> Self {
        Self {
            machine,
            command,
            facts: Vec::new(),
            tables: Vec::new(),
            measured: Vec::new(),
            levels: Vec::new(),
            missing: Vec::new(),
        }
    }

    /// Takes in what was measured, with where it should stand and a table.
    pub(super) fn add(&mut self, measured: Measured) {
        let targets = measured.group.targets.iter();
        self.facts
            .extend(targets.map(|target| measured.fact(target)));
        self.tables.push(table(&measured));
        self.measured.push(measured);
    }

    /// Takes in the numbers of `concurrency` in flight, in its order.
    pub(super) fn add_levels(&mut self, levels: Vec<Measured>) {
        self.tables.push(concurrency::table(&levels));
        self.levels = levels;
    }

    pub(super) fn json(&self) -> Value {
        let missing = self.missing.iter();
        let missing = missing.map(|(part, why)| json!({ "part": part.to_string(), "why": why }));
        json!({
            "command": self.command,
            "machine": self.machine.json(),
            "facts": self.facts.iter().map(Fact::json).collect::<Vec<_>>(),
            "groups": self.measured.iter().chain(&self.levels).map(group).collect::<Vec<_>>(),
            "missing": missing.collect::<Vec<_>>(),
        })
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
    json!({ "title": measured.group.title, "rounds": clients })
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "Made by `{}` on {}.", self.command, self.machine)?;
        for (part, why) in &self.missing {
            writeln!(f, "\nNot measured: `{part}`: {why}.")?;
        }
        let mut targets = Table::new(["what", "target", "reached", ""]);
        for fact in self.facts.iter().filter(|fact| fact.bound.is_some()) {
            let (what, verdict) = (fact.what.clone(), fact.verdict().to_owned());
            targets.row([what, fact.bound(), fact.reached(), verdict]);
        }
        write!(f, "{targets}")?;
        self.tables
            .iter()
            .try_for_each(|table| write!(f, "{table}"))
    }
}

fn table(measured: &Measured) -> Table {
    let group = &measured.group;
    let calls = |work| matches!(work, Work::Calls(_));
    let calls = group.clients.iter().any(|client| calls(client.work));
    let title = group.title.as_str();
    let mut table = match calls {
        true => Table::new([
            title,
            "calls/s",
            "CPU µs per call",
            "p50 µs",
            "p99 µs",
            "peak MB",
        ]),
        false => Table::new([title, "wall ms", "CPU ms", "peak MB"]),
    };
    for (index, client) in group.clients.iter().enumerate() {
        let show = |metric, times: f64, digits| {
            let value = measured.value(index, metric);
            value.map_or("–".to_owned(), |value| {
                format!("{:.*}", digits, value * times)
            })
        };
        let (name, peak) = (name(client.name), show(Metric::Peak, 1024.0 / 1e6, 1));
        match calls {
            true => table.row([
                name,
                show(Metric::CallsPerSecond, 1.0, 0),
                show(Metric::CpuPerCall, 1e6, 1),
                show(Metric::P50, 1e6, 0),
                show(Metric::P99, 1e6, 0),
                peak,
            ]),
            false => table.row([
                name,
                show(Metric::WallPerCall, 1e3, 1),
                show(Metric::CpuPerCall, 1e3, 1),
                peak,
            ]),
        }
    }
    table
}
