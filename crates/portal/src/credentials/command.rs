use std::ffi::OsString;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;
use std::{fmt, thread};

use portal_core::Secret;

use crate::bounded_file::{MAX_SECRET, read_to_end};
use crate::bounded_wait::{BoundedWait, run_on_thread};
use crate::credentials::secret_file::read_text;

/// A program that prints a secret, run without a shell.
#[derive(Clone)]
pub(crate) struct SecretCommand {
    program: OsString,
    arguments: Vec<OsString>,
}

impl SecretCommand {
    /// Takes the program and its arguments; `None` without a program.
    pub(crate) fn new(words: impl IntoIterator<Item = impl Into<OsString>>) -> Option<Self> {
        let mut words = words.into_iter().map(Into::into);
        let program = words.next().filter(|program| !program.is_empty())?;
        Some(Self {
            program,
            arguments: words.collect(),
        })
    }

    /// Returns the program's name for errors; its arguments may be secret.
    pub(crate) fn name(&self) -> String {
        let path = Path::new(&self.program);
        let name = path.file_name().unwrap_or(&self.program);
        name.to_string_lossy().into_owned()
    }

    /// Does the same as [`run`](Self::run) on its own thread, so that it does not block an async runtime.
    ///
    /// Dropping the future kills the command.
    pub(crate) async fn run_on_thread(self, limit: Duration) -> Result<Secret, String> {
        let run = move |cancelled: &AtomicBool| self.run(BoundedWait::start(limit, cancelled));
        let ended = run_on_thread("portal-command", run).await;
        ended.unwrap_or_else(|error| Err(format!("cannot be run: {error}")))
    }

    /// Runs the command and returns its output; the error is the reason.
    ///
    /// The command has a process group of its own, so that its children end with it.
    pub(crate) fn run(&self, wait: BoundedWait<'_>) -> Result<Secret, String> {
        let mut command = Command::new(&self.program);
        command
            .args(&self.arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            // stderr may contain secrets; run the command by hand to see it.
            .stderr(Stdio::null());
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let child = command.spawn();
        let mut running = RunningCommand {
            child: child.map_err(|error| format!("cannot be started: {error}"))?,
            has_ended: false,
        };
        let (printed, status) = running.finish(wait)?;
        if !status.success() {
            return Err(match status.code() {
                Some(code) => format!("failed with exit code {code}"),
                None => "was ended by a signal".into(),
            });
        }
        // `pass show` prints the secret on the first line, and notes after it.
        match printed.expose().lines().next().unwrap_or_default() {
            "" => Err("printed nothing on its first line".into()),
            text => Ok(text.into()),
        }
    }
}

impl fmt::Debug for SecretCommand {
    /// Omits all words, which may be the secret itself by mistake.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SecretCommand").finish_non_exhaustive()
    }
}

/// A running command, which is killed on drop with its children.
struct RunningCommand {
    child: Child,
    /// Whether the command has ended and was waited for.
    has_ended: bool,
}

impl RunningCommand {
    /// Waits for the whole output and the exit status.
    fn finish(&mut self, wait: BoundedWait<'_>) -> Result<(Secret, ExitStatus), String> {
        let wait_error = |error| format!("cannot be waited for: {error}");
        let stdout = self.child.stdout.take().ok_or("has no output")?;
        let (sender, receiver) = mpsc::channel();
        let read = move || {
            // The receiver may have been dropped.
            let _sent = sender.send(read_text(|| read_to_end(stdout, MAX_SECRET)));
        };
        thread::Builder::new()
            .name("portal-command-output".into())
            .spawn(read)
            .map_err(|error| format!("cannot be read: {error}"))?;
        let mut printed = None;
        loop {
            let time = wait.next()?;
            match printed.take() {
                None => match receiver.recv_timeout(time) {
                    // Not waited for: it may still write to the closed pipe.
                    Ok(Err(why)) => return Err(format!("printed unreadable output: {why}")),
                    Ok(Ok(text)) => printed = Some(text),
                    Err(RecvTimeoutError::Timeout) => {}
                    Err(RecvTimeoutError::Disconnected) => return Err("cannot be read".into()),
                },
                Some(text) => match self.child.try_wait().map_err(wait_error)? {
                    Some(status) => {
                        self.has_ended = true;
                        return Ok((text, status));
                    }
                    None => {
                        printed = Some(text);
                        thread::sleep(time);
                    }
                },
            }
        }
    }
}

impl Drop for RunningCommand {
    fn drop(&mut self) {
        if self.has_ended {
            return;
        }
        // Until the command is waited for, no other process group can have its number.
        #[cfg(unix)]
        {
            use rustix::process::{Pid, Signal, kill_process_group};
            let _ended = kill_process_group(Pid::from_child(&self.child), Signal::KILL);
        }
        // Both fail only if the command has ended already.
        let _ended = self.child.kill();
        let _reaped = self.child.wait();
    }
}
