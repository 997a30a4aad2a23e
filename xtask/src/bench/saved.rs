//! docs/BENCHMARKS.md and its pictures, from the last run.

use std::fs;
use std::path::Path;

use super::plot;
use super::report::Report;
use crate::error::Error;

const BEGIN: &str = "<!-- measured: written by `cargo xtask bench --save` -->";
const END: &str = "<!-- measured: end -->";

/// Writes the tables between the marks of docs/BENCHMARKS.md, and the pictures.
pub(super) fn write(root: &Path, report: &Report) -> Result<(), Error> {
    let path = root.join("docs/BENCHMARKS.md");
    let text = fs::read_to_string(&path).map_err(Error::file(&path))?;
    let text = between(&text, &report.to_string()).map_err(|mark| Error::NoMark {
        path: path.clone(),
        mark,
    })?;
    fs::write(&path, text).map_err(Error::file(&path))?;
    let folder = root.join("docs/benchmarks");
    fs::create_dir_all(&folder).map_err(Error::file(&folder))?;
    for (name, picture) in plot::all(report) {
        let path = folder.join(name);
        fs::write(&path, picture).map_err(Error::file(&path))?;
    }
    Ok(())
}

/// Puts `new` in the place of what stands between the marks; else returns the mark that is not there.
fn between(text: &str, new: &str) -> Result<String, &'static str> {
    let (before, rest) = text.split_once(BEGIN).ok_or(BEGIN)?;
    let (_, after) = rest.split_once(END).ok_or(END)?;
    let new = new.trim();
    Ok(format!("{before}{BEGIN}\n\n{new}\n\n{END}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_around_the_marks_stays() {
        let text = format!("a\n{BEGIN}\nold\n{END}\nb\n");
        let written = between(&text, "\nnew\n").unwrap();
        assert_eq!(written, format!("a\n{BEGIN}\n\nnew\n\n{END}\nb\n"));
        assert_eq!(between(&written, "new").unwrap(), written);
    }

    #[test]
    fn a_mark_that_is_not_there_is_named() {
        assert_eq!(between("a", "new"), Err(BEGIN));
        assert_eq!(between(BEGIN, "new"), Err(END));
    }
}
