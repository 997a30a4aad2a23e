use std::env::consts::{ARCH, OS};
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::Counts;
use crate::error::Error;
use crate::step::Step;

/// Counts of other people's work are shown, and not held to anything.
const OURS: &[&str] = &["ours/", "engine/", "encode/", "decode/"];

/// The committed counts, one file for each kind of machine.
#[derive(Debug)]
pub(super) struct Baseline {
    counts: Counts,
    /// What compiled and counted: another compiler makes other instructions.
    tools: String,
}

impl Baseline {
    pub(super) fn of(counts: &Counts, root: &Path) -> Result<Self, Error> {
        Ok(Self {
            counts: Counts(counts.0.clone()),
            tools: tools(root)?,
        })
    }

    /// Reads the file of this kind of machine; `None` where there is none.
    pub(super) fn read(root: &Path) -> Result<Option<Self>, Error> {
        let path = path(root);
        match fs::read_to_string(&path) {
            Ok(text) => Ok(Some(Self::parse(&text))),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Error::file(&path)(error)),
        }
    }

    pub(super) fn save(&self, root: &Path) -> Result<(), Error> {
        let path = path(root);
        println!("the new baseline is `{}`", path.display());
        fs::write(&path, self.text()).map_err(Error::file(&path))
    }

    /// Returns what is wrong with these counts; says what is better, or cannot be compared well.
    pub(super) fn compare(&self, counts: &Counts, root: &Path) -> Result<Vec<String>, Error> {
        let tools = tools(root)?;
        if tools != self.tools {
            println!(
                "the baseline is by `{}`, these counts by `{tools}`: they may differ for that alone",
                self.tools
            );
        }
        let (worse, better) = self.differences(counts);
        for better in &better {
            println!("better: {better}");
        }
        if !better.is_empty() {
            println!("keep what was won: `cargo xtask instructions --save`, and commit the file");
        }
        Ok(worse)
    }

    /// What is worse and what is better by more than 3 %.
    fn differences(&self, counts: &Counts) -> (Vec<String>, Vec<String>) {
        let (mut worse, mut better) = (Vec::new(), Vec::new());
        let ours = |name: &str| OURS.iter().any(|of| name.starts_with(of));
        for (name, count) in counts.0.iter().filter(|(name, _)| ours(name)) {
            let Some(before) = self.counts.of(name) else {
                worse.push(format!(
                    "`{name}` has no baseline: `cargo xtask instructions --save`"
                ));
                continue;
            };
            let change = *count as f64 / before as f64 - 1.0;
            let said = format!(
                "`{name}`: {count} after {before} ({:+.1} %)",
                change * 100.0
            );
            // In whole numbers, so that 3 % is 3 % to the instruction.
            if count * 100 > before * 103 {
                worse.push(said);
            } else if count * 100 < before * 97 {
                better.push(said);
            }
        }
        (worse, better)
    }

    fn parse(text: &str) -> Self {
        let tools = text.lines().find_map(|line| line.strip_prefix("# by "));
        let counts = text
            .lines()
            .filter(|line| !line.starts_with('#'))
            .filter_map(|line| {
                let (name, count) = line.split_once(' ')?;
                Some((name.to_owned(), count.trim().parse().ok()?))
            });
        Self {
            counts: Counts(counts.collect()),
            tools: tools.unwrap_or_default().to_owned(),
        }
    }

    fn text(&self) -> String {
        let mut text = format!(
            "# Instructions per call; written by `cargo xtask instructions --save`\n# by {}\n",
            self.tools
        );
        for (name, count) in &self.counts.0 {
            text += &format!("{name:28} {count}\n");
        }
        text
    }
}

fn path(root: &Path) -> PathBuf {
    let file = format!("{ARCH}-{OS}.txt");
    root.join("crates/portal-bench/instructions").join(file)
}

/// The compiler's name for itself, and valgrind's.
fn tools(root: &Path) -> Result<String, Error> {
    let mut said = Vec::new();
    for program in ["rustc", "valgrind"] {
        Step::new(program, &["--version"], root).read_quietly(|line| said.push(line.to_owned()))?;
    }
    Ok(said.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn baseline(of: &[(&str, u64)]) -> Baseline {
        Baseline {
            counts: counts(of),
            tools: "rustc 1, valgrind-2".to_owned(),
        }
    }

    fn counts(of: &[(&str, u64)]) -> Counts {
        Counts(
            of.iter()
                .map(|(name, count)| ((*name).to_owned(), *count))
                .collect(),
        )
    }

    #[test]
    fn a_baseline_reads_as_it_was_written() {
        let written = baseline(&[("ours/kwik/plain", 44_000), ("encode/onlineapp", 5_000)]);
        let read = Baseline::parse(&written.text());
        assert_eq!(read.counts.0, written.counts.0);
        assert_eq!(read.tools, written.tools);
    }

    #[test]
    fn three_per_cent_are_let_pass_and_more_is_told_either_way() {
        let baseline = baseline(&[("ours/kwik/tls", 10_000)]);
        let at = |count| baseline.differences(&counts(&[("ours/kwik/tls", count)]));
        for count in [9_700, 10_000, 10_300] {
            assert_eq!(at(count), (vec![], vec![]), "{count}");
        }
        let (worse, better) = at(10_301);
        assert!(worse[0].contains("10301 after 10000 (+3.0 %)") && better.is_empty());
        let (worse, better) = at(9_699);
        assert!(worse.is_empty() && better[0].contains("(-3.0 %)"));
    }

    #[test]
    fn others_are_held_to_nothing_and_ours_without_a_baseline_is_red() {
        let baseline = baseline(&[("reqwest/kwik/tls", 10)]);
        let counts = counts(&[("reqwest/kwik/tls", 20), ("decode/kwik", 1)]);
        let (worse, better) = baseline.differences(&counts);
        assert!(worse.len() == 1 && worse[0].contains("`decode/kwik` has no baseline"));
        assert!(better.is_empty());
    }
}
