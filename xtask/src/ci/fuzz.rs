use std::fs;
use std::path::Path;

use super::counts::Counts;
use super::job::settle;
use crate::error::Error;
use crate::step::Step;
use crate::tools::{NATIVE, Tools};

/// Enough to show within seconds that a reader breaks easily; to search on, run it by hand for hours.
const RUNS: &str = "-runs=30000";

/// Runs every fuzz target on its committed corpus and on a bounded number of inputs made from it.
///
/// The seed is fixed, so a red job stays red; and no sanitizer is used, since none of our code is
/// unsafe: what is looked for are panics and broken promises, which the stable compiler finds too.
pub(super) fn run(root: &Path, counts: &mut Option<Counts>) -> Result<(), Error> {
    let fuzz = Tools::ready(root, NATIVE)?.program("cargo-fuzz");
    let manifest = ["--manifest-path", "fuzz/Cargo.toml"];
    Step::cargo(&[&["fmt", "--check"], &manifest[..]].concat(), root).run()?;
    Step::cargo(&[&["fetch", "--locked"], &manifest[..]].concat(), root).run()?;
    let common = [
        "--fuzz-dir",
        "fuzz",
        "--target-dir",
        "target/fuzz",
        "--sanitizer",
        "none",
    ];
    Step::new(&fuzz, &[&["fuzz", "build"], &common[..]].concat(), root).run()?;
    for target in targets(root)? {
        // What it finds on the way stays out of the checkout.
        let found = format!("target/fuzz-corpus/{target}");
        let known = format!("fuzz/corpus/{target}");
        let found_path = root.join(&found);
        fs::create_dir_all(&found_path).map_err(Error::file(&found_path))?;
        let places = [target.as_str(), &found, &known];
        let engine = ["--", RUNS, "-seed=1", "-max_len=4096", "-verbosity=0"];
        let arguments = [&["fuzz", "run"], &common[..], &places, &engine].concat();
        let step = Step::new(&fuzz, &arguments, root);
        let shown = step.shown().to_owned();
        let result = step.run();
        let one = Counts {
            passed: result.is_ok().into(),
            failed: result.is_err().into(),
            ..Counts::default()
        };
        settle(result, Some(one), counts, shown)?;
    }
    Ok(())
}

/// One file, one target.
fn targets(root: &Path) -> Result<Vec<String>, Error> {
    let folder = root.join("fuzz").join("targets");
    let mut targets = Vec::new();
    for entry in fs::read_dir(&folder).map_err(Error::file(&folder))? {
        let path = entry.map_err(Error::file(&folder))?.path();
        if let Some(name) = path.file_stem() {
            targets.push(name.to_string_lossy().into_owned());
        }
    }
    targets.sort();
    Ok(targets)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_target_has_a_corpus_a_reader_and_an_entry_in_the_manifest() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let manifest = fs::read_to_string(root.join("fuzz/Cargo.toml")).unwrap();
        let targets = targets(&root).unwrap();
        assert!(!targets.is_empty());
        for target in targets {
            assert!(
                manifest.contains(&format!("name = \"{target}\"")),
                "{target}"
            );
            assert!(
                root.join(format!("fuzz/src/{target}.rs")).exists(),
                "{target}"
            );
            let corpus = fs::read_dir(root.join("fuzz/corpus").join(&target)).unwrap();
            assert!(corpus.count() > 3, "{target}");
        }
    }
}
