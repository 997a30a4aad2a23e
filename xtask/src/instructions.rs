//! `cargo xtask instructions`: the cost of a call in instructions, which does not depend on the machine's load.
//!
//! callgrind counts. Home-made around it: `iai-callgrind` needs a runner that is installed by compiling it.

mod server;

use std::env::consts::{ARCH, OS};
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use clap::Args;

use self::server::Server;
use crate::error::Error;
use crate::portal::target_folder;
use crate::step::{Step, ended};
use crate::tools::system_program;

/// Clients that make whole calls: ours, and others that do the same work.
const CLIENTS: &[&str] = &["ours", "raw", "hyper-util", "reqwest"];

/// Parts of ours, without a network.
const PARTS: &[&str] = &["engine", "encode", "decode"];

const PROVIDERS: &[&str] = &["kwik", "onlineapp"];
const WIRES: &[&str] = &["plain", "tls"];

/// A call of ours may cost this many times a call on a bare connection of hyper's.
const MOST: f64 = 1.6;

/// A count may exceed its baseline by this many per cent.
const TOLERANCE: u64 = 3;

/// The number of calls that are counted, after others that are not.
const CALLS: u64 = 200;

/// Counts only inside this function, however its name is mangled.
const TOGGLE: &str = "--toggle-collect=*portal_bench*measured*";

/// Count the instructions of a call, by valgrind, and compare them with the committed baseline
///
/// A count that is over 3 % higher than its baseline fails, and so does a call that costs over 1.6
/// times as many as a bare connection of hyper's. The server is a process of its own and not counted.
/// `callgrind_annotate` shows where the instructions go, from `target/instructions/NAME.out`.
#[derive(Debug, Args)]
pub(crate) struct Instructions {
    /// Write the counts as the new baseline
    #[arg(long)]
    save: bool,
}

impl Instructions {
    pub(crate) fn run(&self, root: &Path) -> Result<(), Error> {
        if !self.save {
            return check(root);
        }
        let (counts, path) = (count(root)?, baseline(root));
        let mut text = format!("{HEADING}{}\n", tools(root)?);
        for (name, count) in &counts.0 {
            text += &format!("{name:28} {count}\n");
        }
        println!("the new baseline is `{}`", path.display());
        fs::write(&path, text).map_err(Error::file(&path))
    }
}

/// Counts, and compares with the baseline.
pub(crate) fn check(root: &Path) -> Result<(), Error> {
    let counts = count(root)?;
    let mut wrong = counts.over_their_share();
    let path = baseline(root);
    match fs::read_to_string(&path) {
        Err(_) => println!("nothing is compared: there is no `{}`", path.display()),
        Ok(text) => {
            // Another compiler generates other instructions.
            let tools = tools(root)?;
            if !text.starts_with(&format!("{HEADING}{tools}\n")) {
                println!("the baseline is by other tools than `{tools}`; counts may differ");
            }
            let (worse, better) = counts.compare(&Counts::parse(&text));
            wrong.extend(worse);
            for better in better {
                println!("better: {better}; to keep it: `cargo xtask instructions --save`");
            }
        }
    }
    match wrong.is_empty() {
        true => Ok(()),
        false => Err(Error::Instructions { wrong }),
    }
}

const HEADING: &str =
    "# Instructions per call; written by `cargo xtask instructions --save`\n# by ";

/// The committed counts of this kind of machine.
fn baseline(root: &Path) -> PathBuf {
    root.join(format!("crates/portal-bench/instructions/{ARCH}-{OS}.txt"))
}

/// The versions of compiler and valgrind.
fn tools(root: &Path) -> Result<String, Error> {
    let version = |program| Step::line(program, "--version", root).output();
    let (rustc, valgrind) = (version("rustc")?, version("valgrind")?);
    Ok(format!("{}, {}", rustc.trim(), valgrind.trim()))
}

