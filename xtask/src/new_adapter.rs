//! `cargo xtask new-adapter`: the start of an adapter for another provider.
//!
//! The templates leave the provider's name open. The result compiles, and only the trials that need the
//! provider's documentation fail. Home-made: `cargo-generate` would be one more tool to install, for the
//! replacement of four words.

use std::fs;
use std::path::Path;

use clap::Args;

use crate::error::Error;
use crate::step::Step;

/// Each file of an adapter with its template.
#[rustfmt::skip]
const FILES: &[(&str, &str)] = &[
    ("Cargo.toml", include_str!("new_adapter/template/Cargo.toml.in")),
    ("fixtures/README.md", include_str!("new_adapter/template/README.md.in")),
    ("src/adapter.rs", include_str!("new_adapter/template/adapter.rs.in")),
    ("src/fault.rs", include_str!("new_adapter/template/fault.rs.in")),
    ("src/lib.rs", include_str!("new_adapter/template/lib.rs.in")),
    ("src/wire.rs", include_str!("new_adapter/template/wire.rs.in")),
    ("tests/conformance.rs", include_str!("new_adapter/template/conformance.rs.in")),
];

/// The template of the provider's declaration.
const PROVIDER: &str = include_str!("new_adapter/template/provider.rs.in");

/// Write the start of an adapter for another provider: a crate that compiles and names what is missing
#[derive(Debug, Args)]
pub(crate) struct NewAdapter {
    /// The provider's id: words of small letters and digits joined by `-`, such as `acme`
    #[arg(value_parser = Name::parse)]
    name: Name,
}

impl NewAdapter {
    /// Writes the crate, and prints the next steps.
    pub(crate) fn run(&self, root: &Path) -> Result<(), Error> {
        refuse_taken(&self.name, root)?;
        write(&self.name, root)?;
        join(&self.name, root)?;
        let package = format!("adapter-{}", self.name.0);
        // The order of imports depends on the name.
        Step::cargo(&format!("fmt --package {package}"), root).run()?;
        println!("wrote crates/{package} and its declaration in crates/portal/src/providers");
        println!("next: `cargo test -p {package}` lists the trials that fail without your part;");
        println!("      CONTRIBUTING.md, \"Add a provider\", describes each");
        Ok(())
    }
}

/// Refuses an id that cannot become the names of a crate, a feature, a module and a type.
fn refuse_taken(name: &Name, root: &Path) -> Result<(), Error> {
    let portal = root.join("crates/portal");
    let read = |file: &str| {
        let path = portal.join(file);
        fs::read_to_string(&path).map_err(Error::file(&path))
    };
    let taken = |what: String| {
        Err(Error::Taken {
            id: name.0.clone(),
            what,
        })
    };
    let (id, module, type_name) = (&name.0, name.module(), name.type_name());
    if RESERVED.contains(&module.as_str()) {
        return taken(format!("`{module}` is a word of Rust or one of its crates"));
    }
    let file = format!("src/providers/{module}.rs");
    if portal.join(&file).exists() {
        return taken(format!("`crates/portal/{file}` exists"));
    }
    let manifest = read("Cargo.toml")?;
    let is_key = |line: &str| {
        let rest = line
            .strip_prefix(id.as_str())
            .or(line.strip_prefix(&module));
        rest.is_some_and(|rest| rest.starts_with([' ', '=', '.']))
    };
    if manifest.lines().any(is_key) {
        return taken(format!("`crates/portal/Cargo.toml` has the key `{id}`"));
    }
    let root_names = read("src/lib.rs")? + &read("src/providers/mod.rs")?;
    let templates = FILES.iter().map(|(_, template)| *template);
    let mut texts = templates.chain([PROVIDER, root_names.as_str()]);
    let has_word = |text: &str| {
        let mut words = text.split(|c: char| !c.is_alphanumeric() && c != '_');
        words.any(|word| word == type_name)
    };
    match texts.any(has_word) {
        true => taken(format!(
            "its type would be `{type_name}`, which the code uses"
        )),
        false => Ok(()),
    }
}

/// Rust's keywords, and the crates that come with it.
#[rustfmt::skip]
const RESERVED: &[&str] = &[
    "abstract", "alloc", "as", "async", "await", "become", "box", "break", "const", "continue",
    "core", "crate", "do", "dyn", "else", "enum", "extern", "false", "final", "fn", "for", "gen",
    "if", "impl", "in", "let", "loop", "macro", "match", "mod", "move", "mut", "override", "priv",
    "proc_macro", "pub", "ref", "return", "self", "static", "std", "struct", "super", "test",
    "trait", "true", "try", "type", "typeof", "unsafe", "unsized", "use", "virtual", "where",
    "while", "yield",
];

/// Writes the crate below a workspace's root, unless it exists.
pub(crate) fn write(name: &Name, root: &Path) -> Result<(), Error> {
    let home = root.join("crates").join(format!("adapter-{}", name.0));
    if home.exists() {
        return Err(Error::Exists { path: home });
    }
    for (file, template) in FILES {
        let path = home.join(file);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(Error::file(folder))?;
        }
        fs::write(&path, name.fill(template)).map_err(Error::file(&path))?;
    }
    Ok(())
}

