use std::io::Read;

use portal_core::{Error, LinkRequest};

use crate::BulkError;
use crate::input::column::{Column, redact_name};
use crate::input::csv::{CsvReader, CsvRow};
use crate::input::delimiter::Delimiter;
use crate::input::dialect::{declared_delimiter, detect_delimiter};
use crate::input::format::Format;
use crate::input::jsonl::JsonEntries;
use crate::input::options::InputOptions;
use crate::input::row::{Cell, CellValue, Row, RowError, RowPosition, build_request};
use crate::input::row_identity::RowIdentity;
use crate::input::text_reader::TextReader;
use crate::line_reader::{LineReader, TextLine};
use crate::running_hash::{Digest, RunningHash};

/// Checks a request before anything is sent.
type RequestCheck = Box<dyn Fn(&LinkRequest) -> Result<(), Error> + Send>;

/// Reads the rows of an input one by one, so memory does not grow with their number.
pub struct Input<R> {
    rows: RowReader<R>,
    hash: RunningHash,
    count: u64,
    options: InputOptions,
    check: RequestCheck,
}

enum RowReader<R> {
    Csv(Box<CsvReader<TextReader<R>>>, CsvHeader),
    Jsonl(LineReader<TextReader<R>>),
}

struct CsvHeader {
    columns: Vec<Column>,
    /// The number of cells of the header; spreadsheets add empty ones after the last column.
    cells: usize,
}

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
    /// The encoding is UTF-8, or UTF-16 with a byte order mark. `check` validates each request for the
    /// provider.
    ///
    /// # Errors
    /// An input that cannot be read; `Invalid` with the field `input` for another encoding, and for a
    /// header that is missing, repeats a column or names an unknown one.
    pub fn open(
        reader: R,
        options: &InputOptions,
        check: impl Fn(&LinkRequest) -> Result<(), Error> + Send + 'static,
    ) -> Result<Self, BulkError> {
        let text = TextReader::open(reader)?;
        let mut hash = RunningHash::default();
        let rows = match options.format {
            Format::Csv => {
                let mut csv = open_csv(text, options.delimiter)?;
                let header = csv.next()?.ok_or_else(no_header)?;
                hash.add(header.iter());
                RowReader::Csv(Box::new(csv), CsvHeader::parse(&header)?)
            }
            Format::Jsonl => RowReader::Jsonl(LineReader::new(text)),
        };
        Ok(Self {
            rows,
            hash,
            count: 0,
            options: *options,
            check: Box::new(check),
        })
    }

    /// Returns the next row unparsed, or `None` at the end or the limit.
    ///
    /// # Errors
    /// The rest of the input cannot be read. If the input is invalid: `Invalid` with the field `input`
    /// and the line in its message.
    pub fn next_row(&mut self) -> Result<Option<RawRow>, BulkError> {
        match self.is_within_limit(self.count + 1) {
            true => self.next_unlimited(),
            false => Ok(None),
        }
    }

    pub(crate) fn is_within_limit(&self, row: u64) -> bool {
        self.options.limit.is_none_or(|limit| row <= limit)
    }

    /// Returns the next row, even beyond the limit.
    pub(crate) fn next_unlimited(&mut self) -> Result<Option<RawRow>, BulkError> {
        let (line, text) = match &mut self.rows {
            RowReader::Csv(csv, _) => loop {
                match csv.next()? {
                    Some(cells) if cells.is_empty() => {}
                    Some(cells) => break (cells.line, RawText::Csv(cells)),
                    None => return Ok(None),
                }
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
                end: match &self.rows {
                    RowReader::Csv(csv, _) => csv.get_ref().position(),
                    RowReader::Jsonl(lines) => lines.get_ref().position(),
                },
            },
            digest: self.hash.digest(),
            text,
        }))
    }

    /// Parses a row into a request, or into the error of an invalid row.
    #[must_use]
    pub fn parse(&self, raw: &RawRow) -> Row {
        let (identity, request) = match (&raw.text, &self.rows) {
            (RawText::Csv(cells), RowReader::Csv(_, header)) => (
                RowIdentity::from_csv(cells, &header.columns),
                self.parse_csv(cells, header),
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

    fn parse_csv(&self, cells: &CsvRow, header: &CsvHeader) -> Result<LinkRequest, RowError> {
        header.check_length(cells)?;
        let columns = &header.columns;
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
        let request = build_request(cells, self.options.best_effort)?;
        (self.check)(&request).map_err(|error| {
            let is_at_fault = |cell: &&Cell<'_>| Some(cell.column.name().as_str()) == error.field();
            let at = cells.iter().find(is_at_fault).and_then(|cell| cell.at);
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

/// Finds the delimiter, and skips a first line that names it.
fn open_csv<R: Read>(
    mut text: TextReader<R>,
    delimiter: Option<Delimiter>,
) -> Result<CsvReader<TextReader<R>>, BulkError> {
    let line = text.first_line().map_err(BulkError::input)?;
    let Some(declared) = declared_delimiter(line) else {
        let delimiter = delimiter.unwrap_or_else(|| detect_delimiter(line));
        return Ok(CsvReader::new(text, delimiter));
    };
    let delimiter = delimiter.or(declared).ok_or_else(|| {
        Error::invalid("input", "line 1: `sep=` names no delimiter")
            .with_hint("write it like `sep=;`, or delete the line")
    })?;
    let mut csv = CsvReader::new(text, delimiter);
    csv.next()?;
    csv.set_delimiter(delimiter);
    Ok(csv)
}

impl CsvHeader {
    fn parse(header: &CsvRow) -> Result<Self, Error> {
        let is_named = |name: &[u8]| !name.trim_ascii().is_empty();
        let names: Vec<_> = header.iter().collect();
        let last = names.iter().rposition(|name| is_named(name));
        let mut columns = Vec::with_capacity(names.len());
        for (at, name) in (1..).zip(&names[..last.map_or(0, |last| last + 1)]) {
            let named = |error: Error| {
                let message = format!("line {}, column {at}: {}", header.line, error.message());
                let hint = error.hint().unwrap_or_default().to_owned();
                Error::invalid("input", message).with_hint(hint)
            };
            let name = std::str::from_utf8(name).map_err(|_| {
                named(
                    Error::invalid("input", "the name is not UTF-8").with_hint("save it as UTF-8"),
                )
            })?;
            let column = Column::parse_header(name).map_err(named)?;
            if let Some(earlier) = columns.iter().position(|one| *one == column) {
                let name = column.name();
                let message = format!("`{}` is also column {}", redact_name(&name), earlier + 1);
                return Err(named(
                    Error::invalid("input", message).with_hint("keep one of them"),
                ));
            }
            columns.push(column);
        }
        match columns.is_empty() {
            true => Err(no_header()),
            false => Ok(Self {
                columns,
                cells: names.len(),
            }),
        }
    }

    /// Refuses a row with more or fewer cells than the header. Empty cells at the end are ignored if the
    /// header has as many.
    fn check_length(&self, cells: &CsvRow) -> Result<(), RowError> {
        let (found, wanted) = (cells.len(), self.columns.len());
        let has_text_beyond = || cells.iter().skip(wanted).any(|cell| !cell.is_empty());
        if (wanted..=self.cells).contains(&found) && !has_text_beyond() {
            return Ok(());
        }
        let message = format!("the row has {found} cells, but the header has {wanted}");
        let error = Error::invalid("input", message)
            .with_hint("quote text that contains the delimiter, and leave out no cell");
        Err(RowError::new(Some(found.min(wanted) as u64 + 1), error))
    }
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
