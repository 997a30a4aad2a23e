use std::io::{self, BufReader, Cursor, Read};

use portal_core::{Error, LinkRequest};

use crate::BulkError;
use crate::input::column::{Column, redact_name};
use crate::input::csv::{CsvReader, CsvRow};
use crate::input::format::Format;
use crate::input::jsonl::JsonEntries;
use crate::input::row::{Cell, CellValue, Row, RowError, RowPosition, build_request};
use crate::input::row_identity::RowIdentity;
use crate::line_reader::{LineReader, TextLine};
use crate::running_hash::{Digest, RunningHash};

/// Checks a request before anything is sent.
type RequestCheck = Box<dyn Fn(&LinkRequest) -> Result<(), Error> + Send>;

/// Reads the rows of an input one by one, so memory does not grow with their number.
pub struct Input<R> {
    rows: RowReader<R>,
    hash: RunningHash,
    count: u64,
    best_effort: bool,
    check: RequestCheck,
}

enum RowReader<R> {
    Csv(
        Box<CsvReader<BufReader<WithoutByteOrderMark<R>>>>,
        Vec<Column>,
    ),
    Jsonl(LineReader<BufReader<WithoutByteOrderMark<R>>>),
}

/// An input without its byte order mark; the cursor holds bytes that were read to look for it.
type WithoutByteOrderMark<R> = io::Chain<Cursor<Vec<u8>>, R>;

/// One row of an input, not parsed yet.
#[derive(Debug)]
pub struct RawRow {
    /// Its position.
    pub position: RowPosition,
    pub(crate) digest: Digest,
    text: RawText,
}

#[derive(Debug)]
enum RawText {
    Csv(CsvRow),
    Json(TextLine),
}

impl<R: Read> Input<R> {
    /// Opens an input and reads its header, if the format has one.
    ///
    /// `best_effort` applies to every request; `check` validates each one for the provider.
    ///
    /// # Errors
    /// An input that cannot be read; `Invalid` with the field `input` for a header that is missing,
    /// repeats a column or names an unknown one.
    pub fn open(
        reader: R,
        format: Format,
        best_effort: bool,
        check: impl Fn(&LinkRequest) -> Result<(), Error> + Send + 'static,
    ) -> Result<Self, BulkError> {
        let reader = BufReader::with_capacity(1 << 16, skip_byte_order_mark(reader)?);
        let mut hash = RunningHash::default();
        let rows = match format {
            Format::Csv => {
                let mut csv = CsvReader::new(reader);
                let header = csv.next()?.ok_or_else(no_header)?;
                hash.add(header.iter());
                RowReader::Csv(Box::new(csv), columns(&header)?)
            }
            Format::Jsonl => RowReader::Jsonl(LineReader::new(reader)),
        };
        Ok(Self {
            rows,
            hash,
            count: 0,
            best_effort,
            check: Box::new(check),
        })
    }

    /// Returns the next row unparsed, or `None` at the end.
    ///
    /// # Errors
    /// The rest of the input cannot be read. If the input is invalid: `Invalid` with the field `input`
    /// and the line in its message.
    pub fn next_row(&mut self) -> Result<Option<RawRow>, BulkError> {
        let (line, text) = match &mut self.rows {
            RowReader::Csv(csv, _) => match csv.next()? {
                Some(cells) => (cells.line, RawText::Csv(cells)),
                None => return Ok(None),
            },
            RowReader::Jsonl(lines) => loop {
                match lines.next().map_err(BulkError::input)? {
                    Some(line) if line.bytes.trim_ascii().is_empty() && !line.is_too_long => {}
                    Some(line) => break (line.number, RawText::Json(line)),
                    None => return Ok(None),
                }
            },
        };
        match &text {
            RawText::Csv(cells) => self.hash.add(cells.iter()),
            RawText::Json(line) => self.hash.add([line.bytes.trim_ascii()]),
        }
        self.count += 1;
        Ok(Some(RawRow {
            position: RowPosition {
                row: self.count,
                line,
            },
            digest: self.hash.digest(),
            text,
        }))
    }

    /// Parses a row into a request, or into the error of an invalid row.
    #[must_use]
    pub fn parse(&self, raw: &RawRow) -> Row {
        let (identity, request) = match (&raw.text, &self.rows) {
            (RawText::Csv(cells), RowReader::Csv(_, columns)) => (
                RowIdentity::from_csv(cells, columns),
                self.parse_csv(cells, columns),
            ),
            (RawText::Json(line), _) => {
                (RowIdentity::from_json(&line.bytes), self.parse_json(line))
            }
            (RawText::Csv(_), RowReader::Jsonl(_)) => (
                RowIdentity::default(),
                Err(not_an_object("the row belongs to another input")),
            ),
        };
        Row {
            position: raw.position,
            request,
            digest: raw.digest,
            identity,
        }
    }

