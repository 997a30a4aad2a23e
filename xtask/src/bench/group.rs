use std::path::PathBuf;

use super::fact::Fact;
use super::figures::{Figures, Metric, median};
use super::target::Target;
use super::unit::Unit;

/// Clients that do the same work, ours first.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) title: String,
    pub(super) clients: Vec<Client>,
    pub(super) targets: Vec<Target>,
    /// How many times as many rounds as others it takes: more where they are short, or differ more.
    pub(super) turns: usize,
}

/// One of them.
#[derive(Debug)]
pub(super) struct Client {
    pub(super) name: &'static str,
    pub(super) program: PathBuf,
    pub(super) arguments: Vec<String>,
    pub(super) work: Work,
}

/// What a client does.
#[derive(Debug, Clone, Copy)]
pub(super) enum Work {
    /// It makes so many calls, more arguments follow, and it prints what they cost.
    Calls(usize),
    /// It starts and ends, and is watched from outside.
    Start,
}

/// A group with its figures, round by round, each client's in the group's order.
#[derive(Debug)]
pub(super) struct Measured {
    pub(super) group: Group,
    pub(super) rounds: Vec<Vec<Figures>>,
}

impl Measured {
    /// The median of all rounds, with nothing taken off.
    pub(super) fn value(&self, client: usize, metric: Metric) -> Option<f64> {
        let values = self.rounds.iter();
        median(values.filter_map(|round| round.get(client)?.get(metric)))
    }

    /// Compares our client's figure with a target.
    pub(super) fn fact(&self, target: &Target) -> Fact {
        Fact {
            what: format!("{}: {target}", self.group.title),
            unit: match (target.against, target.metric) {
                (Some(_), _) => Unit::Times,
                (None, Metric::Peak) => Unit::Kib,
                (None, Metric::CallsPerSecond | Metric::CallsPerCpuSecond) => Unit::PerSecond,
                (None, Metric::CpuPerCall | Metric::WallPerCall | Metric::P50 | Metric::P99) => {
                    Unit::Seconds
                }
            },
            bound: target.bound,
            reached: match target.against {
                Some(peer) => self.ratio(peer, target.metric, target.beyond),
                None => self.ours(target.metric, target.beyond),
            },
        }
    }

    /// What is ours beyond the base: the median of all rounds.
    pub(super) fn ours(&self, metric: Metric, base: Option<&str>) -> Option<f64> {
        let rounds = self.rounds.iter();
        median(rounds.filter_map(|round| self.beyond(round, 0, metric, base)))
    }

    /// How many times a peer's ours is, both beyond the base: the median of each round's.
    pub(super) fn ratio(&self, peer: &str, metric: Metric, base: Option<&str>) -> Option<f64> {
        let peer = self.index(peer)?;
        let rounds = self.rounds.iter();
        median(rounds.filter_map(|round| {
            let ours = self.beyond(round, 0, metric, base)?;
            Some(ours / self.beyond(round, peer, metric, base)?)
        }))
    }

    fn beyond(
        &self,
        round: &[Figures],
        client: usize,
        metric: Metric,
        base: Option<&str>,
    ) -> Option<f64> {
        let value = round.get(client)?.get(metric)?;
        match base {
            None => Some(value),
            Some(base) => Some(value - round.get(self.index(base)?)?.get(metric)?),
        }
    }

    fn index(&self, name: &str) -> Option<usize> {
        let mut clients = self.group.clients.iter();
        clients.position(|client| client.name == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured(rounds: &[[f64; 3]]) -> Measured {
        let client = |name| Client {
            name,
            program: PathBuf::new(),
            arguments: Vec::new(),
            work: Work::Start,
        };
        let figures = |cpu_s| Figures {
            calls: 1.0,
            wall_s: 1.0,
            cpu_s,
            p50_s: None,
            p99_s: None,
            peak_kib: None,
        };
        Measured {
            group: Group {
                title: String::new(),
                clients: ["ours", "peer", "bare"].map(client).into(),
                targets: Vec::new(),
                turns: 1,
            },
            rounds: rounds
                .iter()
                .map(|round| round.map(figures).into())
                .collect(),
        }
    }

    #[test]
    fn a_ratio_is_the_median_of_each_rounds() {
        let rounds = [[2.0, 4.0, 1.0], [30.0, 10.0, 1.0], [6.0, 6.0, 1.0]];
        let measured = measured(&rounds);
        assert_eq!(measured.ratio("peer", Metric::CpuPerCall, None), Some(1.0));
        assert_eq!(measured.value(0, Metric::CpuPerCall), Some(6.0));
        assert_eq!(measured.ratio("absent", Metric::CpuPerCall, None), None);
        assert_eq!(measured.ratio("peer", Metric::Peak, None), None);
    }

    #[test]
    fn the_cost_of_the_base_is_taken_off() {
        let measured = measured(&[[3.0, 11.0, 1.0]]);
        let base = Some("bare");
        assert_eq!(measured.ratio("peer", Metric::CpuPerCall, base), Some(0.2));
        assert_eq!(measured.ours(Metric::CpuPerCall, base), Some(2.0));
        assert_eq!(measured.ours(Metric::CpuPerCall, None), Some(3.0));
    }
}
