use std::fmt;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::subjects::CURL;
use crate::error::Error;
use crate::step::Step;

/// What figures depend on: the machine, and the versions of what is compared.
#[derive(Debug)]
pub(super) struct Machine {
    processor: String,
    cores: usize,
    kernel: String,
    rustc: String,
    /// Nothing where there is none.
    curl: String,
    /// Python's own and its packages', by name.
    python: Value,
}

impl Machine {
    pub(super) fn look(root: &Path, python: &Path, cores: usize) -> Result<Self, Error> {
        let worker = "crates/portal-bench/python/worker.py";
        let versions = said(Step::new(python, &["-I", worker, "versions"], root))?;
        let curl = said(Step::new(CURL, &["--version"], root)).unwrap_or_default();
        let read = |path| fs::read_to_string(path).unwrap_or_default();
        let cpus = read("/proc/cpuinfo");
        let model = cpus
            .lines()
            .find_map(|line| line.strip_prefix("model name"));
        Ok(Self {
            processor: model
                .map_or("unknown", |model| {
                    model.trim_start_matches(['\t', ' ', ':'])
                })
                .to_owned(),
            cores,
            kernel: read("/proc/sys/kernel/osrelease").trim().to_owned(),
            rustc: said(Step::new("rustc", &["--version"], root))?,
            curl: curl.split(" (").next().unwrap_or_default().to_owned(),
            python: serde_json::from_str(&versions).unwrap_or_default(),
        })
    }

    pub(super) fn json(&self) -> Value {
        json!({
            "processor": self.processor, "cores": self.cores, "kernel": self.kernel,
            "rustc": self.rustc, "curl": self.curl, "python": self.python,
        })
    }
}

impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            processor,
            cores,
            kernel,
            rustc,
            curl,
            ..
        } = self;
        write!(
            f,
            "{processor}, {cores} cores, Linux {kernel}; {rustc}, {curl}"
        )?;
        for (name, version) in self.python.as_object().into_iter().flatten() {
            write!(f, ", {name} {}", version.as_str().unwrap_or_default())?;
        }
        Ok(())
    }
}

fn said(step: Step) -> Result<String, Error> {
    Ok(step.output()?.lines().collect())
}
