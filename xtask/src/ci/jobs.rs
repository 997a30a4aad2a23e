//! The jobs in the order in which they run: the quick ones first.

use std::fs;
use std::path::Path;

use super::counts::Counts;
use super::run::Run;
use super::{new_adapter, python};
use crate::error::Error;
use crate::portal::{self, Sandbox};
use crate::step::Step;
use crate::tools::{self, OPENAPI, Tools};
use crate::{instructions, tidy};

/// Something that must pass.
pub(super) struct Job {
    pub(super) name: &'static str,
    /// What it checks.
    pub(super) about: &'static str,
    pub(super) run: fn(&mut Run<'_>) -> Result<(), Error>,
}

#[rustfmt::skip]
pub(super) const JOBS: &[Job] = &[
    Job { name: "fmt", about: "Every Rust file is formatted", run: |run| run.cargo("fmt --all --check") },
    Job { name: "tidy", about: "House rules: file sizes, circles, sockets, left-overs, documents", run: |run| tidy::check(run.root) },
    Job { name: "typos", about: "No misspelt words", run: |run| run.tool("typos", "")?.run() },
    Job { name: "deny", about: "Dependencies: direction, licences, bans and sources (offline)", run: deny },
    Job { name: "unused", about: "No unused dependency", run: |run| run.tool("cargo-shear", "shear --locked")?.run() },
    Job { name: "clippy", about: "No warning of clippy, in any set of features", run: clippy },
    Job { name: "platforms", about: "The command builds for Windows and macOS, where their std is installed", run: platforms },
    Job { name: "test", about: "All Rust tests, by cargo-nextest", run: test },
    Job { name: "doctest", about: "The examples in the documentation, compiled and run", run: doctest },
    Job { name: "newcomer", about: "What `new-adapter` writes compiles, and fails only for the documentation", run: |run| new_adapter::check(run.root) },
    Job { name: "doc", about: "The documentation builds without a warning", run: doc },
    Job { name: "fuzz", about: "Foreign input is read without a panic: each fuzz target, briefly", run: fuzz },
    Job { name: "instructions", about: "A call costs no more instructions than before, by valgrind", run: |run| instructions::check(run.root) },
    Job { name: "openapi", about: "The sandbox answers as its OpenAPI documents say, by schemathesis", run: openapi },
    Job { name: "browser", about: "The pages in headless Chromium: flows, attacks, accessibility", run: browser },
    Job { name: "python", about: "The Python package: built, installed, tested, types checked", run: python::check },
];

/// Licences and sources of the workspace, then the direction of dependencies: `.config/deny` says which crate
/// may depend on which, and each file there is for the crates that are checked with it.
///
/// Advisories are left to `cargo xtask supply`: their database is a download, and news about a dependency
/// must not fail an unrelated change.
fn deny(run: &mut Run<'_>) -> Result<(), Error> {
    let deny = |words: &str| {
        run.tool(
            "cargo-deny",
            &format!("deny --all-features --locked {words}"),
        )?
        .run()
    };
    deny("--config .config/deny.toml check licenses bans sources")?;
    deny("--exclude-dev --config .config/deny/shipped.toml check bans")?;
    deny(
        "--manifest-path crates/portal-sandbox/Cargo.toml --config .config/deny/sandbox.toml check bans",
    )?;
    deny(
        "--manifest-path crates/portal-core/Cargo.toml --config .config/deny/pure.toml check bans",
    )?;
    for name in entries(&run.root.join("crates"))? {
        if name.starts_with("adapter-") {
            deny(&format!(
                "--manifest-path crates/{name}/Cargo.toml --exclude-dev --config .config/deny/pure.toml check bans"
            ))?;
        }
    }
    Ok(())
}

/// Checks the workspace twice, then each crate by itself without features and with each feature alone:
/// another crate may enable a feature that a crate needs and does not ask for.
fn clippy(run: &mut Run<'_>) -> Result<(), Error> {
    let all = "clippy --workspace --all-targets --locked";
    run.cargo(&format!("{all} -- -D warnings"))?;
    run.cargo(&format!("{all} --all-features -- -D warnings"))?;
    let each = "--each-feature --exclude-all-features --exclude-features default";
    run.tool("cargo-hack", &format!("hack {all} {each} -- -D warnings"))?
        .run()
}

fn platforms(run: &mut Run<'_>) -> Result<(), Error> {
    for target in ["x86_64-pc-windows-gnu", "aarch64-apple-darwin"] {
        let words = format!("--print target-libdir --target {target}");
        let folder = Step::line("rustc", &words, run.root).output()?;
        match Path::new(folder.trim_end()).is_dir() {
            true => run.cargo(&format!(
                "check --package portal-cli --locked --target {target}"
            ))?,
            false => println!(
                "{target}: NOT checked, its std is not installed; hint: `rustup target add {target}`, and a C compiler for it"
            ),
        }
    }
    Ok(())
}

fn test(run: &mut Run<'_>) -> Result<(), Error> {
    let words = "nextest run --workspace --all-features --locked --profile ci";
    // A fixed seed: a failed job fails again, and a change does not fail by chance.
    let step = run
        .tool("cargo-nextest", words)?
        .env("PROPTEST_RNG_SEED", "1");
    run.counts
        .add_report(step, &run.root.join("target/nextest/ci/junit.xml"))
}

fn doctest(run: &mut Run<'_>) -> Result<(), Error> {
    let words = [
        "test",
        "--doc",
        "--workspace",
        "--all-features",
        "--locked",
        "--no-fail-fast",
    ];
    let (text, result) = Step::cargo(&words, run.root).capture()?;
    print!("{text}");
    run.counts
        .settle(result, Counts::from_cargo_test(&text), "cargo test --doc")
}

fn doc(run: &mut Run<'_>) -> Result<(), Error> {
    let words = [
        "doc",
        "--workspace",
        "--no-deps",
        "--all-features",
        "--locked",
    ];
    Step::cargo(&words, run.root)
        .env("RUSTDOCFLAGS", "-D warnings")
        .run()
}

/// Runs each fuzz target on its committed corpus and on a bounded number of inputs derived from it.
///
/// The seed is fixed, so that a failed job fails again. No sanitizer is used: our code is safe Rust, and
/// panics and broken promises show without one, with the stable compiler.
fn fuzz(run: &mut Run<'_>) -> Result<(), Error> {
    run.cargo("fmt --check --manifest-path fuzz/Cargo.toml")?;
    run.cargo("fetch --locked --manifest-path fuzz/Cargo.toml")?;
    let common = "--fuzz-dir fuzz --target-dir target/fuzz --sanitizer none";
    run.tool("cargo-fuzz", &format!("fuzz build {common}"))?
        .run()?;
    for file in entries(&run.root.join("fuzz/targets"))? {
        let Some(target) = file.strip_suffix(".rs") else {
            continue;
        };
        // New inputs stay out of the checkout.
        let found = format!("target/fuzz-corpus/{target}");
        let folder = run.root.join(&found);
        fs::create_dir_all(&folder).map_err(Error::file(&folder))?;
        let engine = "-runs=30000 -seed=1 -max_len=4096 -verbosity=0";
        let words = format!("fuzz run {common} {target} {found} fuzz/corpus/{target} -- {engine}");
        let result = run.tool("cargo-fuzz", &words)?.run();
        let (passed, failed) = (result.is_ok().into(), result.is_err().into());
        run.counts.settle(
            result,
            Counts {
                passed,
                failed,
                skipped: 0,
            },
            target,
        )?;
    }
    Ok(())
}

/// Calls the sandbox with what its documents allow and with what they forbid, with every check of schemathesis.
fn openapi(run: &mut Run<'_>) -> Result<(), Error> {
    let schemathesis = Tools::ready(run.root, OPENAPI)?.program("schemathesis");
    let portal = portal::build(run.root)?;
    for (name, credential, options) in [
        ("kwik", "--auth sandbox_key:sandbox_secret", &[][..]),
        ("onlineapp", "--header x-api-key:sk_sandbox_onlineapp", &[]),
        (
            "onlineapp",
            "--header x-api-key:sk_sandbox_onlineapp",
            &["--onlineapp-dialect", "v3"],
        ),
    ] {
        let sandbox = Sandbox::start(&portal, options)?;
        let document = format!("{}/openapi/{name}.json", sandbox.url);
        let phases = "--checks all --phases examples,coverage,fuzzing --max-examples 30";
        let fixed = "--seed 1 --generation-database none --no-color";
        let words = format!("run {document} {credential} {phases} {fixed}");
        // It creates a folder in its working directory, which must not be the checkout.
        Step::line(&schemathesis, &words, &run.root.join("target/tools")).run()?;
    }
    Ok(())
}

/// Runs every `*.test.mjs`, two files at a time: each starts its own sandbox and browser.
fn browser(run: &mut Run<'_>) -> Result<(), Error> {
    let report = run.root.join("target/browser-junit.xml");
    let portal = portal::build(run.root)?;
    let words = "--test --test-concurrency=2 --test-reporter=spec --test-reporter-destination=stdout --test-reporter=junit";
    let mut step = tools::node(run.root, words, &portal)?
        .arg(format!("--test-reporter-destination={}", report.display()));
    for file in entries(&run.root.join(tools::BROWSER))? {
        if file.ends_with(".test.mjs") {
            step = step.arg(file);
        }
    }
    run.counts.add_report(step, &report)
}

/// The names in a folder, sorted.
fn entries(folder: &Path) -> Result<Vec<String>, Error> {
    let entries = fs::read_dir(folder).map_err(Error::file(folder))?;
    let mut names: Vec<_> = entries
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .collect();
    names.sort();
    Ok(names)
}
