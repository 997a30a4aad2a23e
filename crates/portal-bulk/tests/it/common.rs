//! A test provider that records its calls, and the files and options of a test run.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use portal_bulk::{
    BulkError, Format, Input, InputOptions, RunFiles, RunFingerprint, RunOptions, StopRequest,
    Summary, run,
};
use portal_core::{
    Capabilities, CustomerId, Delivery, Error, Kind, LinkRequest, PortalLink, PortalProvider,
    PortalUrl, ProviderInfo, Result,
};
use serde_json::Value;
use tempfile::TempDir;
use tokio::sync::Notify;

static INFO: ProviderInfo = ProviderInfo::new(
    "acme",
    "Acme",
    "https://acme.example",
    Capabilities::with_every_option(),
);

/// A provider whose calls yield to the runtime as often as set; it can kill the run after some answers.
#[derive(Debug, Default)]
pub(crate) struct Acme {
    pub(crate) calls: Mutex<BTreeMap<String, usize>>,
    /// How often a call yields before it answers, by its number.
    pub(crate) yields: Vec<u8>,
    pub(crate) answers: Mutex<usize>,
    /// The run is killed after this many answers.
    pub(crate) last: Option<usize>,
    /// The customer whose call kills the run.
    pub(crate) fatal: Option<&'static str>,
    pub(crate) killed: Notify,
    /// Whether it accepts the key for customers named `key_…`.
    pub(crate) accepts_key: bool,
    /// Returns the error of a call, from the call's number and its customer.
    pub(crate) trouble: Option<fn(usize, &str) -> Option<Error>>,
    /// No call answers before this is set, as it is by the end of the input.
    pub(crate) waits_for: Option<Arc<AtomicBool>>,
}

impl Acme {
    pub(crate) fn calls(&self) -> BTreeMap<String, usize> {
        self.calls.lock().unwrap().clone()
    }

    /// Returns how many calls were made.
    pub(crate) fn call_count(&self) -> usize {
        self.calls.lock().unwrap().values().sum()
    }

    /// Counts an answer, and returns whether it kills the run.
    fn is_over(&self, id: &str) -> bool {
        let mut answers = self.answers.lock().unwrap();
        *answers += 1;
        self.fatal == Some(id) || self.last.is_some_and(|last| *answers > last)
    }
}

#[async_trait]
impl PortalProvider for Acme {
    fn info(&self) -> &'static ProviderInfo {
        &INFO
    }

    async fn create_link(&self, request: &LinkRequest) -> Result<PortalLink> {
        let customer = &request.fields().customer;
        let id = customer.id().map_or("", CustomerId::as_str).to_owned();
        *self.calls.lock().unwrap().entry(id.clone()).or_default() += 1;
        while self
            .waits_for
            .as_ref()
            .is_some_and(|flag| !flag.load(Ordering::Relaxed))
        {
            std::thread::yield_now();
        }
        let number: usize = id
            .split('_')
            .nth(1)
            .unwrap_or_default()
            .parse()
            .unwrap_or(0);
        let yields = self.yields.get(number % self.yields.len().max(1)).copied();
        for _ in 0..yields.unwrap_or_default() {
            tokio::task::yield_now().await;
        }
        if let Some(error) = self
            .trouble
            .and_then(|trouble| trouble(self.call_count(), &id))
        {
            return Err(error);
        }
        if self.is_over(&id) {
            self.killed.notify_one();
            std::future::pending::<()>().await;
        }
        let refused = |kind| {
            let error = Error::new(kind, Delivery::Refused, "no");
            Err(error.with_attempts(1).with_hint("fix it"))
        };
        match id.split('_').next() {
            Some("none") => return refused(Kind::NotFound),
            Some("broken") => return Err(unavailable(500)),
            Some("key") if !self.accepts_key => return refused(Kind::Unauthenticated),
            _ => {}
        }
        let base = "https://acme.example".parse().unwrap();
        let url = PortalUrl::from_answer(&format!("https://acme.example/p/{id}"), &base)?;
        Ok(PortalLink::new(url, customer.clone()))
    }
}

/// Returns the error of an answer with this status to a call that must not be repeated.
pub(crate) fn unavailable(status: u16) -> Error {
    let error = Error::new(Kind::Unavailable, Delivery::Unknown, "no");
    error
        .with_status(status.try_into().unwrap())
        .with_attempts(1)
}

