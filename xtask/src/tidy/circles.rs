//! The rule that the files of a crate do not import each other in a circle.
//!
//! Home-made: `cargo-modules` has a check for cycles, but counts a child that uses its parent's re-exports as one.

use std::collections::{BTreeMap, BTreeSet};
use std::slice;

use super::tree::{Repository, Violation};

/// Crates whose circles are still being removed.
const EXCEPT: &[&str] = &[
    "crates/portal",
    "crates/portal-bulk",
    "crates/portal-core",
    "crates/portal-sandbox",
    "xtask",
];

/// A path of names, from the root of its crate.
type Names = Vec<String>;

/// Names that re-exports bring into a module, with where they come from.
type ReExports = BTreeMap<Names, Names>;

pub(super) fn no_files_import_each_other_in_a_circle(repository: &Repository) -> Vec<Violation> {
    let mut crates: BTreeMap<&str, BTreeMap<Names, String>> = BTreeMap::new();
    for file in repository
        .files
        .iter()
        .filter(|file| file.has_extension(&["rs"]))
    {
        if let Some((folder, rest)) = file.path.split_once("/src/")
            && !EXCEPT.contains(&folder)
        {
            let modules = crates.entry(folder).or_default();
            modules.insert(module(rest), code(&file.text));
        }
    }
    let mut violations = Vec::new();
    for (folder, modules) in &crates {
        for circle in circles(modules) {
            let names: Vec<_> = circle.iter().map(|names| names.join("::")).collect();
            violations.push(Violation {
                path: format!("{folder}/src"),
                line: 1,
                what: format!("{} files import each other: {}", names.len(), names.join(", ")),
                why: "a reader must be able to start with one file; move what both need into a third",
            });
        }
    }
    violations
}

/// The module of a file, by its path below `src`.
fn module(path: &str) -> Names {
    let mut names: Names = path
        .trim_end_matches(".rs")
        .split('/')
        .map(str::to_owned)
        .collect();
    if names
        .last()
        .is_some_and(|last| ["mod", "lib", "main"].contains(&last.as_str()))
    {
        names.pop();
    }
    names
}

/// The text up to the file's own test module, without comments.
fn code(text: &str) -> String {
    let mut code = String::new();
    let mut lines = text.lines().peekable();
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

/// The groups of modules that reach each other.
fn circles(modules: &BTreeMap<Names, String>) -> BTreeSet<Vec<Names>> {
    let re_exports = re_exports(modules);
    let uses: BTreeMap<&Names, BTreeSet<Names>> = modules
        .iter()
        .map(|(module, code)| (module, used(module, code, modules, &re_exports)))
        .collect();
    let mut reached = BTreeMap::new();
    for module in modules.keys() {
        reached.insert(module, reach(module, &uses));
    }
    let mut circles = BTreeSet::new();
    for (module, reaches) in &reached {
        let circle = reaches
            .iter()
            .filter(|other| reached[*other].contains(module));
        let circle: Vec<Names> = circle.map(|names| names.to_vec()).collect();
        if circle.len() > 1 {
            circles.insert(circle);
        }
    }
    circles
}

/// Every module that `from` uses, directly or through others.
fn reach<'a>(from: &Names, uses: &'a BTreeMap<&Names, BTreeSet<Names>>) -> BTreeSet<&'a Names> {
    let mut reached = BTreeSet::new();
    let mut open: Vec<&Names> = uses[from].iter().collect();
    while let Some(next) = open.pop() {
        if reached.insert(next) {
            open.extend(&uses[next]);
        }
    }
    reached
}

fn re_exports(modules: &BTreeMap<Names, String>) -> ReExports {
    let mut found = ReExports::new();
    for (module, code) in modules {
        for tree in use_trees(code, true) {
            for path in expand(tree, &[]) {
                if let Some(path) = absolute(&path, module, modules)
                    && let Some(last) = path.last()
                {
                    found.insert([&module[..], slice::from_ref(last)].concat(), path);
                }
            }
        }
    }
    found
}

/// The modules whose items a module names, in imports and in paths.
fn used(
    module: &Names,
    code: &str,
    modules: &BTreeMap<Names, String>,
    re_exports: &ReExports,
) -> BTreeSet<Names> {
    let mut paths: Vec<Names> = use_trees(code, false)
        .flat_map(|tree| expand(tree, &[]))
        .collect();
    let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
    for path in code.split(|c| !is_part(c)) {
        let names: Names = path
            .trim_end_matches(':')
            .split("::")
            .map(str::to_owned)
            .collect();
        // Other names in the code are local, or were imported.
        if names.len() > 1 && ["crate", "self", "super"].contains(&names[0].as_str()) {
            paths.push(names);
        }
    }
    let homes = paths
        .iter()
        .filter_map(|path| home(absolute(path, module, modules)?, modules, re_exports));
    // The root declares modules, and is no file that others depend on.
    homes
        .filter(|home| home != module && !home.is_empty())
        .collect()
}

