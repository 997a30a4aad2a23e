//! `cargo xtask dist`: what is handed to people who do not build: one archive with the program, its
//! completions, manual pages, licences and the list of all that it is made of.

mod archive;
mod bill;
mod cold_start;
mod target;

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use sha2::{Digest, Sha256};

use self::archive::Archive;
use self::bill::Bill;
pub(crate) use self::cold_start::children;
use self::target::Target;
use crate::error::Error;
use crate::step::Step;

/// Build the `portal` program for others, with and without the sandbox, each into an archive
///
/// Into `target/dist`, each with its SHA-256 beside it. Linux programs are static, by musl, where the
/// Rust target and `musl-gcc` are there or can be installed; elsewhere it is said that they are not.
#[derive(Debug, Args)]
pub(crate) struct Dist {
    /// Build for this target, whatever else there is
    #[arg(long, value_name = "TRIPLE")]
    target: Option<String>,

    /// How often the program is started to see how long that takes
    #[arg(long, value_name = "N", default_value_t = 50)]
    runs: usize,
}

/// A set of features, and what it may weigh.
#[derive(Debug, Clone, Copy)]
struct Variant {
    /// What stands in the archive's name.
    name: &'static str,
    features: &'static [&'static str],
    most_bytes: u64,
}

const VARIANTS: [Variant; 2] = [
    Variant {
        name: "portal",
        features: &[],
        most_bytes: 16 * 1024 * 1024,
    },
    Variant {
        name: "portal-slim",
        features: &["--no-default-features"],
        most_bytes: 8 * 1024 * 1024,
    },
];

impl Dist {
    /// Builds both, packs them, and tells what they weigh and how fast they start.
    pub(crate) fn run(&self, root: &Path) -> Result<(), Error> {
        let target = match &self.target {
            Some(triple) => Target::named(triple),
            None => Target::ready(root)?,
        };
        let folder = root.join("target").join("dist");
        fs::create_dir_all(&folder).map_err(Error::file(&folder))?;
        let mut report = Vec::new();
        for variant in VARIANTS {
            report.push(self.one(variant, &target, root, &folder)?);
        }
        println!("\n{}", report.join("\n"));
        Ok(())
    }

    fn one(
        &self,
        variant: Variant,
        target: &Target,
        root: &Path,
        folder: &Path,
    ) -> Result<String, Error> {
        let program = build(variant, target, root)?;
        let bytes = fs::read(&program).map_err(Error::file(&program))?;
        let size = bytes.len() as u64;
        let bill = Bill::read(root, target.triple(), variant.features)?;
        let name = format!(
            "{}-{}-{}",
            variant.name,
            env!("CARGO_PKG_VERSION"),
            target.triple()
        );
        let mut archive = Archive::new(&name);
        fill(
            &mut archive,
            target,
            root,
            bytes.clone(),
            bill.to_json(&hex(&bytes))?,
        )?;
        target
            .starts_here()
            .then(|| shell_files(&program, &mut archive))
            .transpose()?;
        let packed = archive.pack()?;
        let path = folder.join(format!("{name}.tar.gz"));
        fs::write(&path, &packed).map_err(Error::file(&path))?;
        let sum = folder.join(format!("{name}.tar.gz.sha256"));
        // As `sha256sum --check` reads it.
        let line = format!("{}  {name}.tar.gz\n", hex(&packed));
        fs::write(&sum, line).map_err(Error::file(&sum))?;

        let mut report = format!(
            "{}\n  program    {:.1} MB of at most {} MB, {}\n  archive    {:.1} MB\n  made of    {} crates, {} for building alone\n",
            path.strip_prefix(root).unwrap_or(&path).display(),
            megabytes(size),
            variant.most_bytes / (1024 * 1024),
            target.linkage(&program),
            megabytes(packed.len() as u64),
            bill.shipped(),
            bill.for_building(),
        );
        if target.starts_here() {
            for (what, arguments) in cold_start::COMMANDS {
                let time = cold_start::measure(&program, arguments, self.runs)?;
                report.push_str(&format!("  starts     {time}: {what}\n"));
            }
        }
        match size > variant.most_bytes {
            true => Err(Error::TooLarge {
                program,
                size,
                most: variant.most_bytes,
            }),
            false => Ok(report),
        }
    }
}

