//! `cargo xtask wheels`: the Python package as it is released.
//!
//! maturin builds everything; home-made is only the list of platforms and the trial in an empty venv.

use std::fs;
use std::path::Path;

use clap::Args;

use crate::error::Error;
use crate::step::Step;
use crate::tools::{self, PROGRAMS, Tools, WHEELS};

const PACKAGE: &str = "bindings/portal-py";
const OUT: &str = "target/wheels/release";

/// Rust's name for a platform, and the oldest system that its wheel installs on.
const PLATFORMS: [(&str, &str); 4] = [
    ("x86_64-unknown-linux-gnu", "manylinux2014"),
    ("aarch64-unknown-linux-gnu", "manylinux2014"),
    ("x86_64-unknown-linux-musl", "musllinux_1_2"),
    ("aarch64-unknown-linux-musl", "musllinux_1_2"),
];

/// Build the Python package's source distribution and wheels, and test those that run here
///
/// They are left in `target/wheels/release`. zig links the wheels, also for other processors and C
/// libraries; each contains its bill of materials (CycloneDX, by maturin). A platform whose Rust
/// standard library is not installed is skipped, with the command that installs it. The source
/// distribution and this machine's wheel run the README's examples in an empty venv.
#[derive(Debug, Args)]
pub(crate) struct Wheels {}

impl Wheels {
    pub(crate) fn run(&self, root: &Path) -> Result<(), Error> {
        let venv = Tools::ready(root, WHEELS)?;
        let _ = fs::remove_dir_all(root.join(OUT));
        let maturin = |words: &str| {
            let words = format!("{words} --manifest-path={PACKAGE}/Cargo.toml --out {OUT}");
            // maturin searches for zig itself.
            Step::new(venv.program("maturin"), &words, root)
                .path(venv.programs())
                .run()
        };
        let host = Step::new("rustc", "--print host-tuple", root).output()?;
        let host = host.trim_end();
        let mut notes = Vec::new();
        maturin("sdist")?;
        // By its path: an index may know another package of that name.
        let version = env!("CARGO_PKG_VERSION");
        try_out(root, &format!("{OUT}/portal_py-{version}.tar.gz"))?;
        notes.push("source: built, installed and run".to_owned());
        for (target, tag) in PLATFORMS {
            if !tools::has_std(root, target)? {
                notes.push(format!(
                    "{target}: NOT built; hint: `rustup target add {target}`"
                ));
                continue;
            }
            maturin(&format!(
                "build --release --locked --zig --target {target} --compatibility {tag}"
            ))?;
            if target == host {
                try_out(
                    root,
                    &format!("--no-index --no-deps --find-links {OUT} portal-py"),
                )?;
                notes.push(format!("{target}: built, installed and run"));
            } else {
                notes.push(format!(
                    "{target}: built, NOT run, since this machine is {host}"
                ));
            }
        }
        println!("\n{}", notes.join("\n"));
        Ok(())
    }
}

/// Installs the package where nothing else is installed, and runs the README's examples.
fn try_out(root: &Path, package: &str) -> Result<(), Error> {
    let venv = "target/wheels/empty";
    Step::new(tools::python(), &format!("-m venv --clear {venv}"), root).run()?;
    let python = root.join(venv).join(PROGRAMS).join("python");
    // Without pip's cache, which may hold a wheel of the same version from an earlier source.
    let pip = "-m pip --disable-pip-version-check install --quiet --no-cache-dir";
    // In a target folder of pip's own: cargo compares times of files, and those of a source distribution
    // are old, so that it would reuse what it built from other sources.
    Step::new(&python, &format!("{pip} {package}"), root)
        .without("CARGO_TARGET_DIR")
        .run()?;
    // Isolated, so that nothing is imported from this checkout.
    Step::new(
        &python,
        &format!("-I {PACKAGE}/tests/readme.py {PACKAGE}/README.md"),
        root,
    )
    .run()
}
