//! What the library costs those who build it: time and crates, from nothing, beside others'; and what the program weighs.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use super::fact::Fact;
use super::report::Report;
use super::runner::children;
use super::table::Table;
use super::unit::Unit;
use crate::error::Error;
use crate::portal::target_folder;
use crate::step::Step;

/// A library as its users depend on it: how we call it, and its lines in a manifest.
struct Library {
    name: &'static str,
    dependencies: &'static str,
}

/// `ROOT` is where this checkout is. TLS is rustls everywhere, with the system's authorities.
const LIBRARIES: [Library; 4] = [
    Library {
        name: "**ours**, one provider",
        dependencies: r#"portal = { path = "ROOT/crates/portal", default-features = false, features = ["kwik"] }"#,
    },
    Library {
        name: "reqwest 0.13.5 with ring, as ours",
        dependencies: r#"reqwest = { version = "=0.13.5", default-features = false, features = ["rustls-no-provider", "http2", "json"] }
rustls = { version = "=0.23.46", default-features = false, features = ["ring", "std", "tls12"] }"#,
    },
    Library {
        name: "reqwest 0.13.5 with aws-lc, its default",
        dependencies: r#"reqwest = { version = "=0.13.5", default-features = false, features = ["rustls", "http2", "json"] }"#,
    },
    Library {
        name: "async-stripe 1.0.0-rc.10, its client alone, ring",
        dependencies: r#"async-stripe = { version = "=1.0.0-rc.10", default-features = false, features = ["rustls-tls-native", "rustls-ring"] }"#,
    },
];

struct Cost {
    wall_s: f64,
    cpu_s: f64,
    crates: usize,
}

/// Builds each from nothing, below `target`.
pub(super) fn measure(root: &Path, target: &Path, report: &mut Report) -> Result<(), Error> {
    let mut table = Table::new(["release build from nothing", "wall s", "CPU s", "crates"]);
    for library in &LIBRARIES {
        println!("measuring: {}", library.name);
        let cost = library.build(root, &target.join("build-cost"))?;
        table.row([
            library.name.to_owned(),
            format!("{:.1}", cost.wall_s),
            format!("{:.1}", cost.cpu_s),
            cost.crates.to_string(),
        ]);
        let what = |of| format!("Release build from nothing, {}: {of}", library.name);
        report.facts.extend([
            Fact::told(what("wall time"), Unit::LongSeconds, cost.wall_s),
            Fact::told(what("CPU time"), Unit::LongSeconds, cost.cpu_s),
            Fact::told(what("crates"), Unit::Count, cost.crates as f64),
        ]);
    }
    report.tables.push(table);
    Ok(())
}

/// Tells what the programs weigh that people are given, beside the most that each may have.
pub(super) fn sizes(root: &Path, report: &mut Report) -> Result<(), Error> {
    let variants = [
        ("with the sandbox", 16e6, &[][..]),
        ("without it", 8e6, &["--no-default-features"]),
    ];
    for (title, most, features) in variants {
        let words = [
            "build",
            "--package=portal-cli",
            "--profile=dist",
            "--locked",
        ];
        Step::cargo(&[&words[..], features].concat(), root).run()?;
        let program = target_folder(root)?.join("dist/portal");
        let bytes = fs::metadata(&program).map_err(Error::file(&program))?.len();
        report.facts.push(Fact::at_most(
            most / 1024.0,
            format!("The program that is handed out, {title}: size"),
            Unit::Kib,
            bytes as f64 / 1024.0,
        ));
    }
    Ok(())
}

impl Library {
    fn build(&self, root: &Path, folder: &Path) -> Result<Cost, Error> {
        self.write(root, folder)?;
        // What is downloaded is no cost of building.
        Step::cargo(&["fetch", "--quiet"], folder).run()?;
        let tree = ["tree", "--offline", "--prefix", "none", "--edges"];
        let text = Step::cargo(&[&tree[..], &["normal,build"]].concat(), folder).output()?;
        // `hyper v1.12.0 (*)` is a crate that is listed above.
        let crates: BTreeSet<_> = text
            .lines()
            .map(|line| line.trim_end_matches(" (*)"))
            .collect();
        let target = folder.join("target");
        let (before, start) = (children(), Instant::now());
        Step::cargo(&["build", "--release", "--offline", "--quiet"], folder)
            .env("CARGO_TARGET_DIR", target.display().to_string())
            .run()?;
        let wall_s = start.elapsed().as_secs_f64();
        let cpu = children().zip(before);
        let cpu = cpu.map(|(after, before)| after.saturating_sub(before));
        fs::remove_dir_all(folder).map_err(Error::file(folder))?;
        Ok(Cost {
            wall_s,
            cpu_s: cpu.unwrap_or_default().as_secs_f64(),
            // The one that depends on it is not part of it.
            crates: crates.len() - 1,
        })
    }

    /// Writes a crate that depends on the library and does nothing.
    fn write(&self, root: &Path, folder: &Path) -> Result<(), Error> {
        if folder.exists() {
            // A run that was interrupted may have built some of it.
            fs::remove_dir_all(folder).map_err(Error::file(folder))?;
        }
        let write = |path: PathBuf, text: &str| fs::write(&path, text).map_err(Error::file(&path));
        fs::create_dir_all(folder.join("src")).map_err(Error::file(folder))?;
        write(folder.join("Cargo.toml"), &self.manifest(root))?;
        write(folder.join("src/lib.rs"), "")?;
        // What we share with others has the same version there.
        let (from, to) = (root.join("Cargo.lock"), folder.join("Cargo.lock"));
        fs::copy(&from, &to).map_err(Error::file(&from))?;
        Ok(())
    }

    fn manifest(&self, root: &Path) -> String {
        let root = root.display().to_string();
        let dependencies = self.dependencies.replace("ROOT", &root);
        let package = "name = \"build-cost\"\nversion = \"0.0.0\"\nedition = \"2024\"";
        format!("[package]\n{package}\n\n[workspace]\n\n[dependencies]\n{dependencies}\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_library_is_depended_on_where_this_checkout_is() {
        let manifest = LIBRARIES[0].manifest(Path::new("/checkout"));
        assert!(
            manifest.contains(r#"portal = { path = "/checkout/crates/portal""#),
            "{manifest}"
        );
    }

    #[test]
    fn what_comes_from_a_registry_has_one_version() {
        for library in &LIBRARIES[1..] {
            for line in library.dependencies.lines() {
                assert!(line.contains("version = \"="), "{line}");
            }
        }
    }
}
