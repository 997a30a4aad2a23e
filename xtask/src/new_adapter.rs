//! `cargo xtask new-adapter`: the beginning of a provider's adapter.
//!
//! The templates are an adapter of a provider called Acme, which is renamed. What they write
//! compiles, keeps what every adapter can keep, and owes the trials that need the documentation.

use std::fs;
use std::path::Path;
use std::str::FromStr;

use clap::Args;

use crate::error::Error;
use crate::step::Step;

/// Each file of an adapter with its template.
const FILES: &[(&str, &str)] = &[
    (
        "Cargo.toml",
        include_str!("new_adapter/template/Cargo.toml.in"),
    ),
    (
        "fixtures/README.md",
        include_str!("new_adapter/template/README.md.in"),
    ),
    (
        "src/adapter.rs",
        include_str!("new_adapter/template/adapter.rs.in"),
    ),
    (
        "src/fault.rs",
        include_str!("new_adapter/template/fault.rs.in"),
    ),
    ("src/lib.rs", include_str!("new_adapter/template/lib.rs.in")),
    (
        "src/wire.rs",
        include_str!("new_adapter/template/wire.rs.in"),
    ),
    (
        "tests/conformance.rs",
        include_str!("new_adapter/template/conformance.rs.in"),
    ),
];

/// Begin the adapter of another provider: a crate that compiles and owes its trials
#[derive(Debug, Args)]
pub(crate) struct NewAdapter {
    /// The provider's id: words of small letters and digits joined by `-`, such as `acme`
    name: Name,
}

impl NewAdapter {
    /// Writes the crate, and says what comes next.
    pub(crate) fn run(&self, root: &Path) -> Result<(), Error> {
        let name = &self.name.0;
        write(&self.name, root)?;
        // The order of imports depends on the name.
        Step::cargo(&["fmt", "--package", &format!("adapter-{name}")], root).run()?;
        println!("wrote crates/adapter-{name}");
        println!("next: `cargo test -p adapter-{name}` names the trials that it owes;");
        println!("      CONTRIBUTING.md, \"Add a provider\", says how to pay them");
        Ok(())
    }
}

/// Writes the crate below a workspace's root; one that is there already is left alone.
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

/// A provider's id, as crates and configuration use it.
#[derive(Clone, Debug)]
pub(crate) struct Name(String);

impl Name {
    /// Puts the name where a template says Acme, in the spelling of the place.
    fn fill(&self, template: &str) -> String {
        let spellings = [
            ("adapter_acme", format!("adapter_{}", self.in_code())),
            ("fn acme_", format!("fn {}_", self.in_code())),
            ("let acme ", format!("let {} ", self.in_code())),
            ("&acme", format!("&{}", self.in_code())),
            ("acme", self.0.clone()),
            ("Acme", self.in_capitals()),
        ];
        // In one pass: a name may hold what is looked for.
        let mut filled = String::new();
        let mut rest = template;
        while let Some(next) = rest.chars().next() {
            let found = spellings.iter().find(|(from, _)| rest.starts_with(from));
            let taken = match found {
                Some((from, to)) => {
                    filled.push_str(to);
                    from.len()
                }
                None => {
                    filled.push(next);
                    next.len_utf8()
                }
            };
            rest = &rest[taken..];
        }
        filled
    }

    fn in_code(&self) -> String {
        self.0.replace('-', "_")
    }

    fn in_capitals(&self) -> String {
        let words = self.0.split('-').filter_map(|word| {
            let (first, rest) = word.split_at_checked(1)?;
            Some(first.to_uppercase() + rest)
        });
        words.collect()
    }
}

impl FromStr for Name {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_word = |word: &str| {
            let is_small = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
            !word.is_empty() && word.chars().all(is_small)
        };
        let begins = text.starts_with(|c: char| c.is_ascii_lowercase());
        match begins && text.split('-').all(is_word) && !text.starts_with("adapter-") {
            true => Ok(Self(text.to_owned())),
            false => Err(
                "a provider's id is words of small letters and digits joined by `-`, without `adapter-`; hint: write it like `acme` or `acme-pay`",
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> Name {
        text.parse().expect(text)
    }

    #[test]
    fn a_name_that_is_no_id_is_refused_with_a_hint() {
        for text in [
            "",
            "Acme",
            "acme_pay",
            "acme-",
            "-acme",
            "acme--pay",
            "4acme",
            "acmé",
            "../acme",
            "acme pay",
            "adapter-acme",
        ] {
            let why = text.parse::<Name>().expect_err(text);
            assert!(why.contains("hint: "), "{why}");
        }
    }

    #[test]
    fn a_crate_is_written_once_and_bears_its_name_everywhere() {
        let root = tempfile::tempdir().unwrap();
        write(&name("blue-moon2"), root.path()).unwrap();
        let home = root.path().join("crates/adapter-blue-moon2");
        for (file, _) in FILES {
            let text = fs::read_to_string(home.join(file)).expect(file);
            assert!(!text.to_lowercase().contains("acme"), "{file}: {text}");
        }
        let lib = fs::read_to_string(home.join("src/lib.rs")).unwrap();
        for text in [
            "pub struct BlueMoon2",
            "use adapter_blue_moon2::BlueMoon2",
            "id: \"blue-moon2\"",
        ] {
            assert!(lib.contains(text), "{text}");
        }

        let twice = name("acme-pay").fill("adapter_acme::Acme of acme");
        assert_eq!(twice, "adapter_acme_pay::AcmePay of acme-pay");

        fs::write(home.join("src/lib.rs"), "mine").unwrap();
        let error = write(&name("blue-moon2"), root.path())
            .unwrap_err()
            .to_string();
        assert!(error.contains("hint: "), "{error}");
        assert_eq!(fs::read_to_string(home.join("src/lib.rs")).unwrap(), "mine");
    }
}
