//! `cargo xtask wheels`: the Python package as it is released, and what of it was seen to run.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;

use crate::error::Error;
use crate::step::Step;
use crate::tools::{self, Tools, WHEELS};

const PACKAGE: &str = "bindings/portal-py";
const OUT: &str = "target/wheels/release";
/// A Python that has nothing but what is tried.
const EMPTY: &str = "target/wheels/empty";

/// What wheels are made for: Rust's name of it, and the oldest system that takes them.
const PLATFORMS: [Platform; 4] = [
    Platform::new("x86_64-unknown-linux-gnu", "manylinux2014"),
    Platform::new("aarch64-unknown-linux-gnu", "manylinux2014"),
    Platform::new("x86_64-unknown-linux-musl", "musllinux_1_2"),
    Platform::new("aarch64-unknown-linux-musl", "musllinux_1_2"),
];

/// Build the Python package's source distribution and wheels, and try those that run here
///
/// Wheels are linked by zig, for other processors and C libraries too. Each is reported as built, as
/// installed in an empty venv and run, or as neither, with the reason. Red where something that can be
/// built from here does not build, and where what runs here does not run.
#[derive(Debug, Args)]
pub(crate) struct Wheels {}

impl Wheels {
    /// Builds all into `target/wheels/release`, and prints what became of each.
    pub(crate) fn run(&self, root: &Path) -> Result<(), Error> {
        let tools = Tools::ready(root, WHEELS)?;
        let host = rustc(root, &["--print", "host-tuple"])?;
        let out = root.join(OUT);
        if out.exists() {
            fs::remove_dir_all(&out).map_err(Error::file(&out))?;
        }
        let mut made = Vec::new();
        let mut note = |name: String, outcome: Outcome| {
            println!("== {name}: {outcome}\n");
            made.push((name, outcome));
        };
        note("source".to_owned(), source(root, &tools));
        for platform in &PLATFORMS {
            note(platform.to_string(), platform.wheel(root, &tools, &host));
        }
        for (name, outcome) in &made {
            println!("{name:24} {outcome}");
        }
        let is_tried = |platform: &Platform| platform.target == host;
        if !PLATFORMS.iter().any(is_tried) {
            println!("no wheel of these is for this machine, {host}: none was run");
        }
        let failed = made
            .iter()
            .filter(|(_, outcome)| matches!(outcome, Outcome::Failed(_)));
        match failed.count() {
            0 => Ok(()),
            count => Err(Error::Untidy(format!("{count} of {} failed", made.len()))),
        }
    }
}

/// What wheels are made for.
#[derive(Debug)]
struct Platform {
    target: &'static str,
    tag: &'static str,
}

/// What became of a distribution.
#[derive(Debug)]
enum Outcome {
    Ran(PathBuf),
    NotRun(PathBuf, String),
    NotBuilt(String),
    Failed(Error),
}

impl Platform {
    const fn new(target: &'static str, tag: &'static str) -> Self {
        Self { target, tag }
    }

    fn wheel(&self, root: &Path, tools: &Tools, host: &str) -> Outcome {
        match self.has_std(root) {
            Ok(true) => {}
            Ok(false) => {
                let target = self.target;
                return Outcome::NotBuilt(format!(
                    "Rust's standard library for it is not here; hint: `rustup target add {target}`"
                ));
            }
            Err(error) => return Outcome::Failed(error),
        }
        let for_target = ["--target", self.target, "--compatibility", self.tag];
        let build = ["build", "--release", "--zig"];
        let wheel = match maturin(root, tools, &[&build[..], &for_target].concat(), ".whl") {
            Ok(wheel) => wheel,
            Err(error) => return Outcome::Failed(error),
        };
        match self.runs_on(host) {
            Ok(()) => try_out(root, wheel, &["--no-index", "--no-deps"]),
            Err(why) => Outcome::NotRun(wheel, why),
        }
    }

    /// Nothing is installed for the sake of it: the toolchain is the user's.
    fn has_std(&self, root: &Path) -> Result<bool, Error> {
        let asked = ["--print", "target-libdir", "--target", self.target];
        Ok(Path::new(&rustc(root, &asked)?).is_dir())
    }

    /// Says why this machine's Python cannot load it, if that is so.
    fn runs_on(&self, host: &str) -> Result<(), String> {
        match self.target == host {
            true => Ok(()),
            false => Err(format!("this machine is {host}")),
        }
    }
}

/// Builds what is built from source, and installs it as its users do: maturin comes from the index.
fn source(root: &Path, tools: &Tools) -> Outcome {
    match maturin(root, tools, &["sdist"], ".tar.gz") {
        Ok(archive) => try_out(root, archive, &[]),
        Err(error) => Outcome::Failed(error),
    }
}

