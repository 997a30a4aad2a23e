use std::ffi::OsString;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};
use std::{fmt, thread};

use portal_core::Secret;
use tokio::sync::oneshot;

use crate::credentials::secret_file::read_text;

/// How often a running command is polled.
const POLL_INTERVAL: Duration = Duration::from_millis(5);

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

    /// Runs the command and returns its output, within `limit`; the error is the reason.
    pub(crate) fn run(&self, limit: Duration) -> Result<Secret, String> {
        self.run_until(limit, &AtomicBool::new(false))
    }

    /// Does the same as [`run`](Self::run) on its own thread, so that it does not block an async runtime.
    ///
    /// Dropping the future kills the command.
    pub(crate) async fn run_on_thread(self, limit: Duration) -> Result<Secret, String> {
        let (sender, receiver) = oneshot::channel();
        let cancelled = CancelOnDrop::default();
        let flag = cancelled.0.clone();
        let run = move || {
            // The receiver may be gone.
            let _sent = sender.send(self.run_until(limit, &flag));
        };
        let thread = thread::Builder::new().name("portal-command".into());
        thread
            .spawn(run)
            .map_err(|error| format!("cannot be run: {error}"))?;
        let lost = |_| Err("ended without a word".into());
        receiver.await.unwrap_or_else(lost)
    }

    fn run_until(&self, limit: Duration, cancelled: &AtomicBool) -> Result<Secret, String> {
        let mut command = Command::new(&self.program);
        command
            .args(&self.arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            // stderr may contain secrets; run the command by hand to see it.
            .stderr(Stdio::null());
        let child = command.spawn();
        let mut running =
            RunningCommand(child.map_err(|error| format!("cannot be started: {error}"))?);
        let (printed, status) = running.finish(limit, cancelled)?;
        if !status.success() {
            return Err(match status.code() {
                Some(code) => format!("failed with exit code {code}"),
                None => "was ended by a signal".into(),
            });
        }
        let text = printed.expose();
        let text = text.strip_suffix('\n').unwrap_or(text);
        let text = text.strip_suffix('\r').unwrap_or(text);
        match text.is_empty() {
            true => Err("printed nothing".into()),
            false => Ok(text.into()),
        }
    }
}

impl fmt::Debug for SecretCommand {
    /// Omits all words, which may be the secret itself by mistake.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SecretCommand").finish_non_exhaustive()
    }
}

/// A running command, which is killed on drop.
struct RunningCommand(Child);

impl RunningCommand {
    /// Waits for the whole output and the exit status.
    fn finish(
        &mut self,
        limit: Duration,
        cancelled: &AtomicBool,
    ) -> Result<(Secret, ExitStatus), String> {
        let wait_error = |error| format!("cannot be waited for: {error}");
        let stdout = self.0.stdout.take().ok_or("has no output")?;
        let (sender, receiver) = mpsc::channel();
        let read = move || {
            // The receiver may be gone.
            let _sent = sender.send(read_text(stdout));
        };
        thread::Builder::new()
            .name("portal-command-output".into())
            .spawn(read)
            .map_err(|error| format!("cannot be read: {error}"))?;
        let start = Instant::now();
        let mut printed = None;
        loop {
            match printed.take() {
                None => match receiver.recv_timeout(POLL_INTERVAL) {
                    // Not waited for: it may still write to the closed pipe.
                    Ok(Err(why)) => return Err(format!("printed unreadable output: {why}")),
                    Ok(Ok(text)) => printed = Some(text),
                    Err(RecvTimeoutError::Timeout) => {}
                    Err(RecvTimeoutError::Disconnected) => return Err("cannot be read".into()),
                },
                Some(text) => match self.0.try_wait().map_err(wait_error)? {
                    Some(status) => return Ok((text, status)),
                    None => {
                        printed = Some(text);
                        thread::sleep(POLL_INTERVAL);
                    }
                },
            }
            if cancelled.load(Ordering::Relaxed) {
                return Err("was cancelled".into());
            }
            if start.elapsed() >= limit {
                return Err(format!("did not end within {} s", limit.as_secs_f32()));
            }
        }
    }
}

impl Drop for RunningCommand {
    fn drop(&mut self) {
        // Both fail only if it has ended already.
        let _ended = self.0.kill();
        let _reaped = self.0.wait();
    }
}

/// Sets a flag when it is dropped.
#[derive(Default)]
struct CancelOnDrop(Arc<AtomicBool>);

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