/// What stands between `use` and `;` at the beginning of a line, with or without visibility.
fn use_trees(code: &str, is_public: bool) -> impl Iterator<Item = &str> {
    code.match_indices("use ").filter_map(move |(at, keyword)| {
        let line_start = code[..at].rfind('\n').map_or(0, |end| end + 1);
        let before = code[line_start..at].trim();
        let fits = match is_public {
            true => before == "pub" || (before.starts_with("pub(") && before.ends_with(')')),
            false => before.is_empty(),
        };
        fits.then(|| code[at + keyword.len()..].split(';').next())?
    })
}

/// The paths of a tree such as `a::{b, c::{self, d as e}}`.
fn expand(tree: &str, prefix: &[String]) -> Vec<Names> {
    let names = |path: &str| {
        let names = path
            .split("::")
            .map(str::trim)
            .filter(|name| !name.is_empty());
        names.map(str::to_owned).collect::<Names>()
    };
    let mut paths = Vec::new();
    let (mut depth, mut start) = (0_i32, 0);
    for (at, c) in tree.char_indices().chain([(tree.len(), ',')]) {
        depth += i32::from(c == '{') - i32::from(c == '}');
        if c != ',' || depth > 0 {
            continue;
        }
        let item = tree[start..at].trim();
        start = at + 1;
        match item.split_once('{') {
            Some((head, rest)) => {
                let inner = rest.rsplit_once('}').map_or(rest, |(inner, _)| inner);
                paths.extend(expand(inner, &[prefix, &names(head)].concat()));
            }
            None if item.is_empty() => {}
            None => {
                let name = item.split(" as ").next().unwrap_or_default();
                paths.push([prefix, &names(name)].concat());
            }
        }
    }
    paths
}

/// The path from the crate's root; `None` for a path into another crate.
fn absolute(path: &[String], module: &Names, modules: &BTreeMap<Names, String>) -> Option<Names> {
    let first = path.first()?;
    let supers = path.iter().take_while(|name| *name == "super").count();
    match first.as_str() {
        "crate" => Some(path[1..].to_vec()),
        "self" => Some([module, &path[1..]].concat()),
        "super" => Some([module.get(..module.len() - supers)?, &path[supers..]].concat()),
        _ => {
            let child = [module, &path[..1]].concat();
            modules
                .contains_key(&child)
                .then(|| [module, path].concat())
        }
    }
}

/// The module that defines what a path names, with re-exports resolved.
fn home(
    mut path: Names,
    modules: &BTreeMap<Names, String>,
    re_exports: &ReExports,
) -> Option<Names> {
    // A chain of re-exports is short; the bound ends one that leads back to itself.
    for _ in 0..8 {
        let known = |length: &usize| {
            !modules.contains_key(&path[..*length]) && re_exports.contains_key(&path[..*length])
        };
        let Some(length) = (0..=path.len()).rev().find(known) else {
            break;
        };
        path = [&re_exports[&path[..length]], &path[length..]].concat();
    }
    let length = (0..=path.len())
        .rev()
        .find(|length| modules.contains_key(&path[..*length]))?;
    Some(path[..length].to_vec())
}

#[cfg(test)]
mod tests {
    use super::super::tree::repository;
    use super::*;

    fn found(files: &[(&str, &str)]) -> Vec<String> {
        let violations = no_files_import_each_other_in_a_circle(&repository(files));
        violations
            .into_iter()
            .map(|violation| violation.what)
            .collect()
    }

    #[test]
    fn two_files_that_import_each_other_are_a_circle() {
        let b = ("a/src/b.rs", "use crate::c::C;\n");
        assert_eq!(
            found(&[b, ("a/src/c.rs", "fn f() { super::b::g() }\n")]),
            ["2 files import each other: b, c"]
        );
        assert!(
            found(&[
                b,
                (
                    "a/src/c.rs",
                    "// crate::b\n#[cfg(test)]\nmod tests {\n    use crate::b;\n}\n"
                )
            ])
            .is_empty()
        );
    }

    #[test]
    fn a_circle_through_a_re_export_is_found() {
        let files = [
            ("a/src/lib.rs", "mod b;\nmod c;\npub use c::{C, D};\n"),
            ("a/src/b.rs", "use crate::{C};\n"),
            (
                "a/src/c.rs",
                "use std::fmt;\nuse crate::{b::{self, B}, fmt};\n",
            ),
        ];
        assert_eq!(found(&files), ["2 files import each other: b, c"]);
    }

    #[test]
    fn a_parent_and_a_child_that_use_each_other_are_a_circle() {
        let files = [
            (
                "a/src/b/mod.rs",
                "mod c;\nuse c::C;\npub(crate) struct B;\n",
            ),
            ("a/src/b/c.rs", "use super::B;\n"),
        ];
        assert_eq!(found(&files), ["2 files import each other: b, b::c"]);
        // A parent that only declares and re-exports is none.
        let files = [
            ("a/src/b/mod.rs", "mod c;\npub(crate) use self::d::D;\n"),
            ("a/src/b/c.rs", "use super::D;\n"),
            ("a/src/b/d.rs", ""),
        ];
        assert!(found(&files).is_empty());
    }
}