/// Runs maturin, and finds what it made by the end of its name.
fn maturin(root: &Path, tools: &Tools, verb: &[&str], end: &str) -> Result<PathBuf, Error> {
    let before = made(root, end)?;
    let manifest = format!("--manifest-path={PACKAGE}/Cargo.toml");
    let mut arguments = [verb, &[&manifest, "--out", OUT]].concat();
    if verb[0] == "build" {
        arguments.push("--locked");
    }
    Step::new(tools.program("maturin"), &arguments, root)
        .finding(tools.programs())
        .run()?;
    let mut made = made(root, end)?;
    made.retain(|path| !before.contains(path));
    made.pop().ok_or(Error::NoWheel)
}

fn made(root: &Path, end: &str) -> Result<Vec<PathBuf>, Error> {
    let out = root.join(OUT);
    fs::create_dir_all(&out).map_err(Error::file(&out))?;
    let files = fs::read_dir(&out).map_err(Error::file(&out))?;
    let paths = files.filter_map(|file| Some(file.ok()?.path()));
    Ok(paths
        .filter(|path| path.to_string_lossy().ends_with(end))
        .collect())
}

/// Installs it where nothing else is, and runs the README's examples on it.
fn try_out(root: &Path, distribution: PathBuf, options: &[&str]) -> Outcome {
    match installed_and_run(root, &distribution, options) {
        Ok(()) => Outcome::Ran(distribution),
        Err(error) => Outcome::Failed(error),
    }
}

fn installed_and_run(root: &Path, distribution: &Path, options: &[&str]) -> Result<(), Error> {
    Step::new(tools::python()?, &["-m", "venv", "--clear", EMPTY], root).run()?;
    let programs = root
        .join(EMPTY)
        .join(if cfg!(windows) { "Scripts" } else { "bin" });
    let python = programs.join("python");
    // Without the cache, where a wheel of an earlier source of the same version may lie.
    let pip = [
        "-m",
        "pip",
        "--disable-pip-version-check",
        "install",
        "--quiet",
        "--no-cache-dir",
    ];
    let distribution = distribution.to_string_lossy();
    let arguments = [&pip[..], options, &[&distribution]].concat();
    // In a folder of pip's own: files of a source distribution are as old as archives say, so that cargo
    // would take what it made of another version, in a folder that both share, for up to date.
    Step::new(&python, &arguments, root)
        .without("CARGO_TARGET_DIR")
        .run()?;
    let script = format!("{PACKAGE}/tests/readme.py");
    let readme = format!("{PACKAGE}/README.md");
    // Isolated, so that nothing of this checkout is imported.
    Step::new(&python, &["-I", &script, &readme], root).run()
}

/// Asks the compiler for one line.
fn rustc(root: &Path, arguments: &[&str]) -> Result<String, Error> {
    let program = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let mut said = String::new();
    Step::new(program, arguments, root).read_quietly(|line| said.push_str(line))?;
    Ok(said)
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let processor = self.target.split('-').next().unwrap_or_default();
        write!(f, "{processor} {}", self.tag)
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let file = |path: &Path| {
            let size = fs::metadata(path).map_or(0.0, |file| file.len() as f64 / 1e6);
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            format!("{name}, {size:.1} MB")
        };
        match self {
            Self::Ran(path) => write!(f, "built, installed and run: {}", file(path)),
            Self::NotRun(path, why) => {
                write!(f, "built, NOT run, since {why}: {}", file(path))
            }
            Self::NotBuilt(why) => write!(f, "NOT built: {why}"),
            Self::Failed(error) => write!(f, "FAILED: {error}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machines_wheel_is_run_and_the_others_say_why_not() {
        let [ours, other, musl, _] = &PLATFORMS;
        assert_eq!(ours.runs_on("x86_64-unknown-linux-gnu"), Ok(()));
        for not in [other, musl] {
            let why = not.runs_on("x86_64-unknown-linux-gnu").unwrap_err();
            assert_eq!(why, "this machine is x86_64-unknown-linux-gnu");
        }
    }

    #[test]
    fn a_platform_is_named_by_processor_and_tag() {
        assert_eq!(PLATFORMS[0].to_string(), "x86_64 manylinux2014");
        assert_eq!(PLATFORMS[3].to_string(), "aarch64 musllinux_1_2");
    }

    #[test]
    fn what_was_not_seen_to_run_is_said_in_capitals() {
        let path = PathBuf::from("portal_py.whl");
        let said = |outcome: &Outcome| outcome.to_string();
        assert!(said(&Outcome::Ran(path.clone())).starts_with("built, installed and run"));
        let not_run = Outcome::NotRun(path, "it is Tuesday".to_owned());
        assert!(said(&not_run).starts_with("built, NOT run, since it is Tuesday"));
        assert!(said(&Outcome::NotBuilt("why".to_owned())).starts_with("NOT built: why"));
        assert!(said(&Outcome::Failed(Error::NoWheel)).starts_with("FAILED: "));
    }

    #[test]
    fn the_standard_library_of_this_machine_is_here_and_that_of_none_is_not() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let host = rustc(root, &["--print", "host-tuple"]).unwrap();
        assert!(host.contains('-'), "{host}");
        let ours: &'static str = host.leak();
        assert!(Platform::new(ours, "").has_std(root).unwrap());
    }
}
