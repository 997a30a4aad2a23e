use std::fmt;

use portal_core::Field;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::input::column::Column;
use crate::input::csv::CsvRow;

/// The maximum length of an identifying text: a longer one would make the output line too long to read again.
const MAX_BYTES: usize = 1024;

/// The values that identify a row for the user, as in the input; `None` if missing or unreadable.
#[derive(Clone, Default, PartialEq, Eq, Serialize)]
pub(crate) struct RowIdentity {
    customer_id: Option<String>,
    email: Option<String>,
    id: Option<String>,
}

impl RowIdentity {
    /// Reads the cells that identify a row, even if other cells are invalid.
    pub(crate) fn from_csv(row: &CsvRow, columns: &[Column]) -> Self {
        let cell = |wanted: Column| {
            let at = columns.iter().position(|column| *column == wanted)?;
            let text = std::str::from_utf8(row.iter().nth(at)?).ok()?;
            bounded(text.to_owned())
        };
        Self {
            customer_id: cell(Column::Field(Field::CustomerId)),
            email: cell(Column::Field(Field::Email)),
            id: cell(Column::Id),
        }
    }

    /// Reads the keys that identify a row, even if other keys are invalid.
    pub(crate) fn from_json(line: &[u8]) -> Self {
        #[derive(Default, Deserialize)]
        #[serde(default)]
        struct Keys {
            customer_id: Option<Value>,
            email: Option<Value>,
            id: Option<Value>,
        }
        let text = |value: Option<Value>| match value? {
            Value::String(text) => bounded(text),
            Value::Number(number) => bounded(number.to_string()),
            _ => None,
        };
        let keys: Keys = serde_json::from_slice(line).unwrap_or_default();
        Self {
            customer_id: text(keys.customer_id),
            email: text(keys.email),
            id: text(keys.id),
        }
    }
}

fn bounded(text: String) -> Option<String> {
    (!text.is_empty() && text.len() <= MAX_BYTES).then_some(text)
}

impl fmt::Debug for RowIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RowIdentity").finish_non_exhaustive()
    }
}
