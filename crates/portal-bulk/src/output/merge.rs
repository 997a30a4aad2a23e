use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Seek, Write};
use std::path::Path;

use crate::BulkError;
use crate::line_reader::LineReader;
use crate::output::ledger::{Ledger, Replacement};
use crate::output::output_file::OutputFile;
use crate::output::output_line::{LineBytes, ParsedLine};
use crate::output::private_file::open_or_create;
use crate::output::retried_file::RetriedFile;

/// The paths that errors name.
pub(crate) struct MergePaths<'a> {
    pub(crate) output: &'a Path,
    pub(crate) ledger: &'a Path,
    pub(crate) merged: &'a Path,
}

/// Puts the new lines of retried rows into the output, each in the place of the row's earlier line.
///
/// The end of the output is written to a file of its own first, and the ledger records that it replaces
/// the output's. So a crash at any moment loses no line: the next run replaces it again.
pub(crate) fn merge(
    output: &mut OutputFile,
    ledger: &mut Ledger,
    retried: &RetriedFile,
    paths: &MergePaths<'_>,
) -> Result<(), BulkError> {
    let in_output = replace_lines(output, ledger, retried, paths)?;
    let written = |result: io::Result<()>| result.map_err(BulkError::file(paths.output, "written"));
    for row in retried.rows() {
        if !in_output.contains(&row)
            && let Some(line) = retried
                .line(row)
                .map_err(BulkError::file(paths.output, "read"))?
        {
            written(output.put(row, line))?;
        }
    }
    written(output.sync())?;
    retried
        .rows()
        .try_for_each(|row| ledger.record_merged(row))
        .and_then(|()| ledger.sync())
        .map_err(BulkError::file(paths.ledger, "written"))
}

/// Replaces lines of the output, and returns their rows.
fn replace_lines(
    output: &mut OutputFile,
    ledger: &mut Ledger,
    retried: &RetriedFile,
    paths: &MergePaths<'_>,
) -> Result<BTreeSet<u64>, BulkError> {
    let merged = open_or_create(paths.merged).map_err(BulkError::file(paths.merged, "created"))?;
    let mut rows = BTreeSet::new();
    let replacement = write_end(output, retried, &merged, &mut rows)
        .map_err(BulkError::file(paths.merged, "written"))?;
    if let Some(replacement) = replacement {
        ledger
            .record_replacement(&replacement)
            .and_then(|()| ledger.sync())
            .map_err(BulkError::file(paths.ledger, "written"))?;
        replace_end(&output.file, &merged, &replacement)
            .map_err(BulkError::file(paths.output, "written"))?;
        output.bytes = replacement.start + replacement.length;
        ledger
            .record_saved(output.lines, output.bytes)
            .and_then(|()| ledger.sync())
            .map_err(BulkError::file(paths.ledger, "written"))?;
    }
    std::fs::remove_file(paths.merged).map_err(BulkError::file(paths.merged, "removed"))?;
    Ok(rows)
}

/// Writes the output's end, from the first line that changes on, to a new file.
fn write_end(
    output: &OutputFile,
    retried: &RetriedFile,
    merged: &File,
    rows: &mut BTreeSet<u64>,
) -> io::Result<Option<Replacement>> {
    // A run that was killed before it recorded the replacement may have left a part.
    merged.set_len(0)?;
    let mut file = &output.file;
    file.rewind()?;
    let mut lines = LineReader::new(BufReader::with_capacity(1 << 16, file));
    let mut writer = BufWriter::with_capacity(1 << 16, merged);
    let (mut start, mut length) = (0, 0);
    while let Some(line) = lines.next()? {
        let mut line = LineBytes::new(line.bytes);
        let row = ParsedLine::parse(&line).map(|parsed| parsed.row);
        line.push(b'\n');
        let changed = row.map(|row| retried.line(row)).transpose()?.flatten();
        if changed.is_some() {
            rows.extend(row);
        }
        if rows.is_empty() {
            start += line.len() as u64;
        } else {
            let line = changed.unwrap_or(line);
            length += line.len() as u64;
            writer.write_all(&line)?;
        }
    }
    writer.flush()?;
    merged.sync_data()?;
    Ok((!rows.is_empty()).then_some(Replacement {
        start,
        length,
        lines: output.lines,
    }))
}

/// Replaces the output's end by the other file; may be repeated after a crash.
pub(crate) fn replace_end(
    output: &File,
    merged: &File,
    replacement: &Replacement,
) -> io::Result<()> {
    let (mut from, mut to) = (merged, output);
    from.rewind()?;
    output.set_len(replacement.start)?;
    io::copy(&mut from, &mut to)?;
    output.sync_data()
}
