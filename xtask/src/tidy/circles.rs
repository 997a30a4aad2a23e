//! The rule that the files of a crate do not import each other in a circle.
//!
//! Home-made: `cargo-modules` contains a compiler front end, takes minutes to build, and is no wheel.

use std::collections::{BTreeMap, BTreeSet};
use std::iter::successors;

use super::tree::{Repository, violation};

/// The modules of a crate by their paths (`a::b`), and the paths that re-exports give to others' items.
#[derive(Default)]
struct Source {
    modules: BTreeMap<String, String>,
    re_exports: BTreeMap<String, String>,
}

pub(super) fn no_files_import_each_other_in_a_circle(repository: &Repository) -> Vec<String> {
    let mut crates: BTreeMap<&str, Source> = BTreeMap::new();
    for file in &repository.files {
        if let Some((folder, rest)) = file.path.split_once("/src/")
            && let Some(rest) = rest.strip_suffix(".rs")
        {
            let module = rest.replace('/', "::");
            let named = module.rsplit_once("::").unwrap_or(("", &module));
            let module = match named {
                (parent, "mod" | "lib" | "main") => parent.to_owned(),
                _ => module,
            };
            let source = crates.entry(folder).or_default();
            source.modules.insert(module, file.code());
        }
    }
    let mut violations = Vec::new();
    for (folder, mut source) in crates {
        source.re_exports = source.find_re_exports();
        for circle in source.circles() {
            let (count, names) = (circle.len(), circle.join(", "));
            let what = format!("{count} files import each other: {names}");
            let why = "a file must be readable by itself; move what both need into a third";
            violations.push(violation(&format!("{folder}/src"), 1, &what, why));
        }
    }
    violations
}

impl Source {
    fn find_re_exports(&self) -> BTreeMap<String, String> {
        let mut found = BTreeMap::new();
        for (module, code) in &self.modules {
            let paths = use_trees(code, true).flat_map(|tree| expand(tree, ""));
            for path in paths.filter_map(|path| self.absolute(&path, module)) {
                let name = path.rsplit("::").next().unwrap_or_default();
                found.insert(join(module, name), path);
            }
        }
        found
    }

    /// The groups of modules that reach each other.
    fn circles(&self) -> BTreeSet<Vec<&str>> {
        let modules = self.modules.iter();
        let mut reached: BTreeMap<&str, BTreeSet<&str>> = modules
            .map(|(module, code)| (module.as_str(), self.used(module, code)))
            .collect();
        // Warshall: what reaches a module, reaches what that module reaches.
        for module in self.modules.keys() {
            let beyond = reached[module.as_str()].clone();
            for others in reached.values_mut() {
                if others.contains(module.as_str()) {
                    others.extend(&beyond);
                }
            }
        }
        let circles = reached.iter().map(|(module, others)| {
            let others = others.iter().copied();
            others
                .filter(|other| reached[other].contains(module))
                .collect()
        });
        circles.filter(|circle: &Vec<_>| circle.len() > 1).collect()
    }

    /// The modules whose items a module names, in imports and in paths.
    fn used(&self, module: &str, code: &str) -> BTreeSet<&str> {
        let imports = use_trees(code, false).flat_map(|tree| expand(tree, ""));
        let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
        let paths = code
            .split(|c| !is_part(c))
            .map(|path| path.trim_end_matches(':').to_owned());
        // Other names in the code are local, or were imported.
        let starts = ["crate::", "self::", "super::"];
        let paths = paths.filter(|path| starts.iter().any(|start| path.starts_with(start)));
        let homes = imports
            .chain(paths)
            .filter_map(|path| self.home(&path, module));
        // The root declares modules, and is no file that others depend on.
        homes
            .filter(|home| *home != module && !home.is_empty())
            .collect()
    }

    /// The path from the crate's root; `None` for a path into another crate.
    fn absolute(&self, path: &str, module: &str) -> Option<String> {
        let (first, rest) = path.split_once("::").unwrap_or((path, ""));
        let parent = module.rsplit_once("::").map_or("", |(parent, _)| parent);
        match first {
            "crate" => Some(rest.to_owned()),
            "self" => Some(join(module, rest)),
            "super" if rest.starts_with("super") => self.absolute(rest, parent),
            "super" => Some(join(parent, rest)),
            _ => self
                .modules
                .contains_key(&join(module, first))
                .then(|| join(module, path)),
        }
    }

