use std::future::Future;
use std::io::Read;
use std::num::NonZeroUsize;
use std::pin::Pin;
use std::time::Duration;

use futures_util::stream::{FuturesUnordered, StreamExt};
use portal_core::{Delivery, Error, Kind, LinkRequest, PortalLink, PortalProvider};
use tokio::sync::mpsc::Receiver;
use tokio::task::JoinHandle;

use crate::chain::Mark;
use crate::source::{self, Next, Skip};
use crate::summary::{Stopped, Summary, Tally};
use crate::{Failure, Input, Journal, Place, Row, Stop, line};

/// How often the output is made safe from a loss of power.
const SAFE_EVERY: Duration = Duration::from_secs(1);

/// What to do with rows, and with whom.
#[derive(Clone, Copy, Debug)]
pub struct Job<'a> {
    /// Who makes the links.
    pub provider: &'a dyn PortalProvider,
    /// How many rows may be in flight.
    pub concurrency: NonZeroUsize,
    /// Whether the first row that fails is the last to be begun.
    pub fail_fast: bool,
}

impl<'a> Job<'a> {
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
pub enum Event<'a> {
    /// A row has its line.
    Done {
        /// The row.
        place: Place,
        /// What has become of all rows so far.
        tally: &'a Tally,
    },
    /// A row could not be asked for, and got its line without anything sent.
    Bad {
        /// The row.
        place: Place,
        /// What is wrong with it.
        bad: &'a crate::Bad,
    },
    /// No more rows begin; those in flight are waited for.
    Stopping {
        /// Why.
        why: &'a Stopped,
        /// How many are in flight.
        in_flight: u64,
    },
}

type Call<'a> = Pin<Box<dyn Future<Output = (Place, LinkRequest, Outcome)> + 'a>>;
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
    job: &Job<'_>,
    input: Input<R>,
    mut journal: Journal,
    stop: Stop,
    tell: &mut dyn FnMut(Event<'_>),
) -> Result<Summary, Failure> {
    let resumed = journal.done();
    let skip = Skip {
        done: journal.past.done.clone(),
        begun: journal.past.begun,
        mark: journal.past.mark,
    };
    let mut bench = Bench {
        job,
        tally: std::mem::take(&mut journal.past.tally),
        journal,
        calls: FuturesUnordered::new(),
        repeated: 0,
        stopped: None,
        tell,
    };
    bench.work(source::start(input, skip), stop).await?;
    let in_flight = bench.calls.len() as u64;
    drop(bench.calls);
    let mut journal = bench.journal;
    let held = journal.output.waiting();
    let path = journal.path.clone();
    let (lines, bytes) = (journal.output.lines, journal.output.bytes);
    let file = &journal.output.file;
    file.sync_data()
        .and_then(|()| journal.ledger.output_is_safe(lines, bytes))
        .and_then(|()| journal.ledger.sync())
        .map_err(Failure::file(&path, "written"))?;
    journal.close()?;
    Ok(Summary {
        tally: bench.tally,
        resumed,
        repeated: bench.repeated,
        in_flight,
        held,
        stopped: bench.stopped,
    })
}

struct Bench<'a, 'b> {
    job: &'a Job<'b>,
    journal: Journal,
    calls: FuturesUnordered<Call<'a>>,
    tally: Tally,
    repeated: u64,
    stopped: Option<Stopped>,
    tell: &'a mut dyn FnMut(Event<'_>),
}

