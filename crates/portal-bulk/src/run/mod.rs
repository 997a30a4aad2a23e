mod provider_state;

use std::collections::{BTreeMap, VecDeque};
use std::future::Future;
use std::io::Read;
use std::num::NonZeroUsize;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::{FuturesUnordered, StreamExt};
use portal_core::{Delivery, Error, Kind, LinkRequest, PortalLink, PortalProvider};
use tokio::sync::mpsc::Receiver;
use tokio::time::Instant;

use crate::failure::Failure;
use crate::input::reader_thread::{ReaderMessage, ResumePoint, spawn_reader};
use crate::input::row_identity::RowIdentity;
use crate::output::output_line::{self, LineBytes};
use crate::output::run_files::Saving;
use crate::run::provider_state::{Change, ProviderState, Signal};
use crate::running_hash::Digest;
use crate::summary::{Counts, StopReason, Summary};
use crate::{BulkError, Input, Row, RowError, RowPosition, RunOutput, StopRequest};

/// The interval at which the output is written to disk, so that it survives a power failure.
const SYNC_INTERVAL: Duration = Duration::from_secs(1);

/// How long the rest of a stream is written after a second request to stop.
const MAX_DRAIN: Duration = Duration::from_secs(1);

/// How often a row may fail while the provider serves other rows; then the row itself is at fault. Refusals
/// by the rate limit do not count.
const MAX_FAILURES_WHILE_UP: u32 = 5;

/// The options of a run.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct RunOptions<'a> {
    /// Creates the links.
    pub provider: &'a dyn PortalProvider,
    /// How many rows may be in flight.
    pub concurrency: NonZeroUsize,
    /// Whether no more rows start after the first that fails.
    pub fail_fast: bool,
    /// How long the run waits for a provider that serves no row before it stops.
    pub give_up_after: Duration,
}

impl<'a> RunOptions<'a> {
    /// Returns the default options: 16 rows in flight, and no stop at a failed row. The run gives up after
    /// a provider served no row for five minutes.
    #[must_use]
    pub fn new(provider: &'a dyn PortalProvider) -> Self {
        Self {
            provider,
            concurrency: NonZeroUsize::new(16).unwrap_or(NonZeroUsize::MIN),
            fail_fast: false,
            give_up_after: Duration::from_secs(300),
        }
    }
}

/// Something that happened during a run.
#[derive(Debug)]
#[non_exhaustive]
pub enum RunEvent<'a> {
    /// A row has a line in the output.
    RowDone {
        /// The row.
        position: RowPosition,
        /// The counts of all rows so far.
        counts: &'a Counts,
    },
    /// A row is not a valid request. Its error is in the output, and nothing was sent.
    InvalidRow {
        /// The row.
        position: RowPosition,
        /// What is wrong with it.
        error: &'a RowError,
    },
    /// The provider serves no row now, so no row starts for a while.
    Paused {
        /// How long.
        wait: Duration,
        /// The provider's error.
        error: &'a Error,
    },
    /// No more rows start; the run waits for those in flight.
    Stopping {
        /// Why.
        why: &'a StopReason,
        /// How many rows are in flight.
        in_flight: u64,
    },
}

type Call<'a> = Pin<Box<dyn Future<Output = (ValidRow, Outcome)> + 'a>>;
type Outcome = Result<PortalLink, Error>;

/// A row that is in flight, or waits for the provider.
#[derive(Debug)]
struct ValidRow {
    position: RowPosition,
    identity: RowIdentity,
    digest: Digest,
    request: LinkRequest,
    /// How often it failed while the provider served other rows.
    failures_while_up: u32,
    /// How many rows the provider had served when it last failed.
    served_before: u64,
}

