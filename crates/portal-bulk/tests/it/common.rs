//! A provider whose calls take turns, and an account of what it was asked.

use std::collections::BTreeMap;
use std::fs;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Mutex;

use async_trait::async_trait;
use portal_bulk::{
    BulkError, Format, Input, RunFiles, RunFingerprint, RunOptions, StopRequest, Summary, run,
};
use portal_core::{
    Capabilities, CustomerId, Delivery, Error, Kind, LinkRequest, PortalLink, PortalProvider,
    PortalUrl, ProviderInfo, Result,
};
use serde_json::Value;
use tempfile::TempDir;
use tokio::sync::Notify;

static INFO: ProviderInfo = ProviderInfo {
    id: "acme",
    name: "Acme",
    default_base_url: "https://acme.example",
    capabilities: Capabilities::with_every_option(),
    rate_limit: None,
};

/// Answers after as many turns as it is told, and may end the run after so many answers.
#[derive(Debug, Default)]
pub(crate) struct Acme {
    pub(crate) calls: Mutex<BTreeMap<String, usize>>,
    /// How many turns a call takes, by its number.
    pub(crate) turns: Vec<u8>,
    pub(crate) answers: Mutex<usize>,
    /// After how many answers the run is to be killed.
    pub(crate) last: Option<usize>,
    /// Whose call kills the run.
    pub(crate) fatal: Option<&'static str>,
    pub(crate) killed: Notify,
    /// Whether it knows the key that `key_…` is asked with.
    pub(crate) knows_key: bool,
}

impl Acme {
    pub(crate) fn calls(&self) -> BTreeMap<String, usize> {
        self.calls.lock().unwrap().clone()
    }

    /// Counts an answer, and says whether the run has had its last one.
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
        let number: usize = id
            .split('_')
            .nth(1)
            .unwrap_or_default()
            .parse()
            .unwrap_or(0);
        let turns = self.turns.get(number % self.turns.len().max(1)).copied();
        for _ in 0..turns.unwrap_or_default() {
            tokio::task::yield_now().await;
        }
        if self.is_over(&id) {
            self.killed.notify_one();
            std::future::pending::<()>().await;
        }
        let refused = |kind| {
            let error = Error::new(kind, Delivery::Refused, "no");
            Err(error.with_attempts(1).with_hint("mend it"))
        };
        match id.split('_').next() {
            Some("none") => return refused(Kind::NotFound),
            Some("down") => return refused(Kind::Unavailable),
            Some("key") if !self.knows_key => return refused(Kind::Unauthenticated),
            _ => {}
        }
        let base = "https://acme.example".parse().unwrap();
        let url = PortalUrl::from_answer(&format!("https://acme.example/p/{id}"), &base)?;
        Ok(PortalLink::new(url, customer.clone()))
    }
}

/// A run's folder, and how its runs are made.
pub(crate) struct Desk {
    pub(crate) folder: TempDir,
    pub(crate) input: Vec<u8>,
    pub(crate) format: Format,
    pub(crate) unordered: bool,
    pub(crate) concurrency: usize,
    pub(crate) fail_fast: bool,
}

impl Desk {
    /// One whose rows ask for these customers.
    pub(crate) fn of<S: AsRef<str>>(customers: impl IntoIterator<Item = S>) -> Self {
        let rows = customers.into_iter().map(|id| format!("{}\n", id.as_ref()));
        Self::csv(&format!("customer_id\n{}", rows.collect::<String>()))
    }

    pub(crate) fn csv(text: &str) -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            input: text.as_bytes().to_vec(),
            format: Format::Csv,
            unordered: false,
            concurrency: 4,
            fail_fast: false,
        }
    }

    pub(crate) fn path(&self, end: &str) -> PathBuf {
        self.folder.path().join(format!("links.jsonl{end}"))
    }

    pub(crate) fn fingerprint(&self) -> RunFingerprint {
        RunFingerprint::new(INFO.id, self.format, self.unordered, false, "target")
    }

    pub(crate) fn journal(&self, resume: bool) -> std::result::Result<RunFiles, BulkError> {
        match resume {
            true => RunFiles::resume(&self.path(""), &self.fingerprint()),
            false => RunFiles::begin(&self.path(""), &self.fingerprint()),
        }
    }

    /// Runs to the end, or until the provider kills it: then there is no summary.
    pub(crate) fn run(
        &self,
        acme: &Acme,
        resume: bool,
    ) -> std::result::Result<Option<Summary>, BulkError> {
        let check = |request: &LinkRequest| INFO.capabilities.plan(request)?.validate().map(drop);
        let input = std::io::Cursor::new(self.input.clone());
        let input = Input::open(input, self.format, false, check)?;
        let journal = self.journal(resume)?;
        let job = RunOptions {
            provider: acme,
            concurrency: NonZeroUsize::new(self.concurrency).unwrap(),
            fail_fast: self.fail_fast,
        };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .unwrap();
        let mut tell = |_: portal_bulk::RunEvent<'_>| {};
        runtime.block_on(async {
            tokio::select! {
                biased;
                summary = run(&job, input, journal, StopRequest::never(), &mut tell) => summary.map(Some),
                () = acme.killed.notified() => Ok(None),
            }
        })
    }

    pub(crate) fn finish(&self, acme: &Acme, resume: bool) -> Summary {
        self.run(acme, resume).unwrap().unwrap()
    }

    /// The lines of the output.
    pub(crate) fn lines(&self) -> Vec<Value> {
        let text = fs::read_to_string(self.path("")).unwrap();
        assert!(text.is_empty() || text.ends_with('\n'));
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    /// The rows that the output's lines are about.
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

/// Customers whose calls are told apart: `c_1` and on.
pub(crate) fn customers(count: usize) -> Vec<String> {
    (1..=count).map(|number| format!("c_{number}")).collect()
}