    fn parse_csv(&self, cells: &CsvRow, columns: &[Column]) -> Result<LinkRequest, RowError> {
        if cells.len() != columns.len() {
            let (found, wanted) = (cells.len(), columns.len());
            let message = format!("the row has {found} cells, but the header has {wanted}");
            let error = Error::invalid("input", message)
                .with_hint("quote text that contains a comma, and leave out no cell");
            return Err(RowError::new(Some(found.min(wanted) as u64 + 1), error));
        }
        let mut parsed = Vec::with_capacity(columns.len());
        for ((at, column), bytes) in (1..).zip(columns).zip(cells.iter()) {
            let at = Some(at);
            let Ok(text) = std::str::from_utf8(bytes) else {
                let message = format!("`{}` is not UTF-8", column.name());
                let error = Error::invalid(column.name(), message).with_hint("save it as UTF-8");
                return Err(RowError::new(at, error));
            };
            let value = CellValue::Text(text);
            parsed.push(Cell { at, column, value });
        }
        self.request(&parsed)
    }

    fn parse_json(&self, line: &TextLine) -> Result<LinkRequest, RowError> {
        if line.is_too_long {
            return Err(not_an_object("the line is longer than 1 MiB"));
        }
        let JsonEntries(entries) = JsonEntries::parse(line.bytes.trim_ascii_end())?;
        let at = |key: &str| byte_of(key, &line.bytes);
        let mut columns = Vec::with_capacity(entries.len());
        for (index, (key, _)) in entries.iter().enumerate() {
            if entries[..index].iter().any(|(earlier, _)| earlier == key) {
                let message = format!("`{}` appears twice", redact_name(key));
                let error = Error::invalid("input", message).with_hint("keep one of them");
                return Err(RowError::new(at(key), error));
            }
            columns.push(Column::parse(key).map_err(|error| RowError::new(at(key), error))?);
        }
        let cells: Vec<_> = columns
            .iter()
            .zip(&entries)
            .map(|(column, (key, value))| Cell {
                at: at(key),
                column,
                value: CellValue::Json(value),
            })
            .collect();
        self.request(&cells)
    }

    fn request(&self, cells: &[Cell<'_>]) -> Result<LinkRequest, RowError> {
        let request = build_request(cells, self.best_effort)?;
        (self.check)(&request).map_err(|error| {
            let named = |cell: &&Cell<'_>| Some(cell.column.name().as_str()) == error.field();
            let at = cells.iter().find(named).and_then(|cell| cell.at);
            RowError::new(at, error)
        })?;
        Ok(request)
    }
}

impl<R> std::fmt::Debug for Input<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Input")
            .field("rows", &self.count)
            .finish_non_exhaustive()
    }
}

/// Skips the byte order mark that some programs write before UTF-8.
fn skip_byte_order_mark<R: Read>(mut reader: R) -> Result<WithoutByteOrderMark<R>, BulkError> {
    let mut start = Vec::new();
    // `read_to_end`, because a pipe may return fewer bytes at a time.
    let mut first = reader.by_ref().take(3);
    first.read_to_end(&mut start).map_err(BulkError::input)?;
    if start == b"\xef\xbb\xbf" {
        start.clear();
    }
    Ok(Cursor::new(start).chain(reader))
}

fn columns(header: &CsvRow) -> Result<Vec<Column>, Error> {
    let mut columns = Vec::with_capacity(header.len());
    for (at, name) in (1..).zip(header.iter()) {
        let named = |error: Error| {
            let message = format!("line {}, column {at}: {}", header.line, error.message());
            let hint = error.hint().unwrap_or_default().to_owned();
            Error::invalid("input", message).with_hint(hint)
        };
        let name = std::str::from_utf8(name).map_err(|_| {
            named(Error::invalid("input", "the name is not UTF-8").with_hint("save it as UTF-8"))
        })?;
        let column = Column::parse(name.trim()).map_err(named)?;
        if let Some(earlier) = columns.iter().position(|one| *one == column) {
            let name = column.name();
            let message = format!("`{}` is also column {}", redact_name(&name), earlier + 1);
            return Err(named(
                Error::invalid("input", message).with_hint("keep one of them"),
            ));
        }
        columns.push(column);
    }
    Ok(columns)
}

/// Returns the position of a key in a line, in bytes from 1.
fn byte_of(key: &str, line: &[u8]) -> Option<u64> {
    let quoted = serde_json::to_vec(key).ok()?;
    let at = line.windows(quoted.len()).position(|text| text == quoted)?;
    Some(at as u64 + 1)
}

fn no_header() -> Error {
    Error::invalid("input", "the input is empty")
        .with_hint("the first line of CSV names the columns, like `customer_id,email`")
}

fn not_an_object(why: &'static str) -> RowError {
    let error = Error::invalid("input", why).with_hint("write one JSON object on each line");
    RowError::new(None, error)
}
