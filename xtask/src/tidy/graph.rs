//! Who depends on whom: the resolved graph of cargo, with all features and for all platforms.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::Path;

use cargo_metadata::{CargoOpt, DependencyKind, Metadata, MetadataCommand, PackageId};

use crate::error::Error;

/// The crates of the workspace and the edges between all packages.
#[derive(Debug, Default)]
pub(super) struct Graph {
    pub(super) crates: Vec<Crate>,
    /// From each package to those it depends on.
    edges: BTreeMap<Package, Vec<Edge>>,
}

/// A crate of the workspace.
#[derive(Debug)]
pub(super) struct Crate {
    pub(super) package: Package,
    /// The path of its `Cargo.toml` relative to the root, with `/`.
    pub(super) manifest: String,
    pub(super) has_description: bool,
    pub(super) has_licence: bool,
}

/// A package: two versions of one name are two.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Package {
    pub(super) name: String,
    version: String,
}

#[derive(Debug)]
struct Edge {
    to: Package,
    kinds: Vec<DependencyKind>,
}

impl Graph {
    /// Asks cargo, which resolves nothing anew: the lock file says what there is.
    pub(super) fn read(root: &Path) -> Result<Self, Error> {
        let metadata = MetadataCommand::new()
            .current_dir(root)
            .features(CargoOpt::AllFeatures)
            .other_options(["--locked".to_owned()])
            .exec()?;
        Ok(Self::from_metadata(&metadata))
    }

    fn from_metadata(metadata: &Metadata) -> Self {
        let packages: BTreeMap<&PackageId, Package> = metadata
            .packages
            .iter()
            .map(|package| {
                let known = Package {
                    name: package.name.to_string(),
                    version: package.version.to_string(),
                };
                (&package.id, known)
            })
            .collect();
        let mut edges = BTreeMap::new();
        for node in metadata.resolve.iter().flat_map(|resolve| &resolve.nodes) {
            let to = node.deps.iter().map(|dependency| Edge {
                to: packages[&dependency.pkg].clone(),
                kinds: dependency.dep_kinds.iter().map(|info| info.kind).collect(),
            });
            edges.insert(packages[&node.id].clone(), to.collect());
        }
        let is_said =
            |text: &Option<String>| text.as_ref().is_some_and(|text| !text.trim().is_empty());
        let crates = metadata.workspace_packages().into_iter().map(|package| {
            let manifest = package.manifest_path.strip_prefix(&metadata.workspace_root);
            Crate {
                package: packages[&package.id].clone(),
                manifest: manifest
                    .unwrap_or(&package.manifest_path)
                    .as_str()
                    .replace('\\', "/"),
                has_description: is_said(&package.description),
                has_licence: is_said(&package.license),
            }
        });
        Self {
            crates: crates.collect(),
            edges,
        }
    }

    /// Whether the workspace has a crate of that name.
    pub(super) fn is_ours(&self, name: &str) -> bool {
        self.crates.iter().any(|one| one.package.name == name)
    }

    /// The names of what a package asks for itself, of whatever kind.
    pub(super) fn direct(&self, package: &Package) -> impl Iterator<Item = &str> {
        self.edges_of(package).map(|edge| edge.to.name.as_str())
    }

    /// The shortest way to each name that is looked for in what is linked into a package, each
    /// from the first dependency to the name: by normal edges, and with `tests` by the package's
    /// own development and build edges as well. What `around` names is not gone through.
    pub(super) fn ways<'a>(
        &'a self,
        from: &'a Package,
        tests: bool,
        around: &[&str],
        is_looked_for: impl Fn(&str) -> bool,
    ) -> Vec<Vec<&'a str>> {
        let mut seen = BTreeSet::from([from]);
        let mut queue = VecDeque::from([(from, Vec::new())]);
        let mut found: Vec<Vec<&str>> = Vec::new();
        while let Some((package, way)) = queue.pop_front() {
            for edge in self.edges_of(package) {
                let counts =
                    edge.kinds.contains(&DependencyKind::Normal) || (tests && package == from);
                if !counts || !seen.insert(&edge.to) {
                    continue;
                }
                let name = edge.to.name.as_str();
                let mut way = way.clone();
                way.push(name);
                if is_looked_for(name) && !found.iter().any(|one| one.last() == Some(&name)) {
                    found.push(way.clone());
                }
                if !around.contains(&name) {
                    queue.push_back((&edge.to, way));
                }
            }
        }
        found
    }

    fn edges_of(&self, package: &Package) -> impl Iterator<Item = &Edge> {
        self.edges.get(package).into_iter().flatten()
    }
}

#[cfg(test)]
impl Graph {
    pub(super) fn by_hand(crates: &[&str], edges: &[&str]) -> Self {
        let package = |name: &str| Package {
            name: name.trim().to_owned(),
            version: "1.0.0".to_owned(),
        };
        let mut graph = Self::default();
        for name in crates {
            graph.crates.push(Crate {
                package: package(name),
                manifest: format!("crates/{name}/Cargo.toml"),
                has_description: true,
                has_licence: true,
            });
        }
        for edge in edges {
            let (from, to, kind) = match edge.split_once(" -dev-> ") {
                Some((from, to)) => (from, to, DependencyKind::Development),
                None => {
                    let (from, to) = edge.split_once(" -> ").expect("an arrow");
                    (from, to, DependencyKind::Normal)
                }
            };
            let edge = Edge {
                to: package(to),
                kinds: vec![kind],
            };
            graph.edges.entry(package(from)).or_default().push(edge);
        }
        graph
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shortest_way_is_told() {
        let edges = [
            "a -> b",
            "b -> c",
            "c -> tokio",
            "a -> d",
            "d -> tokio",
            "tokio -> a",
        ];
        let graph = Graph::by_hand(&["a"], &edges);
        let ways = graph.ways(&graph.crates[0].package, false, &[], |name| name == "tokio");
        assert_eq!(ways, [["d", "tokio"]]);
    }

    #[test]
    fn development_edges_count_only_at_the_first_step_and_only_if_asked_for() {
        let graph = Graph::by_hand(&["a"], &["a -dev-> b", "b -> c", "b -dev-> d"]);
        let a = &graph.crates[0].package;
        assert_eq!(graph.ways(a, false, &[], |_| true), Vec::<Vec<&str>>::new());
        assert_eq!(
            graph.ways(a, true, &[], |_| true),
            [vec!["b"], vec!["b", "c"]]
        );
    }

    #[test]
    fn this_workspace_reads() {
        let graph = Graph::read(Path::new(env!("CARGO_MANIFEST_DIR"))).unwrap();
        let xtask = graph
            .crates
            .iter()
            .find(|one| one.package.name == "xtask")
            .unwrap();
        assert_eq!(xtask.manifest, "xtask/Cargo.toml");
        assert!(xtask.has_description && xtask.has_licence);
        assert!(
            graph
                .direct(&xtask.package)
                .any(|name| name == "cargo_metadata")
        );
        let ways = graph.ways(&xtask.package, false, &[], |name| name == "serde");
        assert_eq!(ways.len(), 1, "cargo_metadata brings serde: {ways:?}");
    }
}
