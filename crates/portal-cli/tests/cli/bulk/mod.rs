//! `portal bulk`.

mod dialects;
mod files;
mod interrupt;
mod kill;
mod outages;
#[cfg(unix)]
mod progress;
mod retries;
mod rows;

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use crate::common::{Run, Sandbox, get, portal, post};

/// A folder with an input, and a sandbox that creates its links.
struct BulkFixture {
    sandbox: Sandbox,
    folder: TempDir,
    provider: &'static str,
}

impl BulkFixture {
    fn new(provider: &'static str, input: &str) -> Self {
        let fixture = Self {
            sandbox: Sandbox::start(),
            folder: tempfile::tempdir().unwrap(),
            provider,
        };
        fs::write(fixture.path("in.csv"), input).unwrap();
        fixture
    }

    /// Creates one with rows for Kwik, which differ in their page title.
    fn kwik(rows: usize) -> Self {
        let mut input = "customer_id,subscription_id,page_title\n".to_owned();
        for row in 1..=rows {
            writeln!(input, "cus_demo_active,sub_demo_active,row {row}").unwrap();
        }
        Self::new("kwik", &input)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Returns the command from `in.csv` to `out.jsonl`.
    fn bulk(&self, flags: &[&str]) -> Command {
        let mut command = self.sandbox.portal(&["bulk", self.provider]);
        command.args(["--input", "in.csv", "--output", "out.jsonl"]);
        command.args(flags).current_dir(self.folder.path());
        command
    }

    fn run(&self, flags: &[&str]) -> Run {
        Run::of(&mut self.bulk(flags))
    }

    /// Runs the same for Kwik with a server and a secret from the environment, not with `--sandbox`.
    fn run_without_sandbox_flag(&self, url: &str, secret: &str, flags: &[&str]) -> Run {
        let mut command = portal();
        command
            .args(["bulk", "kwik", "--input", "in.csv", "--output", "out.jsonl"])
            .args(flags)
            .current_dir(self.folder.path())
            .env("KWIK_API_KEY", "sandbox_key")
            .env("KWIK_API_SECRET", secret)
            .env("KWIK_BASE_URL", format!("{url}/2.0/"));
        Run::of(&mut command)
    }

    fn lines(&self) -> Vec<Value> {
        let text = fs::read_to_string(self.path("out.jsonl")).unwrap();
        assert!(text.is_empty() || text.ends_with('\n'));
        let lines = text.lines().map(|line| serde_json::from_str(line).unwrap());
        lines.collect()
    }

    fn rows(&self) -> Vec<u64> {
        let lines = self.lines();
        lines
            .iter()
            .map(|line| line["row"].as_u64().unwrap())
            .collect()
    }

    /// Sets faults or a rate limit in the sandbox.
    fn set(&self, what: &str, body: &Value) {
        let url = format!("{}/_sandbox/{what}", self.sandbox.url);
        let (status, answer) = post(&url, &body.to_string());
        assert_eq!(status, 200, "{answer}");
    }

    /// Returns the state of the sandbox.
    fn state(&self) -> Value {
        let (status, body) = get(&format!("{}/_sandbox/state", self.sandbox.url));
        assert_eq!(status, 200);
        serde_json::from_str(&body).unwrap()
    }
}

/// Returns the summary on stdout of any run.
fn summary(run: &Run) -> Value {
    serde_json::from_str(&run.stdout).unwrap_or_else(|_| panic!("{}", run.stderr))
}
