use std::path::Path;

/// The format of the input's rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Format {
    /// Comma-separated values; the first row names the columns.
    Csv,
    /// A JSON object on each line.
    Jsonl,
}

impl Format {
    /// Every format.
    pub const ALL: &[Self] = &[Self::Csv, Self::Jsonl];

    /// Returns the name that the command line uses.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Jsonl => "jsonl",
        }
    }

    /// Returns the format for a file's extension: `.csv` and `.tsv`, or `.jsonl` and `.ndjson`.
    #[must_use]
    pub fn from_path(path: &Path) -> Option<Self> {
        let end = path.extension()?.to_str()?.to_ascii_lowercase();
        match end.as_str() {
            "csv" | "tsv" => Some(Self::Csv),
            "jsonl" | "ndjson" => Some(Self::Jsonl),
            _ => None,
        }
    }
}
