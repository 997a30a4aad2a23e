use std::future::Future;
use std::io::Read;
use std::num::NonZeroUsize;
use std::pin::Pin;
use std::time::Duration;

use futures_util::stream::{FuturesUnordered, StreamExt};
use portal_core::{Delivery, Error, Kind, LinkRequest, PortalLink, PortalProvider};
use tokio::sync::mpsc::Receiver;
use tokio::task::JoinHandle;

use crate::input::reader_thread::{ReaderMessage, ResumePoint, spawn_reader};
use crate::output::output_line::{self, LineBytes};
use crate::running_hash::Digest;
use crate::summary::{Counts, StopReason, Summary};
use crate::{BulkError, Input, Row, RowError, RowPosition, RunFiles, StopRequest};

/// How often the output is made safe from a loss of power.
const SAFE_EVERY: Duration = Duration::from_secs(1);

/// What to do with rows, and with whom.
#[derive(Clone, Copy, Debug)]
pub struct RunOptions<'a> {
    /// Who makes the links.
    pub provider: &'a dyn PortalProvider,
    /// How many rows may be in flight.
    pub concurrency: NonZeroUsize,
    /// Whether the first row that fails is the last to be begun.
    pub fail_fast: bool,
}

impl<'a> RunOptions<'a> {
    /// 16 rows in flight, and a failed one stops nothing.
    #[must_use]
    pub fn new(provider: &'a dyn PortalProvider) -> Self {
        Self {
            provider,
            concurrency: NonZeroUsize::new(16).unwrap_or(NonZeroUsize::MIN),
            fail_fast: false,
        }
    }
}

/// What happens during a run.
#[derive(Debug)]
pub enum RunEvent<'a> {
    /// A row has its line.
    RowDone {
        /// The row.
        position: RowPosition,
        /// What has become of all rows so far.
        counts: &'a Counts,
    },
    /// A row could not be asked for, and got its line without anything sent.
    InvalidRow {
        /// The row.
        position: RowPosition,
        /// What is wrong with it.
        error: &'a RowError,
    },
    /// No more rows begin; those in flight are waited for.
    Stopping {
        /// Why.
        why: &'a StopReason,
        /// How many are in flight.
        in_flight: u64,
    },
}

type Call<'a> = Pin<Box<dyn Future<Output = (RowPosition, LinkRequest, Outcome)> + 'a>>;
type Outcome = Result<PortalLink, Error>;

/// Makes the links of an input's rows, with one line of output for each.
///
/// A row that fails has its error in its line, and stops nothing, but a refused credential or
/// configuration (`unauthenticated`, `forbidden`, `configuration`): every row would fail like that,
/// so no more begin, and those that came back so are left to a later run. When `stop` asks, no more
/// begin and those in flight are waited for; when it asks again, they are given up.
///
/// Dropping the future is like the end of the process: a later run can go on.
///
/// # Errors
/// A file that cannot be written. What is wrong with the input is told by the summary.
pub async fn run<R: Read + Send + 'static>(
    job: &RunOptions<'_>,
    input: Input<R>,
    mut files: RunFiles,
    stop: StopRequest,
    tell: &mut dyn FnMut(RunEvent<'_>),
) -> Result<Summary, BulkError> {
    let resumed = files.done();
    let skip = ResumePoint {
        done: files.past.done.clone(),
        begun: files.past.begun,
        digest: files.past.digest,
    };
    let mut runner = Runner {
        job,
        counts: std::mem::take(&mut files.past.counts),
        files,
        calls: FuturesUnordered::new(),
        repeated: 0,
        stopped: None,
        tell,
    };
    runner.work(spawn_reader(input, skip), stop).await?;
    let in_flight = runner.calls.len() as u64;
    drop(runner.calls);
    let mut files = runner.files;
    let held = files.output.waiting();
    let path = files.path.clone();
    let (lines, bytes) = (files.output.lines, files.output.bytes);
    let file = &files.output.file;
    file.sync_data()
        .and_then(|()| files.ledger.output_is_safe(lines, bytes))
        .and_then(|()| files.ledger.sync())
        .map_err(BulkError::file(&path, "written"))?;
    files.close()?;
    Ok(Summary {
        counts: runner.counts,
        resumed,
        repeated: runner.repeated,
        in_flight,
        held,
        stopped: runner.stopped,
    })
}

