use portal_core::{Customer, Error, PortalLink};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::input::row_identity::RowIdentity;
use crate::{LinkView, RowPosition};

/// One line of the output with its line feed; zeroed when dropped, because a link is a login.
pub(crate) type LineBytes = Zeroizing<Vec<u8>>;

/// Every key is always present, `null` where unknown.
#[derive(Serialize)]
struct OutputLine<'a> {
    line: u64,
    row: u64,
    input: &'a RowIdentity,
    column: Option<u64>,
    ok: bool,
    #[serde(flatten)]
    link: LinkView<'a>,
    error: Option<&'a Error>,
}

/// Returns the line of a row that has a link.
pub(crate) fn link_line(
    position: RowPosition,
    identity: &RowIdentity,
    provider: &str,
    link: &PortalLink,
) -> LineBytes {
    write(
        &OutputLine {
            line: position.line,
            row: position.row,
            input: identity,
            column: None,
            ok: true,
            link: LinkView::new(provider, link),
            error: None,
        },
        link.url().expose().len(),
    )
}

/// Returns the line of a row that failed.
pub(crate) fn error_line(
    position: RowPosition,
    identity: &RowIdentity,
    column: Option<u64>,
    provider: &str,
    customer: Option<&Customer>,
    error: &Error,
) -> LineBytes {
    let link = LinkView::none(provider, customer);
    let line = OutputLine {
        line: position.line,
        row: position.row,
        input: identity,
        column,
        ok: false,
        link,
        error: Some(error),
    };
    write(&line, 0)
}

fn write(line: &OutputLine<'_>, length: usize) -> LineBytes {
    // Enough capacity from the start: growing would leave copies of the link in memory.
    let mut bytes = LineBytes::new(Vec::with_capacity(2 * length + 2048));
    serde_json::to_writer(&mut *bytes, line).expect("a line holds only text and numbers");
    bytes.push(b'\n');
    bytes
}

/// What a later run needs of an earlier run's line.
#[derive(Debug, Deserialize)]
pub(crate) struct ParsedLine {
    pub(crate) row: u64,
    pub(crate) ok: bool,
    pub(crate) error: Option<ParsedError>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct ParsedError {
    pub(crate) kind: String,
    pub(crate) attempts: u32,
    pub(crate) delivery: String,
    pub(crate) retryable: bool,
}

impl ParsedLine {
    /// Parses a line without its line feed; `None` if it is not an output line.
    pub(crate) fn parse(line: &[u8]) -> Option<Self> {
        let parsed: Self = serde_json::from_slice(line).ok()?;
        (parsed.row > 0 && parsed.ok == parsed.error.is_none()).then_some(parsed)
    }
}