/// Counts every name, and prints the table.
fn count(root: &Path) -> Result<Counts, Error> {
    let valgrind = system_program(&["valgrind"], root)?;
    let build = ["--package=portal-bench", "--profile=counted", "--locked"];
    Step::cargo(&[&["build"], &build[..]].concat(), root).run()?;
    let target = target_folder(root)?;
    let folder = target.join("instructions");
    fs::create_dir_all(&folder).map_err(Error::file(&folder))?;
    let program = target.join("counted/portal-bench");
    let server = Server::start(&program)?;
    let mut counts = Counts(Vec::new());
    for name in names() {
        let profile = folder.join(format!("{}.out", name.replace('/', "-")));
        let mut command = Command::new(&valgrind);
        command
            .args(["--tool=callgrind", TOGGLE])
            .arg(format!("--callgrind-out-file={}", profile.display()))
            .arg(&program)
            .args(["call", &name, &CALLS.to_string()])
            // The machine's environment must make no difference.
            .env_clear()
            .envs(&server.environment);
        let output = ended(&mut command)?;
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        match collected(&text).filter(|_| output.status.success()) {
            Some(count) => counts.0.push((name, count / CALLS)),
            None => return Err(Error::NoCount { name, output: text }),
        }
    }
    println!("{counts}");
    Ok(counts)
}

/// Reads valgrind's `==1== Collected : 123`.
fn collected(text: &str) -> Option<u64> {
    let (_, rest) = text.split_once("Collected :")?;
    rest.lines()
        .next()?
        .trim()
        .parse()
        .ok()
        .filter(|count| *count > 0)
}

/// `CLIENT/PROVIDER/WIRE` and `PART/PROVIDER`.
fn names() -> Vec<String> {
    let mut names = Vec::new();
    for provider in PROVIDERS {
        for wire in WIRES {
            names.extend(
                CLIENTS
                    .iter()
                    .map(|client| format!("{client}/{provider}/{wire}")),
            );
        }
        names.extend(PARTS.iter().map(|part| format!("{part}/{provider}")));
    }
    names
}

/// Instructions per call, by name.
#[derive(Debug)]
struct Counts(Vec<(String, u64)>);

impl Counts {
    fn parse(text: &str) -> Self {
        let lines = text.lines().filter_map(|line| {
            let (name, count) = line.split_once(' ')?;
            Some((name.to_owned(), count.trim().parse().ok()?))
        });
        Self(lines.collect())
    }

    fn of(&self, name: &str) -> Option<u64> {
        let found = self.0.iter().find(|(of, _)| of == name);
        found.map(|(_, count)| *count)
    }

    /// A call's cost, divided by that of a bare connection.
    fn ratio(&self, name: &str) -> Option<f64> {
        let (_, exchange) = name.split_once('/')?;
        let raw = self.of(&format!("raw/{exchange}"))?;
        Some(self.of(name)? as f64 / raw as f64)
    }

    /// The cost of the engine alone, and of the transport.
    fn engine(&self, provider: &str) -> Option<(u64, u64)> {
        let part = |name: &str| self.of(&format!("{name}/{provider}"));
        let engine = part("engine")?;
        let own = engine.checked_sub(part("encode")? + part("decode")?)?;
        let whole = self.of(&format!("ours/{provider}/plain"))?;
        Some((own, whole.checked_sub(engine)?))
    }

    /// The calls of ours that cost too many times a call on a bare connection.
    fn over_their_share(&self) -> Vec<String> {
        let ours = self.0.iter().filter(|(name, _)| name.starts_with("ours/"));
        let ratios = ours.filter_map(|(name, _)| Some((name, self.ratio(name)?)));
        ratios
            .filter(|(_, ratio)| *ratio > MOST)
            .map(|(name, ratio)| format!("`{name}` costs {ratio:.3} bare calls, over {MOST}"))
            .collect()
    }

