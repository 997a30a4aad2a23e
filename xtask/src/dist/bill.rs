//! The software bill of materials: every crate that a program is made of, as CycloneDX says it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package, PackageId};
use cyclonedx_bom::models::component::{Classification, Scope};
use cyclonedx_bom::models::dependency::{Dependencies, Dependency};
use cyclonedx_bom::models::hash::{Hash, HashAlgorithm, HashValue, Hashes};
use cyclonedx_bom::models::license::{LicenseChoice, Licenses};
use cyclonedx_bom::models::metadata::Metadata as About;
use cyclonedx_bom::prelude::*;

use crate::error::Error;
use crate::step::Step;

/// The crate whose program is handed out.
const ROOT: &str = "portal-cli";

/// Name and version.
type Crate = (String, String);

/// What a program is made of, for one target and one set of features.
#[derive(Debug)]
pub(super) struct Bill {
    metadata: Metadata,
    /// What is linked in.
    shipped: BTreeSet<Crate>,
    /// The same, and what only builds it.
    all: BTreeSet<Crate>,
}

impl Bill {
    /// Asks cargo, which resolves nothing anew: the lock file says what there is.
    pub(super) fn read(root: &Path, target: &str, features: &[&str]) -> Result<Self, Error> {
        // `cargo metadata` knows the edges, but joins the features of the whole workspace; `cargo
        // tree` knows which crates this program has.
        let metadata = MetadataCommand::new()
            .current_dir(root)
            .other_options([
                "--locked".to_owned(),
                "--filter-platform".to_owned(),
                target.to_owned(),
            ])
            .exec()?;
        Ok(Self {
            metadata,
            shipped: tree(root, target, features, "normal")?,
            all: tree(root, target, features, "normal,build")?,
        })
    }

    /// How many crates are linked into the program, ours among them.
    pub(super) fn shipped(&self) -> usize {
        self.shipped.len()
    }

    /// How many more it takes to build it.
    pub(super) fn for_building(&self) -> usize {
        self.all.len() - self.shipped.len()
    }

    /// Returns the document, as JSON; `sha256` is the program's.
    pub(super) fn to_json(&self, sha256: &str) -> Result<Vec<u8>, Error> {
        let bom = self.document(sha256);
        let mut json = Vec::new();
        bom.output_as_json_v1_5(&mut json)
            .map_err(|error| Error::Bill(error.to_string()))?;
        Ok(json)
    }

    fn document(&self, sha256: &str) -> Bom {
        let packages: BTreeMap<&PackageId, &Package> = self
            .metadata
            .packages
            .iter()
            .filter(|package| self.all.contains(&named(package)))
            .map(|package| (&package.id, package))
            .collect();
        let (root, rest): (Vec<_>, Vec<_>) = packages
            .values()
            .copied()
            .partition(|package: &&Package| package.name == ROOT);
        let program = root.first().map(|package| Component {
            hashes: Some(Hashes(vec![Hash {
                alg: HashAlgorithm::SHA_256,
                content: HashValue(sha256.to_owned()),
            }])),
            ..self.component(package, Classification::Application)
        });
        let components = rest
            .iter()
            .map(|package| self.component(package, Classification::Library));
        let nodes = self
            .metadata
            .resolve
            .iter()
            .flat_map(|resolve| &resolve.nodes);
        let edges = nodes
            .filter(|node| packages.contains_key(&node.id))
            .map(|node| {
                let to = node.deps.iter().filter(|dependency| {
                    packages.contains_key(&dependency.pkg)
                        && dependency
                            .dep_kinds
                            .iter()
                            .any(|info| info.kind != DependencyKind::Development)
                });
                Dependency {
                    dependency_ref: reference(packages[&node.id]),
                    dependencies: to
                        .map(|dependency| reference(packages[&dependency.pkg]))
                        .collect(),
                }
            });
        Bom {
            metadata: Some(About {
                component: program,
                ..About::default()
            }),
            components: Some(Components(components.collect())),
            dependencies: Some(Dependencies(edges.collect())),
            // No number and no time: the same program has the same document.
            serial_number: None,
            ..Bom::default()
        }
    }

