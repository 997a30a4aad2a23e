//! `cargo xtask screenshots`: the pages as they look, for the documents.

use std::path::Path;

use clap::Args;

use crate::chromium::Driver;
use crate::error::Error;

/// Take pictures of the home page and both portals into docs/screenshots
///
/// Desktop and phone, light and dark, from a sandbox of its own with the demo data.
#[derive(Debug, Args)]
pub(crate) struct Screenshots {}

impl Screenshots {
    /// Takes all of them anew.
    pub(crate) fn run(&self, root: &Path) -> Result<(), Error> {
        let folder = root.join("docs").join("screenshots");
        let folder = folder.to_string_lossy();
        Driver::ready(root)?
            .node(&["screenshots.mjs", &folder], root)
            .run()
    }
}
