#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind, signal};

use tokio::sync::oneshot;

use crate::errors::{CommandError, exit_code};
use crate::output::Printer;

/// Receives Ctrl-C, SIGTERM and, on Linux, SIGHUP. Signals that arrive after creation are not lost.
pub(crate) struct StopSignals {
    #[cfg(unix)]
    interrupt: Signal,
    #[cfg(unix)]
    terminate: Signal,
    #[cfg(unix)]
    hangup: Option<Signal>,
}

impl StopSignals {
    /// Installs the handlers; from now on, signals no longer end the process.
    pub(crate) fn listen() -> Result<Self, CommandError> {
        #[cfg(unix)]
        {
            let listen = |kind| {
                signal(kind).map_err(|error| {
                    CommandError::internal("the signal handler cannot be installed", &error)
                })
            };
            let hangup = match may_receive_hangup() {
                true => Some(listen(SignalKind::hangup())?),
                false => None,
            };
            Ok(Self {
                interrupt: listen(SignalKind::interrupt())?,
                terminate: listen(SignalKind::terminate())?,
                hangup,
            })
        }
        #[cfg(not(unix))]
        Ok(Self {})
    }

    /// Waits for the next signal.
    pub(crate) async fn next(&mut self) {
        #[cfg(unix)]
        {
            let hangup = async {
                match &mut self.hangup {
                    Some(hangup) => hangup.recv().await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                _ = self.interrupt.recv() => {}
                _ = self.terminate.recv() => {}
                _ = hangup => {}
            }
        }
        // If this fails, Ctrl-C ends the process as usual.
        #[cfg(not(unix))]
        let _ = tokio::signal::ctrl_c().await;
    }
}

/// Returns whether a handler for SIGHUP may be installed: not under `nohup`, which ignores it.
///
/// Only Linux shows which signals are ignored without `unsafe` code. Elsewhere SIGHUP keeps its effect.
#[cfg(unix)]
fn may_receive_hangup() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status
        .lines()
        .find_map(|line| line.strip_prefix("SigIgn:"))
        .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    let bit = 1 << (SignalKind::hangup().as_raw_value() - 1);
    ignored.is_some_and(|mask| mask & bit == 0)
}

/// Runs a command until it ends or a signal stops it.
pub(crate) async fn until_stopped<T>(
    command: impl Future<Output = Result<T, CommandError>>,
) -> Result<T, CommandError> {
    let mut signals = StopSignals::listen()?;
    tokio::select! {
        outcome = command => outcome,
        () = signals.next() => Err(CommandError::Interrupted),
    }
}

/// Ends the process with 130 on a signal, while the runtime's own thread does blocking work.
///
/// It does so until it is dropped.
pub(crate) struct ExitOnSignal {
    _keep: oneshot::Sender<()>,
}

impl ExitOnSignal {
    pub(crate) fn start(printer: Printer) -> Result<Self, CommandError> {
        let failed = |error| CommandError::internal("the signal handler cannot be started", &error);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(failed)?;
        let (keep, dropped) = oneshot::channel::<()>();
        let mut signals = {
            let _entered = runtime.enter();
            StopSignals::listen()?
        };
        let wait = move || {
            runtime.block_on(async {
                tokio::select! {
                    _ = dropped => {}
                    () = signals.next() => {
                        printer.error(&CommandError::Interrupted);
                        std::process::exit(exit_code::INTERRUPTED.into());
                    }
                }
            });
        };
        let thread = std::thread::Builder::new().name("signals".into());
        thread.spawn(wait).map_err(failed)?;
        Ok(Self { _keep: keep })
    }
}
