//! A process whose memory is looked at while it runs.

use std::fs;
use std::process::{ChildStdin, Command};
use std::time::{Duration, Instant};

use crate::error::Error;
use crate::running::Running;

/// How often it is looked at; the peak that the system keeps does not go down in between.
const LOOK_EVERY: Duration = Duration::from_millis(20);

#[derive(Debug)]
pub(super) struct Watched {
    child: Running,
    shown: String,
    begun: Instant,
    ended: Option<Instant>,
    /// The most memory that it had, in KiB.
    pub(super) peak: u64,
}

impl Watched {
    pub(super) fn start(command: &mut Command) -> Result<Self, Error> {
        let shown = command.get_program().display().to_string();
        let child = Running::start(command)?;
        Ok(Self {
            child,
            shown,
            begun: Instant::now(),
            ended: None,
            peak: 0,
        })
    }

    pub(super) fn stdin(&mut self) -> Option<ChildStdin> {
        self.child.stdin.take()
    }

    /// Looks at its memory, and says whether it goes on after a moment.
    pub(super) fn goes_on(&mut self) -> Result<bool, Error> {
        let status = format!("/proc/{}/status", self.child.id());
        let text = fs::read_to_string(status).unwrap_or_default();
        let peak = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let peak = peak.and_then(|peak| peak.trim().trim_end_matches(" kB").parse().ok());
        self.peak = self.peak.max(peak.unwrap_or_default());
        std::thread::sleep(LOOK_EVERY);
        let ended = self.child.try_wait().map_err(|reason| self.lost(reason))?;
        if ended.is_some() {
            self.ended.get_or_insert_with(Instant::now);
        }
        Ok(ended.is_none())
    }

    /// Ends it as the system would: nothing is asked.
    pub(super) fn kill(&mut self) -> Result<(), Error> {
        if self.ended.is_some() {
            return Err(Error::Unproved(
                "the run ended before it was killed".to_owned(),
            ));
        }
        let killed = self.child.kill().and_then(|()| self.child.wait());
        killed.map_err(|reason| self.lost(reason))?;
        self.ended = Some(Instant::now());
        Ok(())
    }

    /// How long it ran.
    pub(super) fn time(&self) -> Duration {
        let ended = self.ended.unwrap_or_else(Instant::now);
        ended.duration_since(self.begun)
    }

    /// An error unless it ended well.
    pub(super) fn judge(&mut self) -> Result<(), Error> {
        let status = self.child.wait().map_err(|reason| self.lost(reason))?;
        match status.success() {
            true => Ok(()),
            false => Err(Error::Failed {
                shown: self.shown.clone(),
                status,
            }),
        }
    }

    fn lost(&self, reason: std::io::Error) -> Error {
        Error::NoStart {
            program: self.shown.clone(),
            reason,
        }
    }
}