/// Creates a link for each row of an input, and writes one line of output for each.
///
/// A failed row has its error in its line, and the run continues. A rate limit or an outage of the
/// provider pauses the run instead, and rows that may be repeated wait; the run stops if the provider
/// serves no row for `give_up_after`. A refused credential or configuration (`unauthenticated`,
/// `forbidden`, `configuration`) stops the run at once, because every row would fail like that. Rows
/// without a result are left for a later run. After the first request to `stop`, no more rows start and
/// the run waits for those in flight. After the second, it abandons them.
///
/// Dropping the future is like ending the process: a later run can resume from files. Of a stream that
/// cannot be written, the summary counts the rows that it did not get.
///
/// # Errors
/// A file that cannot be written. An error of the input or of a stream is in the summary.
pub async fn run<R: Read + Send + 'static>(
    options: &RunOptions<'_>,
    input: Input<R>,
    output: impl Into<RunOutput>,
    stop: StopRequest,
    on_event: &mut dyn FnMut(RunEvent<'_>),
) -> Result<Summary, BulkError> {
    let mut output = output.into();
    let resume = output.take_resume_state();
    let resumed = resume.done.count();
    let resume_point = ResumePoint {
        done: resume.done,
        retries: resume.retries.keys().copied().collect(),
        started: resume.started,
        digest: resume.digest,
    };
    let mut runner = Runner {
        options,
        output,
        retries: resume.retries,
        calls: FuturesUnordered::new(),
        waiting: VecDeque::new(),
        provider: ProviderState::new(options.give_up_after),
        served: 0,
        start: Instant::now(),
        counts: resume.counts,
        stopped: None,
        on_event,
    };
    let mut second_request = stop.clone();
    let rows = spawn_reader(input, resume_point);
    runner.run(rows, stop).await?;
    let in_flight = runner.calls.len() as u64;
    drop(runner.calls);
    let abandoned = async {
        second_request.wait_for(2).await;
        tokio::time::sleep(MAX_DRAIN).await;
    };
    let totals = runner.output.finish(&runner.counts, abandoned).await?;
    let write_failed = totals.write_error.map(StopReason::write_failed);
    Ok(Summary {
        counts: runner.counts,
        resumed,
        repeated: totals.repeated,
        in_flight,
        undone: totals.undone,
        held_lines: totals.held_lines,
        unwritten: totals.unwritten,
        unwritten_links: totals.unwritten_links,
        stopped: runner.stopped.or(write_failed),
    })
}

struct Runner<'a, 'b> {
    options: &'a RunOptions<'b>,
    output: RunOutput,
    /// Failed rows of earlier runs that this run sends again.
    retries: BTreeMap<u64, Failure>,
    calls: FuturesUnordered<Call<'a>>,
    /// Rows to send again when the provider is back; the output has them as undone.
    waiting: VecDeque<ValidRow>,
    provider: ProviderState,
    /// How many rows the provider served.
    served: u64,
    start: Instant,
    counts: Counts,
    stopped: Option<StopReason>,
    on_event: &'a mut dyn FnMut(RunEvent<'_>),
}

impl Runner<'_, '_> {
    async fn run(
        &mut self,
        mut rows: Receiver<ReaderMessage>,
        mut stop: StopRequest,
    ) -> Result<(), BulkError> {
        let mut second_request = stop.clone();
        let mut at_end = false;
        let mut sync_timer = tokio::time::interval(SYNC_INTERVAL);
        let mut saving: Option<Saving> = None;
        let mut saved = self.output.bytes();
        loop {
            let accepts_rows = self.stopped.is_none();
            let has_rows = accepts_rows && !(at_end && self.waiting.is_empty());
            if !has_rows && self.calls.is_empty() {
                break;
            }
            let concurrency = self.options.concurrency.get();
            let may_start = accepts_rows
                && self.provider.may_start()
                && self.calls.len() < concurrency
                && self.output.has_room(self.calls.is_empty());
            // Probe the provider with a new row: a row that failed may be at fault itself.
            if may_start
                && !at_end
                && self.provider.is_ready()
                && self.waiting.len() <= concurrency
                && let Ok(message) = rows.try_recv()
            {
                at_end = self.handle_message(message)?;
                continue;
            }
            if may_start && let Some(row) = self.waiting.pop_front() {
                self.output.record_start(row.position.row, row.digest)?;
                self.send(row);
                continue;
            }
            // Bounded, so that waiting rows do not fill the memory.
            let has_room = may_start && self.calls.len() + self.waiting.len() < concurrency;
            let pause = self.provider.paused_until().filter(|_| accepts_rows);
            tokio::select! {
                biased;
                () = second_request.wait_for(2) => {
                    self.stop(StopReason::Interrupted);
                    break;
                }
                () = stop.wait_for(1), if accepts_rows => self.stop(StopReason::Interrupted),
                () = tokio::time::sleep_until(self.start + pause.unwrap_or_default()), if pause.is_some() => {
                    self.provider.end_pause();
                }
                done = async { saving.as_mut().expect("the branch's condition checks it").await }, if saving.is_some() => {
                    saving = None;
                    self.output.record_saved(done)?;
                }
                _ = sync_timer.tick(), if saving.is_none() && saved < self.output.bytes() => {
                    saved = self.output.bytes();
                    saving = self.output.start_saving()?;
                }
                written = self.output.line_written() => if let Err(error) = written {
                    self.stop(StopReason::write_failed(error));
                },
                Some((row, outcome)) = self.calls.next() => self.finish_row(row, outcome)?,
                next = rows.recv(), if has_room && !at_end => match next {
                    None => return Err(reader_panicked()),
                    Some(message) => at_end = self.handle_message(message)?,
                },
            }
        }
        // A pending sync belongs to this run and uses its locked file.
        match saving {
            Some(saving) => self.output.record_saved(saving.await),
            None => Ok(()),
        }
    }

