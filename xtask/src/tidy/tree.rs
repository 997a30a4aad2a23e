//! The files of the repository: what git tracks, and what it would if asked to add everything.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::error::Error;
use crate::running::ended;

/// The files, in git's order.
#[derive(Debug, Default)]
pub(super) struct Tree {
    pub(super) files: Vec<File>,
}

/// One file.
#[derive(Debug)]
pub(super) struct File {
    /// Relative to the root, with `/`.
    pub(super) path: String,
    /// Empty for what is no UTF-8 text.
    pub(super) text: String,
}

impl Tree {
    /// Reads the files that git lists and that are still there.
    pub(super) fn read(root: &Path) -> Result<Self, Error> {
        let mut git = Command::new("git");
        git.args([
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ])
        .current_dir(root);
        let output = ended(&mut git)?;
        if !output.status.success() {
            return Err(Error::Failed {
                shown: format!(
                    "git ls-files: {}",
                    String::from_utf8_lossy(&output.stderr).trim()
                ),
                status: output.status,
            });
        }
        let listed = String::from_utf8_lossy(&output.stdout);
        let mut files = Vec::new();
        for path in listed.split_terminator('\0') {
            let place = root.join(path);
            if place.is_file() {
                let bytes = fs::read(&place).map_err(Error::file(&place))?;
                files.push(File {
                    path: path.to_owned(),
                    text: String::from_utf8(bytes).unwrap_or_default(),
                });
            }
        }
        Ok(Self { files })
    }

    /// The file of that path.
    pub(super) fn file(&self, path: &str) -> Option<&File> {
        self.files.iter().find(|file| file.path == path)
    }

    /// Whether a file or a folder with files has that path.
    pub(super) fn holds(&self, path: &str) -> bool {
        self.files.iter().any(|file| {
            file.path
                .strip_prefix(path)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
    }

    /// Where in a manifest a dependency is asked for: its first line if nowhere by that name.
    pub(super) fn line_of_dependency(&self, manifest: &str, name: &str) -> usize {
        let asks = |line: &str| {
            let line = line.trim_start();
            let table = line
                .strip_prefix('[')
                .and_then(|line| line.rsplit_once('.'));
            table.is_some_and(|(_, last)| last.trim_end().trim_end_matches(']') == name)
                || line
                    .strip_prefix(name)
                    .is_some_and(|rest| rest.starts_with(['.', ' ', '=']))
        };
        let file = self.file(manifest);
        let line = file.and_then(|file| file.text.lines().position(asks));
        line.map_or(1, |index| index + 1)
    }
}

impl File {
    /// Whether the path ends in one of these extensions.
    pub(super) fn is_a(&self, extensions: &[&str]) -> bool {
        let name = self.path.rsplit('/').next().unwrap_or_default();
        name.rsplit_once('.')
            .is_some_and(|(_, extension)| extensions.contains(&extension))
    }

    /// Whether some folder on the way to the file has that name.
    pub(super) fn is_below(&self, folder: &str) -> bool {
        let folders = self
            .path
            .rsplit_once('/')
            .map_or("", |(folders, _)| folders);
        folders.split('/').any(|one| one == folder)
    }

    /// The lines with their numbers, counted from 1.
    pub(super) fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        (1..).zip(self.text.lines())
    }
}

#[cfg(test)]
impl Tree {
    pub(super) fn by_hand(files: &[(&str, &str)]) -> Self {
        let file = |&(path, text): &(&str, &str)| File {
            path: path.to_owned(),
            text: text.to_owned(),
        };
        Self {
            files: files.iter().map(file).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn git(root: &Path, arguments: &[&str]) {
        let status = Command::new("git")
            .args(arguments)
            .current_dir(root)
            .status()
            .unwrap();
        assert!(status.success());
    }

    #[test]
    fn files_not_yet_added_are_read_and_ignored_or_deleted_ones_are_not() {
        let root = tempfile::tempdir().unwrap();
        git(root.path(), &["init", "--quiet"]);
        for (name, text) in [
            (".gitignore", "target\n"),
            ("new.rs", "fn a() {}\n"),
            ("target", "x"),
        ] {
            fs::write(root.path().join(name), text).unwrap();
        }
        fs::write(root.path().join("gone.rs"), "").unwrap();
        fs::write(root.path().join("picture.png"), [0xff, 0xfe]).unwrap();
        git(root.path(), &["add", "gone.rs"]);
        fs::remove_file(root.path().join("gone.rs")).unwrap();

        let tree = Tree::read(root.path()).unwrap();
        let mut paths: Vec<&str> = tree.files.iter().map(|file| file.path.as_str()).collect();
        paths.sort_unstable();
        assert_eq!(paths, [".gitignore", "new.rs", "picture.png"]);
        assert_eq!(tree.file("new.rs").unwrap().text, "fn a() {}\n");
        assert_eq!(tree.file("picture.png").unwrap().text, "");
    }

    #[test]
    fn a_folder_is_held_by_its_files() {
        let tree = Tree::by_hand(&[("crates/portal/src/lib.rs", "")]);
        assert!(tree.holds("crates/portal"));
        assert!(tree.holds("crates/portal/src/lib.rs"));
        assert!(!tree.holds("crates/port"));
    }

    #[test]
    fn a_dependency_is_found_in_each_way_to_write_it() {
        let manifest = "[package]\nname = \"a\"\n[dependencies]\ntokio-util = \"1\"\ntokio.workspace = true\n\
                        serde = \"1\"\n[dependencies.url]\nversion = \"2\"\n";
        let tree = Tree::by_hand(&[("Cargo.toml", manifest)]);
        assert_eq!(tree.line_of_dependency("Cargo.toml", "tokio"), 5);
        assert_eq!(tree.line_of_dependency("Cargo.toml", "serde"), 6);
        assert_eq!(tree.line_of_dependency("Cargo.toml", "url"), 7);
        assert_eq!(tree.line_of_dependency("Cargo.toml", "absent"), 1);
    }

    #[test]
    fn only_a_folder_counts_as_being_below_it() {
        let tree = Tree::by_hand(&[("crates/a/tests/it.rs", ""), ("crates/a/src/tests", "")]);
        assert!(tree.files[0].is_below("tests"));
        assert!(!tree.files[1].is_below("tests"));
    }
}
