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

use crate::secret_file::read_text;

/// How often a running command is looked after.
const TICK: Duration = Duration::from_millis(5);

/// A helper program that prints a secret. No shell reads its words.
#[derive(Clone)]
pub(crate) struct SecretCommand {
    program: OsString,
    arguments: Vec<OsString>,
}

impl SecretCommand {
    /// Takes the program and its arguments; `None` where there is not even a program.
    pub(crate) fn new(words: impl IntoIterator<Item = impl Into<OsString>>) -> Option<Self> {
        let mut words = words.into_iter().map(Into::into);
        let program = words.next().filter(|program| !program.is_empty())?;
        Some(Self {
            program,
            arguments: words.collect(),
        })
    }

    /// Returns the program's name, which errors may show; arguments may say more.
    pub(crate) fn name(&self) -> String {
        let path = Path::new(&self.program);
        let name = path.file_name().unwrap_or(&self.program);
        name.to_string_lossy().into_owned()
    }

    /// Runs it and waits for what it prints, at most for `limit`; the error says what went wrong.
    pub(crate) fn run(&self, limit: Duration) -> Result<Secret, String> {
        self.run_until(limit, &AtomicBool::new(false))
    }

    /// Does what [`run`](Self::run) does on a thread of its own, so that no async runtime waits.
    ///
    /// Dropping the future ends the command.
    pub(crate) async fn run_aside(self, limit: Duration) -> Result<Secret, String> {
        let (sender, receiver) = oneshot::channel();
        let unwanted = Unwanted::default();
        let seen = unwanted.0.clone();
        let run = move || {
            // Nobody may wait for it any more.
            let _unheard = sender.send(self.run_until(limit, &seen));
        };
        let thread = thread::Builder::new().name("portal-command".into());
        thread
            .spawn(run)
            .map_err(|error| format!("cannot be run: {error}"))?;
        let lost = |_| Err("ended without a word".into());
        receiver.await.unwrap_or_else(lost)
    }

    fn run_until(&self, limit: Duration, unwanted: &AtomicBool) -> Result<Secret, String> {
        let mut command = Command::new(&self.program);
        command
            .args(&self.arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            // It may say what it could not decrypt; who wants to know runs the command by hand.
            .stderr(Stdio::null());
        let child = command.spawn();
        let mut running = Running(child.map_err(|error| format!("cannot be started: {error}"))?);
        let (printed, status) = running.finish(limit, unwanted)?;
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
    /// Leaves all words out: somebody may have put the secret itself in their place.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SecretCommand").finish_non_exhaustive()
    }
}

/// A command that runs; dropping it ends it.
struct Running(Child);

impl Running {
    /// Waits until it has printed all and has ended.
    fn finish(
        &mut self,
        limit: Duration,
        unwanted: &AtomicBool,
    ) -> Result<(Secret, ExitStatus), String> {
        let broken = |error| format!("cannot be waited for: {error}");
        let stdout = self.0.stdout.take().ok_or("has no output")?;
        let (sender, receiver) = mpsc::channel();
        let read = move || {
            // Nobody may wait for it any more.
            let _unheard = sender.send(read_text(stdout));
        };
        thread::Builder::new()
            .name("portal-command-output".into())
            .spawn(read)
            .map_err(|error| format!("cannot be read: {error}"))?;
        let began = Instant::now();
        let mut printed = None;
        loop {
            match printed.take() {
                None => match receiver.recv_timeout(TICK) {
                    // Not waited for: its output was perhaps not read to the end.
                    Ok(Err(why)) => return Err(format!("printed what cannot be read: {why}")),
                    Ok(Ok(text)) => printed = Some(text),
                    Err(RecvTimeoutError::Timeout) => {}
                    Err(RecvTimeoutError::Disconnected) => return Err("cannot be read".into()),
                },
                Some(text) => match self.0.try_wait().map_err(broken)? {
                    Some(status) => return Ok((text, status)),
                    None => {
                        printed = Some(text);
                        thread::sleep(TICK);
                    }
                },
            }
            if unwanted.load(Ordering::Relaxed) {
                return Err("is not waited for any more".into());
            }
            if began.elapsed() >= limit {
                return Err(format!("did not end within {} s", limit.as_secs_f32()));
            }
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Both fail only where it has ended already.
        let _ended = self.0.kill();
        let _reaped = self.0.wait();
    }
}

/// Says, once dropped, that nobody waits any more.
#[derive(Default)]
struct Unwanted(Arc<AtomicBool>);

impl Drop for Unwanted {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
