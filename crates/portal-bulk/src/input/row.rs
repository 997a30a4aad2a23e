use portal_core::request::parse_json;
use portal_core::{Customer, Error, Field, JsonObject, LinkRequest, OptionValue};
use serde_json::Value;

use crate::input::column::Column;
use crate::input::row_identity::RowIdentity;
use crate::running_hash::Digest;

/// The position of a row in its input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RowPosition {
    /// The number of the row, from 1; headers and empty lines do not count.
    pub row: u64,
    /// The line on which the row starts, from 1.
    pub line: u64,
    /// Where the row ends in the input, in bytes.
    pub end: u64,
}

/// Why a row is not a valid request.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RowError {
    /// The cell of the row (CSV) or byte of the line (JSONL) with the error, from 1.
    pub column: Option<u64>,
    /// The error.
    pub error: Error,
}

impl RowError {
    pub(crate) fn new(column: Option<u64>, error: Error) -> Self {
        Self { column, error }
    }
}

/// A parsed row of the input.
#[derive(Clone, Debug)]
pub struct Row {
    /// Its position.
    pub position: RowPosition,
    /// The request, or why the row is not a valid one.
    pub request: Result<LinkRequest, RowError>,
    pub(crate) digest: Digest,
    pub(crate) identity: RowIdentity,
}

/// The value of a cell: text in CSV, JSON in JSONL.
#[derive(Clone, Copy, Debug)]
pub(crate) enum CellValue<'a> {
    Text(&'a str),
    Json(&'a Value),
}

/// A cell: its column, its place in the row, and its value.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cell<'a> {
    pub(crate) at: Option<u64>,
    pub(crate) column: &'a Column,
    pub(crate) value: CellValue<'a>,
}

/// Builds a request from a row's cells; an empty cell and `null` set nothing.
pub(crate) fn build_request(
    cells: &[Cell<'_>],
    best_effort: bool,
) -> Result<LinkRequest, RowError> {
    let mut request = LinkRequest::new(Customer::default());
    for cell in cells.iter().filter(|cell| cell.value.is_set()) {
        request = cell.add_to(request)?;
    }
    Ok(if best_effort {
        request.best_effort()
    } else {
        request
    })
}

impl CellValue<'_> {
    fn is_set(self) -> bool {
        !matches!(self, Self::Text("") | Self::Json(Value::Null))
    }
}

impl<'a> Cell<'a> {
    fn add_to(&self, request: LinkRequest) -> Result<LinkRequest, RowError> {
        Ok(match self.column {
            Column::Meta(key) => {
                let value = match self.value {
                    CellValue::Text(text) => text.into(),
                    CellValue::Json(value) => value.clone(),
                };
                self.check_unset(key, request.fields().metadata.as_ref())?;
                request.meta(key.as_str(), value)
            }
            Column::Extra(key) => {
                self.check_unset(key, Some(&request.fields().extra))?;
                request.extra(key.as_str(), self.json()?)
            }
            Column::Extras => {
                let mut request = request;
                for (key, value) in self.object()? {
                    self.check_unset(&key, Some(&request.fields().extra))?;
                    request = request.extra(key, value);
                }
                request
            }
            Column::Id => match self.value {
                CellValue::Text(_) | CellValue::Json(Value::String(_) | Value::Number(_)) => {
                    request
                }
                CellValue::Json(_) => {
                    return Err(self.error("is neither text nor a number", "write it in quotes"));
                }
            },
            Column::Field(field) => {
                let mut value = self.value(*field)?;
                if let (Field::Metadata, OptionValue::Object(object)) = (field, &mut value) {
                    for (key, value) in request.fields().metadata.iter().flatten() {
                        self.check_unset(key, Some(object))?;
                        object.insert(key.clone(), value.clone());
                    }
                }
                request.set(*field, value)
            }
        })
    }

    fn value(&self, field: Field) -> Result<OptionValue<'a>, RowError> {
        match self.value {
            CellValue::Text(text) => OptionValue::from_text(field, text),
            CellValue::Json(value) => OptionValue::from_json(field, value),
        }
        .map_err(|error| RowError::new(self.at, error))
    }

    fn json(&self) -> Result<Value, RowError> {
        match self.value {
            CellValue::Json(value) => Ok(value.clone()),
            CellValue::Text(text) => {
                parse_json(&self.column.name(), text).map_err(|error| match error.duplicate_key() {
                    Some(error) => RowError::new(self.at, error),
                    None => self.error("is not JSON", "write text in quotes, as in `\"hello\"`"),
                })
            }
        }
    }

    fn object(&self) -> Result<JsonObject, RowError> {
        match self.json()? {
            Value::Object(object) => Ok(object),
            _ => Err(self.error(
                "is not a JSON object",
                "write it like `{\"plan\": \"pro\"}`",
            )),
        }
    }

    /// Refuses a key that another column of the row already set.
    fn check_unset(&self, key: &str, object: Option<&JsonObject>) -> Result<(), RowError> {
        match object.is_some_and(|object| object.contains_key(key)) {
            true => Err(self.error("is already set by another column", "keep one of them")),
            false => Ok(()),
        }
    }

    fn error(&self, why: &str, hint: &'static str) -> RowError {
        let name = self.column.name();
        let message = format!("`{name}` {why}");
        RowError::new(self.at, Error::invalid(name, message).with_hint(hint))
    }
}
