//! Node, which runs the browser tests: the machine's if it is new enough, else pinned wheels of it.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::error::Error;
use crate::tools::{NODE, Tools};

/// Playwright's and the test runner's oldest.
const OLDEST: u32 = 20;

/// Node and the npm that belongs to it.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) node: PathBuf,
    pub(crate) npm: PathBuf,
}

impl Node {
    /// Finds node on the path, or installs it.
    pub(crate) fn ready(root: &Path) -> Result<Self, Error> {
        let told = |program| Command::new(program).arg("--version").output();
        let version =
            told("node").map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
        if version.is_ok_and(|version| is_new_enough(&version)) && told("npm").is_ok() {
            return Ok(Self {
                node: "node".into(),
                npm: "npm".into(),
            });
        }
        let tools = Tools::ready(root, NODE)?;
        Ok(Self {
            node: tools.program("node"),
            npm: tools.program("npm"),
        })
    }
}

/// Reads what `node --version` prints, such as `v20.20.2`.
fn is_new_enough(version: &str) -> bool {
    let major = version.trim().trim_start_matches('v').split('.').next();
    major
        .and_then(|major| major.parse::<u32>().ok())
        .is_some_and(|major| major >= OLDEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_node_and_none_at_all_are_not_used() {
        for (version, expected) in [
            ("v20.20.2\n", true),
            ("v24.19.0", true),
            ("v18.19.1", false),
            ("", false),
            ("nonsense", false),
        ] {
            assert_eq!(is_new_enough(version), expected, "{version}");
        }
    }
}
