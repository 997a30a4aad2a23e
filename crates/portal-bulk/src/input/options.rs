use crate::input::delimiter::Delimiter;
use crate::input::format::Format;

/// The options for reading an input.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct InputOptions {
    /// The format of the rows.
    pub format: Format,
    /// Whether options that the provider does not support are left out.
    pub best_effort: bool,
    /// The delimiter of CSV; `None` detects it from the header.
    pub delimiter: Option<Delimiter>,
    /// The maximum number of rows to read; `None` reads all.
    pub limit: Option<u64>,
}

impl InputOptions {
    /// Reads all rows, and detects the delimiter of CSV.
    #[must_use]
    pub fn new(format: Format) -> Self {
        Self {
            format,
            best_effort: false,
            delimiter: None,
            limit: None,
        }
    }
}