struct Runner<'a, 'b> {
    job: &'a RunOptions<'b>,
    files: RunFiles,
    calls: FuturesUnordered<Call<'a>>,
    counts: Counts,
    repeated: u64,
    stopped: Option<StopReason>,
    tell: &'a mut dyn FnMut(RunEvent<'_>),
}

impl Runner<'_, '_> {
    async fn work(
        &mut self,
        mut rows: Receiver<ReaderMessage>,
        mut stop: StopRequest,
    ) -> Result<(), BulkError> {
        let mut again = stop.clone();
        let mut ended = false;
        let mut clock = tokio::time::interval(SAFE_EVERY);
        let mut saving: Option<Saving> = None;
        let mut saved = self.files.output.bytes;
        loop {
            let takes = !ended && self.stopped.is_none();
            if !takes && self.calls.is_empty() {
                break;
            }
            let room = self.calls.len() < self.job.concurrency.get()
                && (self.files.output.has_room() || self.calls.is_empty());
            tokio::select! {
                biased;
                () = again.asked(2) => {
                    self.stop(StopReason::Interrupted);
                    break;
                }
                () = stop.asked(1), if takes => self.stop(StopReason::Interrupted),
                done = async { saving.as_mut().expect("there is one").await }, if saving.is_some() => {
                    saving = None;
                    self.saved(done)?;
                }
                _ = clock.tick(), if saving.is_none() && saved < self.files.output.bytes => {
                    let (lines, bytes) = (self.files.output.lines, self.files.output.bytes);
                    let path = &self.files.path;
                    let file = self.files.output.file.try_clone();
                    let file = file.map_err(BulkError::file(path, "written"))?;
                    saved = bytes;
                    saving = Some(tokio::task::spawn_blocking(move || {
                        file.sync_data().map(|()| (lines, bytes))
                    }));
                }
                Some((position, request, outcome)) = self.calls.next() => {
                    self.finish(position, &request, outcome)?;
                }
                next = rows.recv(), if takes && room => match next {
                    None => return Err(broken_off()),
                    Some(ReaderMessage::End(Ok(()))) => ended = true,
                    Some(ReaderMessage::Row(row)) => self.begin(*row)?,
                    Some(ReaderMessage::Known(row, digest)) => self.note(row, digest)?,
                    Some(ReaderMessage::End(Err(BulkError::Refused(error)))) => self.stop(StopReason::Input(error)),
                    Some(ReaderMessage::End(Err(failure))) => return Err(failure),
                },
            }
        }
        // A write under way belongs to this run, and holds its files' lock.
        match saving {
            Some(saving) => self.saved(saving.await),
            None => Ok(()),
        }
    }

    fn begin(&mut self, row: Row) -> Result<(), BulkError> {
        self.repeated += u64::from(self.files.past.was_in_flight(row.position.row));
        self.note(row.position.row, row.digest)?;
        let provider = self.job.provider;
        let position = row.position;
        match row.request {
            Ok(request) => self.calls.push(Box::pin(async move {
                let outcome = create(provider, &request).await;
                (position, request, outcome)
            })),
            Err(bad) => {
                (self.tell)(RunEvent::InvalidRow {
                    position,
                    error: &bad,
                });
                let id = provider.info().id;
                let line = output_line::error_line(position, bad.column, id, None, &bad.error);
                self.counts.failure(&bad.error);
                self.put(position, line)?;
                self.after(bad.error);
            }
        }
        Ok(())
    }