    /// The module that defines what a path names, with re-exports resolved.
    fn home(&self, path: &str, module: &str) -> Option<&str> {
        let mut path = self.absolute(path, module)?;
        // A chain of re-exports is short; the bound ends one that leads back to itself.
        for _ in 0..8 {
            let mut names = prefixes(&path).filter(|name| !self.modules.contains_key(*name));
            let known = names.find_map(|name| self.re_exports.get_key_value(name));
            drop(names);
            let Some((name, to)) = known else { break };
            path = format!("{to}{}", &path[name.len()..]);
        }
        let found = prefixes(&path).find_map(|name| self.modules.get_key_value(name));
        found.map(|(module, _)| module.as_str())
    }
}

fn join(module: &str, name: &str) -> String {
    match module.is_empty() || name.is_empty() {
        true => format!("{module}{name}"),
        false => format!("{module}::{name}"),
    }
}

/// The path, then each of its parents up to the root, which is empty.
fn prefixes(path: &str) -> impl Iterator<Item = &str> {
    successors(Some(path), |path| match path.rsplit_once("::") {
        Some((parent, _)) => Some(parent),
        None => (!path.is_empty()).then_some(""),
    })
}

/// What stands between `use` and `;` at the beginning of a line, with or without visibility.
fn use_trees(code: &str, is_public: bool) -> impl Iterator<Item = &str> {
    code.match_indices("use ").filter_map(move |(at, keyword)| {
        let before = code[..at].rsplit('\n').next().unwrap_or_default().trim();
        let fits = match is_public {
            true => before == "pub" || (before.starts_with("pub(") && before.ends_with(')')),
            false => before.is_empty(),
        };
        fits.then(|| code[at + keyword.len()..].split(';').next())?
    })
}

/// The paths of a tree such as `a::{b, c::{self, d as e}}`.
fn expand(tree: &str, prefix: &str) -> Vec<String> {
    let mut paths = Vec::new();
    let (mut depth, mut start) = (0_i32, 0);
    for (at, c) in tree.char_indices().chain([(tree.len(), ',')]) {
        depth += i32::from(c == '{') - i32::from(c == '}');
        if c != ',' || depth > 0 {
            continue;
        }
        let item = tree[start..at].trim();
        start = at + 1;
        if let Some((head, rest)) = item.split_once('{') {
            let inner = rest.rsplit_once('}').map_or(rest, |(inner, _)| inner);
            let head = head.trim_end().trim_end_matches("::");
            paths.extend(expand(inner, &join(prefix, head)));
        } else if !item.is_empty() {
            paths.push(join(prefix, item.split(" as ").next().unwrap_or_default()));
        }
    }
    paths
}

#[cfg(test)]
mod tests {
    use super::super::tree::repository;
    use super::*;

    fn found(files: &[(&str, &str)]) -> Vec<String> {
        let violations = no_files_import_each_other_in_a_circle(&repository(files));
        let what = |one: &String| Some(one.split_once(": ")?.1.split_once(';')?.0.to_owned());
        violations.iter().filter_map(what).collect()
    }

    #[test]
    fn two_files_that_import_each_other_are_a_circle() {
        let b = ("a/src/b.rs", "use crate::c::C;\n");
        let c = ("a/src/c.rs", "fn f() { super::b::g() }\n");
        assert_eq!(found(&[b, c]), ["2 files import each other: b, c"]);
        let text = "// crate::b\n#[cfg(test)]\nmod tests {\n    use crate::b;\n}\n";
        assert!(found(&[b, ("a/src/c.rs", text)]).is_empty());
    }

    #[test]
    fn a_circle_through_a_re_export_is_found() {
        let root = ("a/src/lib.rs", "mod b;\nmod c;\npub use c::{C, D};\n");
        let b = ("a/src/b.rs", "use crate::{C};\n");
        let text = "use std::fmt;\nuse crate::{b::{self, B}, fmt};\n";
        let files = [root, b, ("a/src/c.rs", text)];
        assert_eq!(found(&files), ["2 files import each other: b, c"]);
    }

    #[test]
    fn a_parent_and_a_child_that_use_each_other_are_a_circle() {
        let text = "mod c;\nuse c::C;\npub(crate) struct B;\n";
        let files = [
            ("a/src/b/mod.rs", text),
            ("a/src/b/c.rs", "use super::B;\n"),
        ];
        assert_eq!(found(&files), ["2 files import each other: b, b::c"]);
        // A parent that only declares and re-exports is none.
        let parent = ("a/src/b/mod.rs", "mod c;\npub(crate) use self::d::D;\n");
        let files = [
            parent,
            ("a/src/b/c.rs", "use super::D;\n"),
            ("a/src/b/d.rs", ""),
        ];
        assert!(found(&files).is_empty());
    }
}
