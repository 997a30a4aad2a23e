//! The jobs in the order in which they run: the quick ones first.

use std::fs;
use std::path::Path;

use super::counts::Counts;
use super::run::Run;
use super::{new_adapter, python};
use crate::error::Error;
use crate::instructions::Instructions;
use crate::portal::{self, Sandbox};
use crate::step::Step;
use crate::tidy;
use crate::tools::{self, OPENAPI, Tools};

/// Something that must pass.
pub(super) struct Job {
    pub(super) name: &'static str,
    /// What it checks.
    pub(super) about: &'static str,
    pub(super) run: fn(&mut Run<'_>) -> Result<(), Error>,
}

#[rustfmt::skip]
pub(super) const JOBS: &[Job] = &[
    Job { name: "fmt", about: "Every Rust file is formatted", run: fmt },
    Job { name: "tidy", about: "House rules: file sizes, circles, sockets, left-overs, documents", run: |run| tidy::check(run.root) },
    Job { name: "typos", about: "No misspelt words", run: |run| run.commands(
        "typos") },
    Job { name: "links", about: "Links in documents lead to a file and a heading of the repository", run: |run| run.commands(
        "rumdl check --no-cache --enable MD051,MD057") },
    Job { name: "deny", about: "Dependencies: direction, licences, bans and sources (offline)", run: deny },
    Job { name: "unused", about: "No unused dependency", run: |run| run.commands(
        "cargo-shear shear --locked") },
    // The workspace twice, then each crate by itself without features and with each feature alone: another
    // crate may enable a feature that a crate needs and does not ask for.
    Job { name: "clippy", about: "No warning of clippy, in any set of features", run: |run| run.commands("
        cargo clippy --workspace --all-targets --locked -- -D warnings
        cargo clippy --workspace --all-targets --locked --all-features -- -D warnings
        cargo-hack hack clippy --workspace --all-targets --locked --each-feature --exclude-all-features --exclude-features default -- -D warnings") },
    Job { name: "platforms", about: "The command builds for Windows and macOS, where their std is installed", run: platforms },
    Job { name: "test", about: "All Rust tests, by cargo-nextest", run: test },
    Job { name: "doctest", about: "The examples in the documentation, compiled and run", run: doctest },
    Job { name: "newcomer", about: "What `new-adapter` writes compiles, and fails only for the documentation", run: |run| new_adapter::check(run.root) },
    Job { name: "doc", about: "The documentation builds without a warning", run: |run| run.commands(
        "cargo --config=build.rustdocflags=['-Dwarnings'] doc --workspace --no-deps --all-features --locked") },
    Job { name: "fuzz", about: "Foreign input is read without a panic: each fuzz target, briefly", run: fuzz },
    Job { name: "instructions", about: "A call costs no more instructions than before, by valgrind", run: |run| Instructions::default().run(run.root) },
    Job { name: "openapi", about: "The sandbox answers as its OpenAPI documents say, by schemathesis", run: openapi },
    Job { name: "browser", about: "The pages in headless Chromium: flows, attacks, accessibility", run: browser },
    Job { name: "python", about: "The Python package: built, installed, tested, types checked", run: python::check },
];

/// The files of providers are modules of a macro, where `cargo fmt` does not look.
fn fmt(run: &mut Run<'_>) -> Result<(), Error> {
    let folder = "crates/portal/src/providers";
    let files = entries(&run.root.join(folder))?;
    let files = files.iter().map(|file| format!("{folder}/{file}"));
    let files = files.collect::<Vec<_>>().join(" ");
    run.commands(&format!(
        "cargo fmt --all --check
        cargo fmt --package portal -- --check {files}"
    ))
}

/// Licences and sources of the workspace, then the direction of dependencies: each file in `.config/deny`
/// says for which crates it is.
///
/// Advisories are left to `cargo xtask supply`: their database is a download, and news about a dependency
/// must not fail an unrelated change.
fn deny(run: &mut Run<'_>) -> Result<(), Error> {
    let deny = "cargo-deny deny --all-features --locked";
    let of = |name: &str| format!("--manifest-path crates/{name}/Cargo.toml --config .config/deny");
    let mut lines = format!(
        "{deny} --config .config/deny.toml check licenses bans sources
        {deny} --exclude-dev --config .config/deny/shipped.toml check bans
        {deny} {}/sandbox.toml check bans
        {deny} {}/pure.toml check bans\n",
        of("portal-sandbox"),
        of("portal-core"),
    );
    let crates = entries(&run.root.join("crates"))?;
    for name in crates.iter().filter(|name| name.starts_with("adapter-")) {
        lines += &format!("{deny} --exclude-dev {}/pure.toml check bans\n", of(name));
    }
    run.commands(&lines)
}

fn platforms(run: &mut Run<'_>) -> Result<(), Error> {
    for target in ["x86_64-pc-windows-gnu", "aarch64-apple-darwin"] {
        let check = format!("cargo check --package portal-cli --locked --target {target}");
        match tools::has_std(run.root, target)? {
            true => run.commands(&check)?,
            false => println!(
                "{target}: NOT checked, since its std is not installed; hint: `rustup target add {target}`"
            ),
        }
    }
    Ok(())
}

/// With a fixed seed: a failed job fails again, and a change does not fail by chance.
fn test(run: &mut Run<'_>) -> Result<(), Error> {
    let nextest = "cargo-nextest nextest run --workspace --all-features --locked --profile ci";
    let step = run.step(nextest)?.env("PROPTEST_RNG_SEED", "1");
    let report = run.root.join("target/nextest/ci/junit.xml");
    run.counts.add_report(step, &report)
}

fn doctest(run: &mut Run<'_>) -> Result<(), Error> {
    let line = "cargo test --doc --workspace --all-features --locked --no-fail-fast";
    let (text, result) = run.step(line)?.capture()?;
    print!("{text}");
    let counts = Counts::from_cargo_test(&text);
    run.counts.settle(result, counts, line)
}

/// Runs each fuzz target on its committed corpus and on a bounded number of inputs derived from it.
///
/// The seed is fixed, so that a failed job fails again. No sanitizer is used: our code is safe Rust, and
/// panics and broken promises show without one, with the stable compiler.
fn fuzz(run: &mut Run<'_>) -> Result<(), Error> {
    let options = "--fuzz-dir fuzz --target-dir target/fuzz --sanitizer none";
    run.commands(&format!(
        "cargo fmt --check --manifest-path fuzz/Cargo.toml
        cargo fetch --locked --manifest-path fuzz/Cargo.toml
        cargo-fuzz fuzz build {options}"
    ))?;
    for file in entries(&run.root.join("fuzz/targets"))? {
        let target = file.trim_end_matches(".rs");
        // New inputs stay out of the checkout.
        let found = format!("target/fuzz-corpus/{target}");
        let folder = run.root.join(&found);
        fs::create_dir_all(&folder).map_err(Error::file(&folder))?;
        let engine = "-runs=30000 -seed=1 -max_len=4096 -verbosity=0";
        let result = run.commands(&format!(
            "cargo-fuzz fuzz run {options} {target} {found} fuzz/corpus/{target} -- {engine}"
        ));
        let counts = Counts {
            passed: result.is_ok().into(),
            failed: result.is_err().into(),
            skipped: 0,
        };
        run.counts.settle(result, counts, target)?;
    }
    Ok(())
}

/// Calls the sandbox with what its documents allow and with what they forbid, with every check of schemathesis.
fn openapi(run: &mut Run<'_>) -> Result<(), Error> {
    let schemathesis = Tools::ready(run.root, OPENAPI)?.program("schemathesis");
    let portal = portal::build(run.root)?;
    let kwik = ("kwik", "--auth sandbox_key:sandbox_secret");
    let onlineapp = ("onlineapp", "--header x-api-key:sk_sandbox_onlineapp");
    let v3 = &["--onlineapp-dialect", "v3"][..];
    for ((name, credential), options) in [(kwik, &[][..]), (onlineapp, &[]), (onlineapp, v3)] {
        let sandbox = Sandbox::start(&portal, options)?;
        let document = format!("{}/openapi/{name}.json", sandbox.url);
        let phases = "--checks all --phases examples,coverage,fuzzing --max-examples 30";
        let fixed = "--seed 1 --generation-database none --no-color";
        let config = "--config-file ../../.config/schemathesis.toml";
        let words = format!("{config} run {document} {credential} {phases} {fixed}");
        // It creates a folder in its working directory, which must not be the checkout.
        Step::new(&schemathesis, &words, &run.root.join("target/tools")).run()?;
    }
    Ok(())
}

/// Runs every `*.test.mjs`, two files at a time: each starts its own sandbox and browser.
fn browser(run: &mut Run<'_>) -> Result<(), Error> {
    let report = run.root.join("target/browser-junit.xml");
    let portal = portal::build(run.root)?;
    let words = "--test --test-concurrency=2 --test-reporter=spec --test-reporter-destination=stdout --test-reporter=junit";
    let mut files = entries(&run.root.join(tools::BROWSER))?;
    files.retain(|file| file.ends_with(".test.mjs"));
    let step = tools::node(run.root, words, &portal)?
        .arg(format!("--test-reporter-destination={}", report.display()))
        .args(files);
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
