use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::figures::Figures;
use super::group::{Client, Group, Measured, Work};
use super::report::Report;
use crate::error::Error;
use crate::step::ended;

/// How everything is run.
#[derive(Debug)]
pub(super) struct Runner<'a> {
    places: &'a [(String, String)],
    /// Takes fewer rounds, the same for each group, of fewer calls.
    quick: bool,
}

impl<'a> Runner<'a> {
    /// What is run finds its server at these places, told as variables.
    pub(super) fn new(places: &'a [(String, String)], quick: bool) -> Self {
        Self { places, quick }
    }

    /// Lets all clients of a group take turns.
    pub(super) fn measure(&self, group: Group) -> Result<Measured, Error> {
        println!("measuring: {}", group.title);
        // The first start compiles Python's files.
        let starts = |client: &Client| matches!(client.work, Work::Start);
        let unseen = usize::from(group.clients.iter().any(starts));
        let mut measured = Vec::new();
        let rounds = if self.quick { 3 } else { 5 * group.turns };
        for round in 0..rounds + unseen {
            let figures: Result<Vec<_>, _> = group
                .clients
                .iter()
                .map(|client| self.run(client))
                .collect();
            let figures = figures?;
            if round >= unseen {
                measured.push(figures);
            }
        }
        Ok(Measured {
            group,
            rounds: measured,
        })
    }

    /// Measures one group after another.
    pub(super) fn measure_all(&self, groups: Vec<Group>, report: &mut Report) -> Result<(), Error> {
        for group in groups {
            report.add(self.measure(group)?);
        }
        Ok(())
    }

    fn run(&self, client: &Client) -> Result<Figures, Error> {
        // Of so many calls one is made.
        let share = if self.quick { 4 } else { 1 };
        let mut command = self.command(&client.program);
        command.args(client.arguments.iter().map(|argument| match client.work {
            Work::Calls(count) if argument == "COUNT" => (count / share).to_string(),
            Work::Calls(_) | Work::Start => argument.clone(),
        }));
        let (before, start) = (children(), Instant::now());
        let output = ended(&mut command)?;
        let wall_s = start.elapsed().as_secs_f64();
        let figures = match client.work {
            Work::Calls(_) => last_line(&output).and_then(|line| Figures::parse(&line)),
            Work::Start => children().zip(before).map(|(after, before)| Figures {
                calls: 1.0,
                wall_s,
                cpu_s: after.saturating_sub(before).as_secs_f64(),
                p50_s: None,
                p99_s: None,
                peak_kib: peak(&output),
            }),
        };
        figures_of(client.name, figures, &output)
    }

    /// Runs a program of ours once, and reads a number of the line of JSON that it ends with.
    pub(super) fn number(
        &self,
        program: &Path,
        arguments: &[&str],
        name: &str,
    ) -> Result<f64, Error> {
        let mut command = self.command(program);
        command.args(arguments);
        let output = ended(&mut command)?;
        let number = last_line(&output).and_then(|line| {
            let said: Value = serde_json::from_str(&line).ok()?;
            said.get(name)?.as_f64()
        });
        figures_of(&arguments.join(" "), number, &output)
    }

    fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        // What a machine's environment holds must make no difference.
        command
            .env_clear()
            .envs(self.places.iter().cloned())
            .envs([("KWIK_API_KEY", "key"), ("KWIK_API_SECRET", "secret")])
            .stdin(Stdio::null());
        command
    }
}

fn figures_of<T>(name: &str, figures: Option<T>, output: &Output) -> Result<T, Error> {
    match figures {
        Some(figures) if output.status.success() => Ok(figures),
        _ => Err(Error::NoFigures {
            name: name.to_owned(),
            said: beginning(&String::from_utf8_lossy(&output.stderr)),
        }),
    }
}

/// What it says first tells why; the rest follows from it.
fn beginning(said: &str) -> String {
    let lines = said.lines().filter(|line| !line.trim().is_empty());
    lines.take(2).collect::<Vec<_>>().join(" ")
}

fn last_line(output: &Output) -> Option<String> {
    let said = String::from_utf8_lossy(&output.stdout);
    said.lines().last().map(ToOwned::to_owned)
}

/// Reads what a client printed of `/proc/self/status`: `VmHWM: 123 kB`.
fn peak(output: &Output) -> Option<f64> {
    let said = String::from_utf8_lossy(&output.stdout);
    let line = said.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line?.trim().strip_suffix(" kB")?.parse().ok()
}

/// The CPU time of all children that have ended.
#[cfg(unix)]
pub(super) fn children() -> Option<Duration> {
    use nix::sys::resource::{UsageWho, getrusage};
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).ok()?;
    let microseconds = [usage.user_time(), usage.system_time()]
        .into_iter()
        .map(|time| time.tv_sec() * 1_000_000 + time.tv_usec())
        .sum::<i64>();
    u64::try_from(microseconds).ok().map(Duration::from_micros)
}

#[cfg(not(unix))]
pub(super) fn children() -> Option<Duration> {
    None
}