    /// Handles a message of the reader, and returns whether it was the last one.
    fn handle_message(&mut self, message: ReaderMessage) -> Result<bool, BulkError> {
        match message {
            ReaderMessage::Row(row) => self.start_row(*row)?,
            ReaderMessage::Finished(row, digest) => self.output.record_start(row, digest)?,
            ReaderMessage::End(Ok(())) => return Ok(true),
            ReaderMessage::End(Err(BulkError::Refused(error))) => {
                self.stop(StopReason::Input(error));
            }
            ReaderMessage::End(Err(BulkError::File { cause, .. })) => {
                self.stop(StopReason::ReadFailed(Arc::new(cause)));
            }
        }
        Ok(false)
    }

    fn start_row(&mut self, row: Row) -> Result<(), BulkError> {
        let number = row.position.row;
        match self.retries.contains_key(&number) {
            true => self.output.record_retry(number, row.digest)?,
            false => self.output.record_start(number, row.digest)?,
        }
        let position = row.position;
        match row.request {
            Ok(request) => self.send(ValidRow {
                position,
                identity: row.identity,
                digest: row.digest,
                request,
                failures_while_up: 0,
                served_before: 0,
            }),
            Err(bad) => {
                (self.on_event)(RunEvent::InvalidRow {
                    position,
                    error: &bad,
                });
                let id = self.options.provider.info().id;
                let identity = &row.identity;
                let line =
                    output_line::error_line(position, identity, bad.column, id, None, &bad.error);
                self.counts.add_error(&bad.error);
                self.write_line(position, line, false)?;
                self.stop_if_fail_fast(bad.error);
            }
        }
        Ok(())
    }

    fn send(&mut self, row: ValidRow) {
        self.provider.record_start();
        let provider = self.options.provider;
        self.calls.push(Box::pin(async move {
            let outcome = create(provider, &row.request).await;
            (row, outcome)
        }));
    }

    fn finish_row(&mut self, row: ValidRow, outcome: Outcome) -> Result<(), BulkError> {
        let signal = Signal::of(&outcome);
        self.served += u64::from(signal == Some(Signal::Up));
        let change = self.provider.record(signal, self.start.elapsed());
        let provider = self.options.provider.info().id;
        let position = row.position;
        match outcome {
            Ok(link) => {
                self.counts.links += 1;
                let line = output_line::link_line(position, &row.identity, provider, &link);
                self.write_line(position, line, true)
            }
            Err(error) if affects_every_row(&error) => {
                self.output.record_undone(position.row)?;
                self.stop(StopReason::Refused(error));
                Ok(())
            }
            Err(error) => {
                if let Change::Pause(wait) = change {
                    (self.on_event)(RunEvent::Paused {
                        wait,
                        error: &error,
                    });
                }
                if change == Change::GiveUp {
                    let seconds = self.options.give_up_after.as_secs_f64();
                    let resume = match self.output.is_resumable() {
                        true => "continue with `--resume` when it is back, or ",
                        false => "",
                    };
                    let hint = format!(
                        "the provider served no row for {seconds} s or asks for a longer wait: {resume}allow \
                         more time with `--give-up-after`"
                    );
                    self.stop(StopReason::GaveUp(error.clone().with_hint(hint)));
                }
                match self.requeue(row, &error, signal)? {
                    Some(row) => self.fail_row(&row, error),
                    None => Ok(()),
                }
            }
        }
    }