    /// What is worse and what is better than the baseline by more than the tolerance.
    ///
    /// Other people's clients are shown and not compared.
    fn compare(&self, baseline: &Self) -> (Vec<String>, Vec<String>) {
        let (mut worse, mut better) = (Vec::new(), Vec::new());
        let is_other = |name: &str| CLIENTS[1..].contains(&name.split('/').next().unwrap_or(name));
        for (name, count) in self.0.iter().filter(|(name, _)| !is_other(name)) {
            let Some(before) = baseline.of(name) else {
                worse.push(format!("`{name}` has no baseline"));
                continue;
            };
            let change = (*count as f64 / before as f64 - 1.0) * 100.0;
            let text = format!("`{name}`: {count} after {before} ({change:+.1} %)");
            // In integers, so that the tolerance is exact.
            if count * 100 > before * (100 + TOLERANCE) {
                worse.push(text);
            } else if count * 100 < before * (100 - TOLERANCE) {
                better.push(text);
            }
        }
        (worse, better)
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
            if let Some((engine, wire)) = self.engine(provider) {
                writeln!(
                    f,
                    "{provider}: the engine alone {engine}, the transport {wire}"
                )?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_client_is_counted_with_both_providers_on_both_wires() {
        let names = names();
        assert_eq!(names.len(), 4 * 2 * 2 + 3 * 2);
        assert!(names.contains(&"ours/onlineapp/tls".to_owned()));
        assert!(names.contains(&"decode/kwik".to_owned()));
    }

    #[test]
    fn a_call_over_its_share_is_named() {
        let at = |ours| Counts::parse(&format!("ours/kwik/plain {ours}\nraw/kwik/plain 1000"));
        assert!(at(1_600).over_their_share().is_empty());
        let wrong = at(1_601).over_their_share();
        assert_eq!(
            wrong,
            ["`ours/kwik/plain` costs 1.601 bare calls, over 1.6"]
        );
    }

    #[test]
    fn the_engine_alone_costs_what_codec_and_transport_leave() {
        let text = "ours/kwik/plain 100\nengine/kwik 60\nencode/kwik 20\ndecode/kwik 30";
        assert_eq!(Counts::parse(text).engine("kwik"), Some((10, 40)));
    }

    #[test]
    fn a_baseline_is_read_from_its_file() {
        let text =
            format!("{HEADING}rustc 1, valgrind-2\nours/kwik/plain    44000\nencode/kwik 5000\n");
        let expected = [("ours/kwik/plain", 44_000), ("encode/kwik", 5_000)];
        assert_eq!(
            Counts::parse(&text).0,
            expected.map(|(name, count)| (name.to_owned(), count))
        );
    }

    #[test]
    fn three_per_cent_pass_and_more_is_reported_in_both_directions() {
        let counts = |count: u64| Counts::parse(&format!("ours/kwik/tls {count}"));
        let at = |count| counts(count).compare(&counts(10_000));
        for count in [9_700, 10_000, 10_300] {
            assert_eq!(at(count), (vec![], vec![]), "{count}");
        }
        let (worse, better) = at(10_301);
        assert!(worse[0].contains("10301 after 10000 (+3.0 %)") && better.is_empty());
        let (worse, better) = at(9_699);
        assert!(worse.is_empty() && better[0].contains("(-3.0 %)"));
    }

    #[test]
    fn other_clients_are_not_compared_and_ours_without_a_baseline_fails() {
        let counts = Counts::parse("reqwest/kwik/tls 20\ndecode/kwik 1");
        let (worse, better) = counts.compare(&Counts::parse("reqwest/kwik/tls 10"));
        assert_eq!(worse, ["`decode/kwik` has no baseline"]);
        assert!(better.is_empty());
    }

    #[test]
    fn the_count_is_read_from_valgrind_and_zero_is_none() {
        assert_eq!(collected("==7== \n==7== Collected : 123\n"), Some(123));
        assert_eq!(collected("==7== Collected : 0\n"), None);
        assert_eq!(collected("valgrind: failed\n"), None);
    }
}
