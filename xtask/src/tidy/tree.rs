//! The input of every rule: the files that git tracks or would add, and the crates' manifests.

use std::fs;
use std::path::Path;

use cargo_metadata::MetadataCommand;

use crate::error::Error;
use crate::step::Step;

/// The whole repository.
#[derive(Debug, Default)]
pub(super) struct Repository {
    pub(super) files: Vec<File>,
    pub(super) crates: Vec<Crate>,
}

/// A file, in git's order.
#[derive(Debug)]
pub(super) struct File {
    /// Relative to the root, with `/`.
    pub(super) path: String,
    /// Empty for a file that is not UTF-8.
    pub(super) text: String,
}

/// A crate of the workspace.
#[derive(Debug, Default)]
pub(super) struct Crate {
    pub(super) name: String,
    /// The path of its `Cargo.toml` relative to the root, with `/`.
    pub(super) manifest: String,
    pub(super) has_description: bool,
    /// The dependencies that the manifest names, of every kind.
    pub(super) dependencies: Vec<String>,
}

impl Repository {
    pub(super) fn read(root: &Path) -> Result<Self, Error> {
        Ok(Self {
            files: read_files(root)?,
            crates: read_crates(root)?,
        })
    }

    /// The text of the file with that path; empty if there is none.
    pub(super) fn text(&self, path: &str) -> &str {
        let file = self.files.iter().find(|file| file.path == path);
        file.map_or("", |file| file.text.as_str())
    }
}

fn read_files(root: &Path) -> Result<Vec<File>, Error> {
    let list = "ls-files -z --cached --others --exclude-standard";
    let paths = Step::new("git", list, root).output()?;
    let mut files = Vec::new();
    for path in paths.split_terminator('\0') {
        let place = root.join(path);
        if place.is_file() {
            let bytes = fs::read(&place).map_err(Error::file(&place))?;
            files.push(File {
                path: path.to_owned(),
                text: String::from_utf8(bytes).unwrap_or_default(),
            });
        }
    }
    Ok(files)
}

fn read_crates(root: &Path) -> Result<Vec<Crate>, Error> {
    let metadata = MetadataCommand::new().current_dir(root).no_deps().exec()?;
    let crates = metadata.packages.into_iter().map(|package| {
        let manifest = package.manifest_path.strip_prefix(&metadata.workspace_root);
        let path = manifest.unwrap_or(&package.manifest_path).as_str();
        let dependencies = package.dependencies.into_iter().map(|one| one.name);
        Crate {
            name: package.name.to_string(),
            manifest: path.replace('\\', "/"),
            has_description: package.description.is_some_and(|text| !text.is_empty()),
            dependencies: dependencies.collect(),
        }
    });
    Ok(crates.collect())
}

impl File {
    /// Whether the path has one of these extensions.
    pub(super) fn has_extension(&self, extensions: &[&str]) -> bool {
        let extension = Path::new(&self.path).extension();
        extension.is_some_and(|extension| extensions.iter().any(|one| extension == *one))
    }

    /// Whether the file has that path, or is in the folder with that path.
    pub(super) fn is_at(&self, path: &str) -> bool {
        let rest = self.path.strip_prefix(path);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// Whether a folder on the file's path has that name.
    pub(super) fn is_below(&self, folder: &str) -> bool {
        let (folders, _) = self.path.rsplit_once('/').unwrap_or_default();
        folders.split('/').any(|name| name == folder)
    }

    /// The lines with their numbers, counted from 1.
    pub(super) fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        (1..).zip(self.text.lines())
    }

    /// The text up to the file's own test module, without comments.
    pub(super) fn code(&self) -> String {
        let mut code = String::new();
        let mut lines = self.text.lines().peekable();
        while let Some(line) = lines.next() {
            let is_module = |next: &&str| next.contains("mod ") && next.ends_with('{');
            if line == "#[cfg(test)]" && lines.peek().is_some_and(is_module) {
                break;
            }
            code.push_str(line.split("//").next().unwrap_or_default());
            code.push('\n');
        }
        code
    }
}

/// Describes one place that breaks a rule; lines are counted from 1.
pub(super) fn violation(path: &str, line: usize, what: &str, why: &str) -> String {
    format!("{path}:{line}: {what}; {why}")
}

/// A repository for a rule's test, of `(path, text)`.
#[cfg(test)]
pub(super) fn repository(files: &[(&str, &str)]) -> Repository {
    let file = |&(path, text): &(&str, &str)| File {
        path: path.to_owned(),
        text: text.to_owned(),
    };
    Repository {
        files: files.iter().map(file).collect(),
        crates: Vec::new(),
    }
}

/// The places that a rule finds in such a repository, as `path:line`.
#[cfg(test)]
pub(super) fn places(rule: fn(&Repository) -> Vec<String>, files: &[(&str, &str)]) -> Vec<String> {
    let violations = rule(&repository(files)).into_iter();
    violations
        .map(|one| one.split(": ").next().unwrap_or_default().to_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn new_files_are_read_and_ignored_or_deleted_ones_are_not() {
        let root = tempfile::tempdir().unwrap();
        let git = |words: &str| Step::new("git", words, root.path()).output().unwrap();
        git("init --quiet");
        let write = |name, text: &[u8]| fs::write(root.path().join(name), text).unwrap();
        write(".gitignore", b"target\n");
        write("new.rs", b"fn a() {}\n");
        write("target", b"x");
        write("picture.png", &[0xff, 0xfe]);
        write("gone.rs", b"");
        git("add gone.rs");
        fs::remove_file(root.path().join("gone.rs")).unwrap();

        let mut files = read_files(root.path()).unwrap();
        files.sort_by(|a, b| a.path.cmp(&b.path));
        let found: Vec<_> = files
            .iter()
            .map(|file| (&*file.path, &*file.text))
            .collect();
        let expected = [
            (".gitignore", "target\n"),
            ("new.rs", "fn a() {}\n"),
            ("picture.png", ""),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn the_crates_of_this_workspace_are_read() {
        let crates = read_crates(Path::new(env!("CARGO_MANIFEST_DIR"))).unwrap();
        let xtask = crates.iter().find(|one| one.name == "xtask").unwrap();
        assert_eq!(xtask.manifest, "xtask/Cargo.toml");
        assert!(xtask.has_description);
        assert!(xtask.dependencies.contains(&"cargo_metadata".to_owned()));
    }

    #[test]
    fn only_folders_count_as_parents_of_a_file() {
        let found = repository(&[("crates/a/tests/it.rs", ""), ("crates/a/src/tests", "")]);
        assert!(found.files[0].is_below("tests") && !found.files[1].is_below("tests"));
        let is_at = |path| found.files[0].is_at(path);
        assert!(is_at("crates/a") && is_at("crates/a/tests/it.rs") && !is_at("crates/a/te"));
    }
}