    fn component(&self, package: &Package, kind: Classification) -> Component {
        let version = package.version.to_string();
        let scope = match self.shipped.contains(&named(package)) {
            true => Scope::Required,
            false => Scope::Excluded,
        };
        // `MIT/Apache-2.0` is how licences were written once.
        let license = package
            .license
            .as_ref()
            .map(|text| text.replace('/', " OR "));
        Component {
            scope: Some(scope),
            licenses: license.map(|text| Licenses(vec![LicenseChoice::expression(&text)])),
            // Ours are in no registry.
            purl: package
                .source
                .as_ref()
                .and_then(|_| Purl::new("cargo", &package.name, &version).ok()),
            ..Component::new(kind, &package.name, &version, Some(reference(package)))
        }
    }
}

fn named(package: &Package) -> Crate {
    (package.name.to_string(), package.version.to_string())
}

/// What names a crate within the document: nothing of this machine's, as cargo's own ids have it.
fn reference(package: &Package) -> String {
    format!("{}@{}", package.name, package.version)
}

fn tree(
    root: &Path,
    target: &str,
    features: &[&str],
    edges: &str,
) -> Result<BTreeSet<Crate>, Error> {
    let mut crates = BTreeSet::new();
    let arguments = [
        "tree",
        "--locked",
        "--package",
        ROOT,
        "--target",
        target,
        "--edges",
        edges,
        "--prefix",
        "none",
        "--format",
        "{p}",
    ];
    Step::cargo(&[&arguments, features].concat(), root).read_quietly(|line| {
        let mut words = line.split_whitespace();
        if let (Some(name), Some(version)) = (words.next(), words.next()) {
            crates.insert((name.to_owned(), version.trim_start_matches('v').to_owned()));
        }
    })?;
    Ok(crates)
}

#[cfg(test)]
mod tests {
    use cyclonedx_bom::validation::Validate;

    use super::*;

    const TARGET: &str = "x86_64-unknown-linux-gnu";

    fn bill(features: &[&str]) -> Bill {
        Bill::read(
            Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/..")),
            TARGET,
            features,
        )
        .unwrap()
    }

    #[test]
    fn it_lists_each_direct_dependency_and_where_it_leads() {
        let bill = bill(&[]);
        let bom = bill.document(&"0".repeat(64));
        assert!(bom.validate_version(SpecVersion::V1_5).passed());

        let listed: BTreeSet<_> = bom
            .components
            .iter()
            .flat_map(|all| &all.0)
            .collect::<Vec<_>>()
            .into_iter()
            .filter_map(|one| one.bom_ref.clone())
            .collect();
        let packages = &bill.metadata.packages;
        let program = packages
            .iter()
            .find(|package| package.name == ROOT)
            .unwrap();
        let edges = bom.dependencies.as_ref().unwrap();
        let direct = edges
            .0
            .iter()
            .find(|edge| edge.dependency_ref == reference(program))
            .unwrap();
        for dependency in program
            .dependencies
            .iter()
            .filter(|one| one.kind == DependencyKind::Normal)
        {
            let starts = format!("{}@", dependency.name);
            assert!(
                direct
                    .dependencies
                    .iter()
                    .any(|one| one.starts_with(&starts)),
                "{starts}"
            );
        }
        // No edge leads out of the document.
        for edge in &edges.0 {
            for to in &edge.dependencies {
                assert!(listed.contains(to), "{to}");
            }
        }
    }

    #[test]
    fn without_the_sandbox_its_database_is_not_listed() {
        let has = |bill: &Bill, name: &str| bill.shipped.iter().any(|(one, _)| one == name);
        let (full, slim) = (bill(&[]), bill(&["--no-default-features"]));
        assert!(has(&full, "rusqlite") && has(&full, "reqwest"));
        assert!(!has(&slim, "rusqlite") && has(&slim, "reqwest"));
        // Nor is what tests alone need.
        assert!(!has(&full, "insta"));
    }

    #[test]
    fn it_names_nothing_of_the_machine_and_is_the_same_each_time() {
        let json = |bill: &Bill| String::from_utf8(bill.to_json(&"0".repeat(64)).unwrap()).unwrap();
        let bill = bill(&[]);
        let text = json(&bill);
        assert_eq!(text, json(&bill));
        assert!(!text.contains(env!("CARGO_MANIFEST_DIR")), "{text}");
        assert!(text.contains(r#""specVersion": "1.5""#));
    }
}