/// The folder, the input and the options of a test run.
pub(crate) struct RunFixture {
    pub(crate) folder: TempDir,
    pub(crate) input: Vec<u8>,
    pub(crate) format: Format,
    /// How many rows are read.
    pub(crate) limit: Option<u64>,
    pub(crate) unordered: bool,
    pub(crate) concurrency: usize,
    pub(crate) fail_fast: bool,
    /// Whether a later run sends all failed rows again.
    pub(crate) retry_failed: bool,
    /// How long the last run took, by the runtime's clock: its timers take no real time.
    pub(crate) time: Cell<Duration>,
    /// Set when the input was read to its end.
    pub(crate) is_read: Arc<AtomicBool>,
}

impl RunFixture {
    /// Creates one with a row for each customer.
    pub(crate) fn for_customers<S: AsRef<str>>(customers: impl IntoIterator<Item = S>) -> Self {
        let rows = customers.into_iter().map(|id| format!("{}\n", id.as_ref()));
        Self::csv(&format!("customer_id\n{}", rows.collect::<String>()))
    }

    pub(crate) fn csv(text: &str) -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            input: text.as_bytes().to_vec(),
            format: Format::Csv,
            limit: None,
            unordered: false,
            concurrency: 4,
            fail_fast: false,
            retry_failed: false,
            time: Cell::default(),
            is_read: Arc::default(),
        }
    }

    pub(crate) fn path(&self, end: &str) -> PathBuf {
        self.folder.path().join(format!("links.jsonl{end}"))
    }

    pub(crate) fn fingerprint(&self) -> RunFingerprint {
        RunFingerprint::new(INFO.id, self.format, self.unordered, false, "target")
    }

    pub(crate) fn open_files(&self, resume: bool) -> std::result::Result<RunFiles, BulkError> {
        let open = match resume {
            true if self.retry_failed => RunFiles::retry_failed,
            true => RunFiles::resume,
            false => RunFiles::begin,
        };
        open(&self.path(""), &self.fingerprint())
    }

    /// Runs to the end. Returns no summary if the provider kills the run.
    pub(crate) fn run(
        &self,
        acme: &Acme,
        resume: bool,
    ) -> std::result::Result<Option<Summary>, BulkError> {
        let check = |request: &LinkRequest| INFO.capabilities.plan(request)?.validate().map(drop);
        let input = WatchedInput {
            text: std::io::Cursor::new(self.input.clone()),
            is_read: self.is_read.clone(),
        };
        let mut input_options = InputOptions::new(self.format);
        input_options.limit = self.limit;
        let input = Input::open(input, &input_options, check)?;
        let files = self.open_files(resume)?;
        let mut options = RunOptions::new(acme);
        options.concurrency = NonZeroUsize::new(self.concurrency).unwrap();
        options.fail_fast = self.fail_fast;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .unwrap();
        let mut on_event = |_: portal_bulk::RunEvent<'_>| {};
        runtime.block_on(async {
            let start = tokio::time::Instant::now();
            let summary = tokio::select! {
                biased;
                summary = run(&options, input, files, StopRequest::never(), &mut on_event) => summary.map(Some),
                () = acme.killed.notified() => Ok(None),
            };
            self.time.set(start.elapsed());
            summary
        })
    }

    pub(crate) fn finish(&self, acme: &Acme, resume: bool) -> Summary {
        self.run(acme, resume).unwrap().unwrap()
    }

    /// Returns the lines of the output.
    pub(crate) fn lines(&self) -> Vec<Value> {
        let text = fs::read_to_string(self.path("")).unwrap();
        assert!(text.is_empty() || text.ends_with('\n'));
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    /// Returns the row number of each output line.
    pub(crate) fn rows(&self) -> Vec<u64> {
        self.lines()
            .iter()
            .map(|line| line["row"].as_u64().unwrap())
            .collect()
    }

    pub(crate) fn ledger(&self) -> String {
        fs::read_to_string(self.path(".ledger")).unwrap()
    }
}

/// An input that sets a flag when it was read to its end.
struct WatchedInput {
    text: std::io::Cursor<Vec<u8>>,
    is_read: Arc<AtomicBool>,
}

impl Read for WatchedInput {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.text.read(buffer)?;
        let is_read = count == 0 && !buffer.is_empty();
        self.is_read.fetch_or(is_read, Ordering::Relaxed);
        Ok(count)
    }
}

/// Returns the ids `c_1`, `c_2` and so on.
pub(crate) fn customers(count: usize) -> Vec<String> {
    (1..=count).map(|number| format!("c_{number}")).collect()
}