    fn note(&mut self, row: u64, digest: Digest) -> Result<(), BulkError> {
        let noted = self.files.ledger.row_begins(row, digest);
        noted.map_err(BulkError::file(&self.files.path, "noted in its ledger"))
    }

    fn finish(
        &mut self,
        position: RowPosition,
        request: &LinkRequest,
        outcome: Outcome,
    ) -> Result<(), BulkError> {
        let provider = self.job.provider.info().id;
        match outcome {
            Ok(link) => {
                self.counts.links += 1;
                self.put(position, output_line::link_line(position, provider, &link))
            }
            Err(error) if is_about_all(&error) => {
                let undone = self.files.ledger.row_is_undone(position.row);
                undone.map_err(BulkError::file(&self.files.path, "noted in its ledger"))?;
                self.stop(StopReason::Refused(error));
                Ok(())
            }
            Err(error) => {
                self.counts.failure(&error);
                let customer = Some(&request.fields().customer);
                self.put(
                    position,
                    output_line::error_line(position, None, provider, customer, &error),
                )?;
                self.after(error);
                Ok(())
            }
        }
    }

    fn put(&mut self, position: RowPosition, line: LineBytes) -> Result<(), BulkError> {
        let put = self.files.output.put(position.row, line);
        put.map_err(BulkError::file(&self.files.path, "written"))?;
        let counts = &self.counts;
        (self.tell)(RunEvent::RowDone { position, counts });
        Ok(())
    }

    /// Ends the run after a failed row, where that is wanted.
    fn after(&mut self, error: Error) {
        if self.job.fail_fast {
            self.stop(StopReason::FailFast(error));
        }
    }

    fn stop(&mut self, why: StopReason) {
        if self.stopped.is_none() {
            let in_flight = self.calls.len() as u64;
            (self.tell)(RunEvent::Stopping {
                why: &why,
                in_flight,
            });
            self.stopped = Some(why);
        }
    }

    fn saved(&mut self, done: Saved) -> Result<(), BulkError> {
        let noted = done
            .map_err(std::io::Error::other)
            .flatten()
            .and_then(|(lines, bytes)| self.files.ledger.output_is_safe(lines, bytes));
        noted.map_err(BulkError::file(&self.files.path, "written"))
    }
}

type Saving = JoinHandle<std::io::Result<(u64, u64)>>;
type Saved = Result<std::io::Result<(u64, u64)>, tokio::task::JoinError>;

/// Makes a link; a row that our own rate limit turned away has not been asked for yet.
async fn create(provider: &dyn PortalProvider, request: &LinkRequest) -> Outcome {
    loop {
        match provider.create_link(request).await {
            Err(error) if is_ours(&error) => {
                let wait = error.retry_after().unwrap_or_default();
                tokio::time::sleep(wait.clamp(SHORTEST, LONGEST)).await;
            }
            outcome => return outcome,
        }
    }
}

/// How long a row waits that found the queue for the rate limit too long.
const SHORTEST: Duration = Duration::from_millis(50);
const LONGEST: Duration = Duration::from_secs(5);

fn is_ours(error: &Error) -> bool {
    error.kind() == Kind::RateLimited
        && error.delivery() == Delivery::NotSent
        && error.attempts() == 0
}

fn broken_off() -> BulkError {
    BulkError::input(std::io::Error::other("its reader broke off"))
}

/// Says whether every other row would fail like this one.
fn is_about_all(error: &Error) -> bool {
    match error.kind() {
        Kind::Unauthenticated | Kind::Forbidden | Kind::Configuration => true,
        Kind::Invalid
        | Kind::Unsupported
        | Kind::NotFound
        | Kind::NoPortal
        | Kind::Conflict
        | Kind::RateLimited
        | Kind::Timeout
        | Kind::Unavailable
        | Kind::Protocol => false,
    }
}