/// Declares the provider in `portal`: a file, a line of the table, a dependency and a default feature.
fn join(name: &Name, root: &Path) -> Result<(), Error> {
    let portal = root.join("crates/portal");
    let declaration = portal.join(format!("src/providers/{}.rs", name.module()));
    let text = name.fill(PROVIDER);
    fs::write(&declaration, text).map_err(Error::file(&declaration))?;
    let edits = [
        (
            "src/providers/mod.rs",
            "providers! {\n",
            "}\n",
            "    \"@id@\" @module@ @Type@;\n",
        ),
        ("Cargo.toml", "default = [", "]", ", \"@id@\""),
        (
            "Cargo.toml",
            "# The providers: each is a feature of its id.\n",
            "\n[",
            "@id@ = { path = \"../adapter-@id@\", package = \"adapter-@id@\", version = \"0.1.0\", optional = true }\n",
        ),
    ];
    for (file, start, end, line) in edits {
        let path = portal.join(file);
        let mut text = fs::read_to_string(&path).map_err(Error::file(&path))?;
        let place = text
            .find(start)
            .and_then(|at| Some(at + text[at..].find(end)?));
        let place = place.expect("a test checks that the files have these places");
        text.insert_str(place, &name.fill(line));
        fs::write(&path, text).map_err(Error::file(&path))?;
    }
    Ok(())
}

/// A provider's id, as crates and configuration use it.
#[derive(Clone, Debug)]
pub(crate) struct Name(String);

impl Name {
    pub(crate) fn parse(text: &str) -> Result<Self, &'static str> {
        let is_small = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        let is_word = |word: &str| !word.is_empty() && word.chars().all(is_small);
        let is_first = |c: char| c.is_ascii_lowercase();
        match text.starts_with(is_first)
            && text.split('-').all(is_word)
            && !text.starts_with("adapter-")
        {
            true => Ok(Self(text.to_owned())),
            false => Err(
                "a provider's id is words of small letters and digits joined by `-`, without `adapter-`; hint: write it like `acme` or `acme-pay`",
            ),
        }
    }

    /// Returns the name of its Rust module.
    fn module(&self) -> String {
        self.0.replace('-', "_")
    }

    /// Replaces `@id@`, `@module@`, `@MODULE@` and `@Type@` in a template.
    fn fill(&self, template: &str) -> String {
        let module = self.module();
        template
            .replace("@id@", &self.0)
            .replace("@module@", &module)
            .replace("@MODULE@", &module.to_uppercase())
            .replace("@Type@", &self.type_name())
    }

    /// Returns the name of its Rust type.
    fn type_name(&self) -> String {
        let words = self.0.split('-');
        let words = words.filter_map(|word| word.split_at_checked(1));
        words
            .map(|(first, rest)| first.to_uppercase() + rest)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_no_id_is_refused_with_a_hint() {
        let wrong = "|Acme|acme_pay|acme-|-acme|acme--pay|4acme|acmé|../acme|acme pay|adapter-acme";
        for text in wrong.split('|') {
            let why = Name::parse(text).expect_err(text);
            assert!(why.contains("hint: "), "{why}");
        }
    }

    #[test]
    fn a_provider_is_declared_by_a_file_and_three_lines() {
        let root = tempfile::tempdir().unwrap();
        let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/portal");
        let portal = root.path().join("crates/portal");
        fs::create_dir_all(portal.join("src/providers")).unwrap();
        for file in ["Cargo.toml", "src/providers/mod.rs"] {
            fs::copy(here.join(file), portal.join(file)).unwrap();
        }
        join(&Name::parse("blue-moon").unwrap(), root.path()).unwrap();
        let manifest = fs::read_to_string(portal.join("Cargo.toml")).unwrap();
        assert!(manifest.contains(", \"blue-moon\"]\n"), "{manifest}");
        assert!(manifest.contains("\nblue-moon = { path = \"../adapter-blue-moon\", "));
        let table = fs::read_to_string(portal.join("src/providers/mod.rs")).unwrap();
        assert!(
            table.contains("    \"blue-moon\" blue_moon BlueMoon;\n}\n"),
            "{table}"
        );
        let file = fs::read_to_string(portal.join("src/providers/blue_moon.rs")).unwrap();
        assert!(file.contains("::blue_moon::INFO") && file.contains("\"BLUE_MOON_API_KEY\""));
    }

    #[test]
    fn an_id_that_the_code_uses_otherwise_is_refused_before_anything_is_written() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let refuse = |id: &str| refuse_taken(&Name::parse(id).unwrap(), &root);
        for (id, what) in [
            ("type", "`type` is a word of Rust"),
            ("self", "`self` is a word of Rust"),
            ("core", "`core` is a word of Rust or one of its crates"),
            ("builder", "`crates/portal/src/providers/builder.rs` exists"),
            ("kwik", "`crates/portal/src/providers/kwik.rs` exists"),
            ("http", "has the key `http`"),
            ("portal-core", "has the key `portal-core`"),
            ("default", "has the key `default`"),
            ("client", "its type would be `Client`"),
            ("arc", "its type would be `Arc`"),
        ] {
            let error = refuse(id).expect_err(id).to_string();
            assert!(error.contains(what) && error.contains("hint: "), "{error}");
        }
        for id in ["acme", "x1", "blue-moon"] {
            assert!(refuse(id).is_ok(), "{id}");
        }
    }

    #[test]
    fn a_crate_is_written_once_and_has_its_name_everywhere() {
        let root = tempfile::tempdir().unwrap();
        let name = Name::parse("blue-moon2").unwrap();
        write(&name, root.path()).unwrap();
        let home = root.path().join("crates/adapter-blue-moon2");
        for (file, _) in FILES {
            let text = fs::read_to_string(home.join(file)).expect(file);
            assert!(!text.contains('@'), "{file}: {text}");
        }
        let lib = fs::read_to_string(home.join("src/lib.rs")).unwrap();
        for text in [
            "pub struct BlueMoon2",
            "use adapter_blue_moon2::BlueMoon2",
            "ProviderInfo::new(\n    \"blue-moon2\",",
        ] {
            assert!(lib.contains(text), "{text}");
        }
        let error = write(&name, root.path()).unwrap_err().to_string();
        assert!(error.contains("hint: "), "{error}");
    }
}
