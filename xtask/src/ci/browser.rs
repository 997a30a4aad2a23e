use std::fs;
use std::path::Path;

use super::counts::Counts;
use super::job::settle;
use crate::chromium::{Driver, FOLDER};
use crate::error::Error;

/// Runs every `*.test.mjs`, two files at a time: each starts a sandbox and a browser of its own.
pub(super) fn run(root: &Path, counts: &mut Option<Counts>) -> Result<(), Error> {
    let files = files(&root.join(FOLDER))?;
    let mut arguments = vec!["--test", "--test-reporter=spec", "--test-concurrency=2"];
    arguments.extend(files.iter().map(String::as_str));
    let step = Driver::ready(root)?.node(&arguments, root);
    let mut sum = None;
    let shown = step.shown().to_owned();
    let result = step.run_reading(|line| {
        if let Some(one) = Counts::from_node(line) {
            *sum.get_or_insert_default() += one;
        }
    });
    settle(result, sum, counts, shown)
}

fn files(folder: &Path) -> Result<Vec<String>, Error> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(Error::file(folder))? {
        let name = entry.map_err(Error::file(folder))?.file_name();
        files.extend(
            name.to_str()
                .filter(|name| name.ends_with(".test.mjs"))
                .map(str::to_owned),
        );
    }
    files.sort();
    Ok(files)
}
