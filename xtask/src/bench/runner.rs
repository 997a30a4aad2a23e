use std::process::{Command, Output, Stdio};
use std::time::Instant;

use super::figures::Figures;
use super::group::{Client, Group, Measured, Work};
use super::server::Server;
use crate::dist::children;
use crate::error::Error;

/// How everything is run.
#[derive(Debug)]
pub(super) struct Runner<'a> {
    server: &'a Server,
    rounds: usize,
    /// Of so many calls one is made.
    share: usize,
}

impl<'a> Runner<'a> {
    pub(super) fn new(server: &'a Server, quick: bool) -> Self {
        let (rounds, share) = if quick { (3, 4) } else { (5, 1) };
        Self {
            server,
            rounds,
            share,
        }
    }

    /// Lets all clients of a group take turns.
    pub(super) fn measure(&self, group: Group) -> Result<Measured, Error> {
        println!("measuring: {}", group.title);
        // A start is short, so there can be more of them; the first one compiles Python's files.
        let starts = |client: &Client| matches!(client.work, Work::Start);
        let (rounds, unseen) = match group.clients.iter().any(starts) {
            true => (self.rounds * 4, 1),
            false => (self.rounds, 0),
        };
        let mut measured = Vec::new();
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

    fn run(&self, client: &Client) -> Result<Figures, Error> {
        let mut command = Command::new(&client.program);
        command
            .args(client.arguments.iter().map(|argument| match client.work {
                Work::Calls(count) if argument == "COUNT" => (count / self.share).to_string(),
                Work::Calls(_) | Work::Start => argument.clone(),
            }))
            // What a machine's environment holds must make no difference.
            .env_clear()
            .envs(self.server.places().iter().cloned())
            .envs([("KWIK_API_KEY", "key"), ("KWIK_API_SECRET", "secret")])
            .stdin(Stdio::null());
        let (before, start) = (children(), Instant::now());
        let output = command.output().map_err(|reason| Error::NoStart {
            program: client.program.display().to_string(),
            reason,
        })?;
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
        match figures {
            Some(figures) if output.status.success() => Ok(figures),
            _ => Err(Error::NoFigures {
                name: client.name.to_owned(),
                said: String::from_utf8_lossy(&output.stderr).into_owned(),
            }),
        }
    }
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