/// Builds what is handed out, and returns what each program weighs in bytes, by its archive's name.
pub(crate) fn sizes(root: &Path) -> Result<Vec<(&'static str, u64)>, Error> {
    let target = Target::ready(root)?;
    let size = |variant: Variant| {
        let program = build(variant, &target, root)?;
        let file = fs::metadata(&program).map_err(Error::file(&program))?;
        Ok((variant.name, file.len()))
    };
    VARIANTS.into_iter().map(size).collect()
}

fn build(variant: Variant, target: &Target, root: &Path) -> Result<PathBuf, Error> {
    let arguments = [
        "build",
        "--package",
        "portal-cli",
        "--bin",
        "portal",
        "--profile",
        "dist",
        "--locked",
        "--target",
        target.triple(),
    ];
    Step::cargo(&[&arguments, variant.features].concat(), root).run()?;
    let metadata = cargo_metadata::MetadataCommand::new()
        .current_dir(root)
        .no_deps()
        .exec()?;
    let folder = metadata.target_directory.join(target.triple()).join("dist");
    Ok(folder.join(target.file_name("portal")).into_std_path_buf())
}

/// Adds the program, what it is made of, and what people read first.
fn fill(
    archive: &mut Archive,
    target: &Target,
    root: &Path,
    program: Vec<u8>,
    bill: Vec<u8>,
) -> Result<(), Error> {
    archive.program(&format!("bin/{}", target.file_name("portal")), program);
    archive.file("portal.cdx.json", bill);
    for file in ["LICENSE-MIT", "LICENSE-APACHE", "README.md", "CHANGELOG.md"] {
        let path = root.join(file);
        archive.file(file, fs::read(&path).map_err(Error::file(&path))?);
    }
    Ok(())
}

/// Adds what the program says of itself: completions and manual pages.
fn shell_files(program: &Path, archive: &mut Archive) -> Result<(), Error> {
    let folder = archive::scratch()?;
    for (shell, file) in [
        ("bash", "bash-completion/completions/portal"),
        ("zsh", "zsh/site-functions/_portal"),
        ("fish", "fish/vendor_completions.d/portal.fish"),
        ("powershell", "powershell/portal.ps1"),
    ] {
        let mut script = String::new();
        Step::new(program, &["completions", shell], folder.path()).read_quietly(|line| {
            script.push_str(line);
            script.push('\n');
        })?;
        archive.file(&format!("share/{file}"), script.into_bytes());
    }
    let mut pages = Vec::new();
    Step::new(program, &["man", "--dir", "man"], folder.path())
        .read_quietly(|line| pages.push(line.to_owned()))?;
    for page in pages {
        let path = folder.path().join(&page);
        let text = fs::read(&path).map_err(Error::file(&path))?;
        archive.file(&page.replacen("man", "share/man/man1", 1), text);
    }
    Ok(())
}

fn hex(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / (1024.0 * 1024.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A program that says what it was asked, and writes one page.
    #[cfg(unix)]
    const PROGRAM: &str = "#!/bin/sh
case $1 in
completions) echo \"complete $2\" ;;
man) mkdir -p \"$3\" && echo page > \"$3/portal.1\" && echo \"$3/portal.1\" ;;
esac
";

    #[cfg(unix)]
    #[test]
    fn an_archive_has_all_that_belongs_to_the_program_where_shells_look_for_it() {
        use std::os::unix::fs::PermissionsExt;

        let folder = archive::scratch().unwrap();
        let program = folder.path().join("portal");
        fs::write(&program, PROGRAM).unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
        let target = Target::named("x86_64-unknown-linux-musl");

        let mut archive = Archive::new("portal-1.0.0-here");
        fill(&mut archive, &target, root, Vec::new(), Vec::new()).unwrap();
        shell_files(&program, &mut archive).unwrap();
        assert_eq!(
            archive.paths().collect::<Vec<_>>(),
            [
                "bin/portal",
                "portal.cdx.json",
                "LICENSE-MIT",
                "LICENSE-APACHE",
                "README.md",
                "CHANGELOG.md",
                "share/bash-completion/completions/portal",
                "share/zsh/site-functions/_portal",
                "share/fish/vendor_completions.d/portal.fish",
                "share/powershell/portal.ps1",
                "share/man/man1/portal.1",
            ]
        );
    }

    #[test]
    fn a_sum_is_as_everybody_writes_it() {
        // Of nothing, as FIPS 180 has it.
        assert_eq!(
            hex(b""),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
    }
}
