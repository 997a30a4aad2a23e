//! `cargo xtask instructions`: what a call costs in instructions, which no load of the machine changes.

mod baseline;
mod counter;

use std::fmt;
use std::path::Path;

use clap::Args;

use self::baseline::Baseline;
use self::counter::Counter;
use crate::error::Error;

/// Clients that make whole calls: ours, and others that do the same work.
pub(crate) const CLIENTS: &[&str] = &["ours", "raw", "hyper-util", "reqwest"];

/// Parts of ours, without a wire.
const PARTS: &[&str] = &["engine", "encode", "decode"];

pub(crate) const PROVIDERS: &[&str] = &["kwik", "onlineapp"];
pub(crate) const WIRES: &[&str] = &["plain", "tls"];

/// How much of what a bare connection of hyper's costs a whole call of ours may cost.
pub(crate) const MOST: f64 = 1.6;

/// Count the instructions of a call, by valgrind, and compare them with the committed baseline
///
/// A count that is over 3 % higher than its baseline is red, as is a call that costs over 1.6 times
/// as many as a bare connection of hyper's. The server is a process of its own and not counted.
/// `callgrind_annotate` shows where the instructions go, from `target/instructions/NAME.out`.
#[derive(Debug, Args)]
pub(crate) struct Instructions {
    /// Write the counts down as the new baseline
    #[arg(long)]
    save: bool,
}

impl Instructions {
    /// Counts, prints the table, and compares or saves.
    pub(crate) fn run(&self, root: &Path) -> Result<(), Error> {
        let counts = count(root)?;
        match self.save {
            true => Baseline::of(&counts, root)?.save(root),
            false => compare(&counts, root),
        }
    }
}

/// Counts and compares: the job of `ci`.
pub(crate) fn check(root: &Path) -> Result<(), Error> {
    compare(&count(root)?, root)
}

/// Counts every name, and prints the table.
pub(crate) fn count(root: &Path) -> Result<Counts, Error> {
    let counter = Counter::start(root)?;
    let counts: Result<_, Error> = names()
        .map(|name| Ok((counter.count(&name)?, name)))
        .map(|counted| counted.map(|(count, name)| (name, count)))
        .collect();
    let counts = Counts(counts?);
    println!("{counts}");
    Ok(counts)
}

fn names() -> impl Iterator<Item = String> {
    let calls = CLIENTS.iter().flat_map(|client| {
        PROVIDERS.iter().flat_map(move |provider| {
            WIRES
                .iter()
                .map(move |wire| format!("{client}/{provider}/{wire}"))
        })
    });
    let parts = PARTS.iter().flat_map(|part| {
        PROVIDERS
            .iter()
            .map(move |provider| format!("{part}/{provider}"))
    });
    calls.chain(parts)
}

fn compare(counts: &Counts, root: &Path) -> Result<(), Error> {
    let mut wrong = counts.too_many();
    match Baseline::read(root)? {
        Some(baseline) => wrong.extend(baseline.compare(counts, root)?),
        None => println!("there is no baseline for this machine's kind: nothing is compared"),
    }
    match wrong.is_empty() {
        true => Ok(()),
        false => Err(Error::Instructions { wrong }),
    }
}

/// Instructions per call, by name.
#[derive(Debug)]
pub(crate) struct Counts(pub(crate) Vec<(String, u64)>);

impl Counts {
    pub(crate) fn of(&self, name: &str) -> Option<u64> {
        let found = self.0.iter().find(|(of, _)| of == name);
        found.map(|(_, count)| *count)
    }

    /// Returns what a call costs for each instruction of a bare connection's.
    pub(crate) fn ratio(&self, name: &str) -> Option<f64> {
        let (_, exchange) = name.split_once('/')?;
        let raw = self.of(&format!("raw/{exchange}"))?;
        Some(self.of(name)? as f64 / raw as f64)
    }

    /// Returns what the engine costs by itself, and the transport beneath it.
    pub(crate) fn engine(&self, provider: &str) -> Option<(u64, u64)> {
        let part = |name: &str| self.of(&format!("{name}/{provider}"));
        let engine = part("engine")?;
        let own = engine.checked_sub(part("encode")? + part("decode")?)?;
        let whole = self.of(&format!("ours/{provider}/plain"))?;
        Some((own, whole.checked_sub(engine)?))
    }

    fn too_many(&self) -> Vec<String> {
        let ours = self.0.iter().filter(|(name, _)| name.starts_with("ours/"));
        ours.filter_map(|(name, _)| Some((name, self.ratio(name)?)))
            .filter(|(_, ratio)| *ratio > MOST)
            .map(|(name, ratio)| {
                format!("`{name}` costs {ratio:.3} times what a bare connection does, over {MOST}")
            })
            .collect()
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\n{:28} {:>12} {:>6}", "", "instructions", "× raw")?;
        for (name, count) in &self.0 {
            match self.ratio(name) {
                Some(ratio) => writeln!(f, "{name:28} {count:12} {ratio:6.2}")?,
                None => writeln!(f, "{name:28} {count:12}")?,
            }
        }
        for provider in PROVIDERS {
            if let Some((engine, transport)) = self.engine(provider) {
                writeln!(
                    f,
                    "{provider}: the engine by itself {engine}, the transport beneath it {transport}"
                )?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(of: &[(&str, u64)]) -> Counts {
        Counts(
            of.iter()
                .map(|(name, count)| ((*name).to_owned(), *count))
                .collect(),
        )
    }

    #[test]
    fn every_client_is_counted_with_both_providers_on_both_wires() {
        let names: Vec<_> = names().collect();
        assert_eq!(names.len(), 4 * 2 * 2 + 3 * 2);
        assert!(names.contains(&"ours/onlineapp/tls".to_owned()));
        assert!(names.contains(&"decode/kwik".to_owned()));
    }

    #[test]
    fn a_call_over_its_share_is_named() {
        let at = |ours| counts(&[("ours/kwik/plain", ours), ("raw/kwik/plain", 1_000)]);
        assert!(at(1_600).too_many().is_empty());
        let wrong = at(1_601).too_many();
        assert!(
            wrong.len() == 1 && wrong[0].contains("`ours/kwik/plain`"),
            "{wrong:?}"
        );
    }

    #[test]
    fn the_engine_is_what_is_left_without_codec_and_wire() {
        let counts = counts(&[
            ("ours/kwik/plain", 100),
            ("engine/kwik", 60),
            ("encode/kwik", 20),
            ("decode/kwik", 30),
        ]);
        assert_eq!(counts.engine("kwik"), Some((10, 40)));
    }
}
