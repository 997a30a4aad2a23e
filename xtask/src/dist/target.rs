//! What a program is built for, and how it is linked.

use std::env;
use std::path::Path;
use std::process::Command;

use crate::error::Error;
use crate::step::Step;

/// A target of rustc's.
#[derive(Debug)]
pub(super) struct Target {
    triple: String,
}

impl Target {
    /// The target that was asked for.
    pub(super) fn named(triple: &str) -> Self {
        Self {
            triple: triple.to_owned(),
        }
    }

    /// The best target for this machine: static on Linux where all is there or can be installed.
    pub(super) fn ready(root: &Path) -> Result<Self, Error> {
        let host = Self::named(&host(root)?);
        let Some(musl) = host.musl() else {
            return Ok(host);
        };
        let missing = if !on_path("musl-gcc") {
            Some("`musl-gcc` is not there; hint: Debian has it in `musl-tools`")
        } else if !musl.is_installed(root) {
            Some("rustup does not install the target")
        } else {
            None
        };
        match missing {
            None => Ok(musl),
            Some(why) => {
                println!("NOT static: {why}");
                Ok(host)
            }
        }
    }

    pub(super) fn triple(&self) -> &str {
        &self.triple
    }

    /// Says whether this machine can start what is built for it.
    pub(super) fn starts_here(&self) -> bool {
        self.triple.starts_with(env::consts::ARCH) && self.triple.contains(env::consts::OS)
    }

    /// A program's file name.
    pub(super) fn file_name(&self, program: &str) -> String {
        match self.triple.contains("windows") {
            true => format!("{program}.exe"),
            false => program.to_owned(),
        }
    }

    /// Says how a program is linked, as `ldd` sees it.
    pub(super) fn linkage(&self, program: &Path) -> &'static str {
        if !self.starts_here() || !on_path("ldd") {
            return "linkage not looked at";
        }
        match Command::new("ldd").arg(program).output() {
            Ok(output) => linkage(&output.stdout, &output.stderr),
            Err(_) => "linkage not looked at",
        }
    }

    /// The same machine, with musl in place of glibc.
    fn musl(&self) -> Option<Self> {
        let start = self.triple.strip_suffix("-unknown-linux-gnu")?;
        Some(Self::named(&format!("{start}-unknown-linux-musl")))
    }

    /// Says whether rustc can build for it, once rustup has been asked to bring it.
    fn is_installed(&self, root: &Path) -> bool {
        let there = || {
            let mut folder = None;
            let arguments = ["--print", "target-libdir", "--target", &self.triple];
            let asked = Step::new("rustc", &arguments, root)
                .read_quietly(|line| folder = Some(line.to_owned()));
            asked.is_ok() && folder.is_some_and(|folder| Path::new(&folder).is_dir())
        };
        let arguments = ["target", "add", &self.triple];
        there() || (Step::new("rustup", &arguments, root).run().is_ok() && there())
    }
}

fn linkage(stdout: &[u8], stderr: &[u8]) -> &'static str {
    // musl's and glibc's `ldd` differ in words and in where they say them.
    let said = [stdout, stderr].concat();
    let said = String::from_utf8_lossy(&said);
    match said.contains("statically linked") || said.contains("not a dynamic executable") {
        true => "static",
        false => "NOT static: it needs the C library of a system as new as this one",
    }
}

fn host(root: &Path) -> Result<String, Error> {
    let mut host = String::new();
    Step::new("rustc", &["--version", "--verbose"], root).read_quietly(|line| {
        if let Some(triple) = line.strip_prefix("host: ") {
            host = triple.to_owned();
        }
    })?;
    Ok(host)
}

fn on_path(program: &str) -> bool {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn linux_with_glibc_has_a_static_sibling_and_others_have_none() {
        let musl = |triple| Target::named(triple).musl().map(|musl| musl.triple);
        assert_eq!(
            musl("aarch64-unknown-linux-gnu").as_deref(),
            Some("aarch64-unknown-linux-musl")
        );
        assert_eq!(musl("x86_64-unknown-linux-musl"), None);
        assert_eq!(musl("aarch64-apple-darwin"), None);
    }

    #[test]
    fn ldd_is_understood_in_each_of_its_dialects() {
        assert_eq!(linkage(b"\tstatically linked\n", b""), "static");
        assert_eq!(linkage(b"", b"\tnot a dynamic executable\n"), "static");
        let dynamic = b"\tlibc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007f)\n";
        assert!(linkage(dynamic, b"").starts_with("NOT static"));
    }
}
