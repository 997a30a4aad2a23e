use std::fs::File;
use std::io::{self, Read};
use std::num::NonZeroU64;
use std::path::Path;

use portal::Error;
use portal_bulk::{Format, InputOptions};

use crate::cli::{BulkArgs, RowFormat};

/// The file or stdin that rows come from.
pub(crate) struct InputFile {
    pub(crate) reader: Box<dyn Read + Send>,
    /// The length in bytes, if known.
    pub(crate) length: Option<u64>,
}

impl InputFile {
    /// Opens the input that the arguments name.
    pub(crate) fn open(path: &Path) -> Result<Self, Error> {
        let (reader, length): (Box<dyn Read + Send>, _) = match is_stdin(path) {
            true => (Box::new(io::stdin()), None),
            false => {
                let opened = File::open(path).and_then(|file| Ok((file.metadata()?, file)));
                let (metadata, file) = opened.map_err(|cause| {
                    let message = format!("`{}` cannot be read: {cause}", path.display());
                    Error::invalid("input", message).with_hint("name a file, or `-` for stdin")
                })?;
                let length = metadata.is_file().then_some(metadata.len());
                (Box::new(file), length)
            }
        };
        Ok(Self { reader, length })
    }
}

pub(crate) fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// Returns the options for reading the input, from the arguments.
pub(crate) fn input_options(arguments: &BulkArgs) -> Result<InputOptions, Error> {
    let mut options = InputOptions::new(row_format(arguments)?);
    if let (Format::Jsonl, Some(_)) = (options.format, arguments.delimiter) {
        return Err(Error::invalid(
            "delimiter",
            "`--delimiter` is for CSV, but the rows are JSONL",
        )
        .with_hint("leave it out, or add `--format csv`"));
    }
    options.best_effort = arguments.best_effort;
    options.delimiter = arguments.delimiter;
    options.limit = arguments.limit.map(NonZeroU64::get);
    Ok(options)
}

/// Returns the format of the rows, from the flag or the file's extension.
pub(crate) fn row_format(arguments: &BulkArgs) -> Result<Format, Error> {
    match arguments.format {
        Some(RowFormat::Csv) => Ok(Format::Csv),
        Some(RowFormat::Jsonl) => Ok(Format::Jsonl),
        None => Format::from_path(&arguments.input).ok_or_else(|| {
            let path = arguments.input.display();
            let message = format!("the extension of `{path}` does not give the format of its rows");
            Error::invalid("format", message).with_hint("add `--format csv` or `--format jsonl`")
        }),
    }
}