impl Bench<'_, '_> {
    async fn work(&mut self, mut rows: Receiver<Next>, mut stop: Stop) -> Result<(), Failure> {
        let mut again = stop.clone();
        let mut ended = false;
        let mut clock = tokio::time::interval(SAFE_EVERY);
        let mut saving: Option<Saving> = None;
        let mut saved = self.journal.output.bytes;
        loop {
            let takes = !ended && self.stopped.is_none();
            if !takes && self.calls.is_empty() {
                break;
            }
            let room = self.calls.len() < self.job.concurrency.get()
                && (self.journal.output.has_room() || self.calls.is_empty());
            tokio::select! {
                biased;
                () = again.asked(2) => {
                    self.stop(Stopped::Interrupted);
                    break;
                }
                () = stop.asked(1), if takes => self.stop(Stopped::Interrupted),
                done = async { saving.as_mut().expect("there is one").await }, if saving.is_some() => {
                    saving = None;
                    self.saved(done)?;
                }
                _ = clock.tick(), if saving.is_none() && saved < self.journal.output.bytes => {
                    let (lines, bytes) = (self.journal.output.lines, self.journal.output.bytes);
                    let path = &self.journal.path;
                    let file = self.journal.output.file.try_clone();
                    let file = file.map_err(Failure::file(path, "written"))?;
                    saved = bytes;
                    saving = Some(tokio::task::spawn_blocking(move || {
                        file.sync_data().map(|()| (lines, bytes))
                    }));
                }
                Some((place, request, outcome)) = self.calls.next() => {
                    self.finish(place, &request, outcome)?;
                }
                next = rows.recv(), if takes && room => match next {
                    None => return Err(broken_off()),
                    Some(Next::End(Ok(()))) => ended = true,
                    Some(Next::Row(row)) => self.begin(*row)?,
                    Some(Next::Known(row, mark)) => self.note(row, mark)?,
                    Some(Next::End(Err(Failure::Refused(error)))) => self.stop(Stopped::Input(error)),
                    Some(Next::End(Err(failure))) => return Err(failure),
                },
            }
        }
        // A write under way belongs to this run, and holds its files' lock.
        match saving {
            Some(saving) => self.saved(saving.await),
            None => Ok(()),
        }
    }

    fn begin(&mut self, row: Row) -> Result<(), Failure> {
        self.repeated += u64::from(self.journal.past.was_in_flight(row.place.row));
        self.note(row.place.row, row.mark)?;
        let provider = self.job.provider;
        let place = row.place;
        match row.request {
            Ok(request) => self.calls.push(Box::pin(async move {
                let outcome = create(provider, &request).await;
                (place, request, outcome)
            })),
            Err(bad) => {
                (self.tell)(Event::Bad { place, bad: &bad });
                let id = provider.info().id;
                let line = line::failed(place, bad.column, id, None, &bad.error);
                self.tally.failure(&bad.error);
                self.put(place, line)?;
                self.after(bad.error);
            }
        }
        Ok(())
    }

    fn note(&mut self, row: u64, mark: Mark) -> Result<(), Failure> {
        let noted = self.journal.ledger.row_begins(row, mark);
        noted.map_err(Failure::file(&self.journal.path, "noted in its ledger"))
    }

    fn finish(
        &mut self,
        place: Place,
        request: &LinkRequest,
        outcome: Outcome,
    ) -> Result<(), Failure> {
        let provider = self.job.provider.info().id;
        match outcome {
            Ok(link) => {
                self.tally.links += 1;
                self.put(place, line::made(place, provider, &link))
            }
            Err(error) if is_about_all(&error) => {
                let undone = self.journal.ledger.row_is_undone(place.row);
                undone.map_err(Failure::file(&self.journal.path, "noted in its ledger"))?;
                self.stop(Stopped::Refused(error));
                Ok(())
            }
            Err(error) => {
                self.tally.failure(&error);
                let customer = Some(&request.fields().customer);
                self.put(place, line::failed(place, None, provider, customer, &error))?;
                self.after(error);
                Ok(())
            }
        }
    }

    fn put(&mut self, place: Place, line: line::Bytes) -> Result<(), Failure> {
        let put = self.journal.output.put(place.row, line);
        put.map_err(Failure::file(&self.journal.path, "written"))?;
        let tally = &self.tally;
        (self.tell)(Event::Done { place, tally });
        Ok(())
    }

    /// Ends the run after a failed row, where that is wanted.
    fn after(&mut self, error: Error) {
        if self.job.fail_fast {
            self.stop(Stopped::FailFast(error));
        }
    }

    fn stop(&mut self, why: Stopped) {
        if self.stopped.is_none() {
            let in_flight = self.calls.len() as u64;
            (self.tell)(Event::Stopping {
                why: &why,
                in_flight,
            });
            self.stopped = Some(why);
        }
    }

    fn saved(&mut self, done: Saved) -> Result<(), Failure> {
        let noted = done
            .map_err(std::io::Error::other)
            .flatten()
            .and_then(|(lines, bytes)| self.journal.ledger.output_is_safe(lines, bytes));
        noted.map_err(Failure::file(&self.journal.path, "written"))
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

fn broken_off() -> Failure {
    Failure::input(std::io::Error::other("its reader broke off"))
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