    /// Queues a row until the provider is back, or returns it if its failure is final.
    fn requeue(
        &mut self,
        mut row: ValidRow,
        error: &Error,
        signal: Option<Signal>,
    ) -> Result<Option<ValidRow>, BulkError> {
        if matches!(signal, None | Some(Signal::Up)) || !error.is_retryable() {
            return Ok(Some(row));
        }
        if error.kind() != Kind::RateLimited && self.served > row.served_before {
            row.failures_while_up += 1;
            row.served_before = self.served;
        }
        if row.failures_while_up >= MAX_FAILURES_WHILE_UP {
            return Ok(Some(row));
        }
        self.output.record_undone(row.position.row)?;
        self.waiting.push_back(row);
        Ok(None)
    }

    fn fail_row(&mut self, row: &ValidRow, error: Error) -> Result<(), BulkError> {
        self.counts.add_error(&error);
        let (position, provider) = (row.position, self.options.provider.info().id);
        let customer = Some(&row.request.fields().customer);
        let line =
            output_line::error_line(position, &row.identity, None, provider, customer, &error);
        self.write_line(position, line, false)?;
        self.stop_if_fail_fast(error);
        Ok(())
    }

    fn write_line(
        &mut self,
        position: RowPosition,
        line: LineBytes,
        has_link: bool,
    ) -> Result<(), BulkError> {
        let earlier = self.retries.remove(&position.row);
        if let Some(failure) = earlier {
            self.counts.remove_failure(failure);
        }
        self.output
            .put(position.row, line, has_link, earlier.is_some())?;
        let counts = &self.counts;
        (self.on_event)(RunEvent::RowDone { position, counts });
        Ok(())
    }

    /// Stops the run after a failed row if `fail_fast` is set.
    fn stop_if_fail_fast(&mut self, error: Error) {
        if self.options.fail_fast {
            self.stop(StopReason::FailFast(error));
        }
    }

    fn stop(&mut self, why: StopReason) {
        if self.stopped.is_none() {
            let in_flight = self.calls.len() as u64;
            (self.on_event)(RunEvent::Stopping {
                why: &why,
                in_flight,
            });
            self.stopped = Some(why);
        }
    }
}

/// Creates a link. If our own rate limit refuses the request, nothing was sent, so wait and repeat.
async fn create(provider: &dyn PortalProvider, request: &LinkRequest) -> Outcome {
    loop {
        match provider.create_link(request).await {
            Err(error) if is_local_rate_limit(&error) => {
                let wait = error.retry_after().unwrap_or_default();
                tokio::time::sleep(wait.clamp(MIN_RATE_LIMIT_WAIT, MAX_RATE_LIMIT_WAIT)).await;
            }
            outcome => return outcome,
        }
    }
}

/// The bounds of a row's wait if the rate limit's queue is too long.
const MIN_RATE_LIMIT_WAIT: Duration = Duration::from_millis(50);
const MAX_RATE_LIMIT_WAIT: Duration = Duration::from_secs(5);

fn is_local_rate_limit(error: &Error) -> bool {
    error.kind() == Kind::RateLimited
        && error.delivery() == Delivery::NotSent
        && error.attempts() == 0
}

fn reader_panicked() -> BulkError {
    BulkError::input(std::io::Error::other("the thread that reads it stopped"))
}

/// Returns whether every other row would fail with this error too.
fn affects_every_row(error: &Error) -> bool {
    matches!(
        error.kind(),
        Kind::Unauthenticated | Kind::Forbidden | Kind::Configuration
    )
}
