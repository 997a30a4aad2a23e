use portal_core::{Customer, Error, PortalLink};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::{LinkView, RowPosition};

/// One line of the output, with its end: overwritten in memory when dropped, since a link is a login.
pub(crate) type LineBytes = Zeroizing<Vec<u8>>;

/// Every key is always there, `null` where it says nothing.
#[derive(Serialize)]
struct OutputLine<'a> {
    line: u64,
    row: u64,
    column: Option<u64>,
    ok: bool,
    #[serde(flatten)]
    link: LinkView<'a>,
    error: Option<&'a Error>,
}

/// Writes the line of a row whose link was made.
pub(crate) fn link_line(position: RowPosition, provider: &str, link: &PortalLink) -> LineBytes {
    write(
        &OutputLine {
            line: position.line,
            row: position.row,
            column: None,
            ok: true,
            link: LinkView::new(provider, link),
            error: None,
        },
        link.url().expose().len(),
    )
}

/// Writes the line of a row that has no link.
pub(crate) fn error_line(
    position: RowPosition,
    column: Option<u64>,
    provider: &str,
    customer: Option<&Customer>,
    error: &Error,
) -> LineBytes {
    let link = LinkView::none(provider, customer);
    let line = OutputLine {
        line: position.line,
        row: position.row,
        column,
        ok: false,
        link,
        error: Some(error),
    };
    write(&line, 0)
}

fn write(line: &OutputLine<'_>, length: usize) -> LineBytes {
    // Room enough from the start: what grows leaves copies behind.
    let mut bytes = LineBytes::new(Vec::with_capacity(2 * length + 2048));
    serde_json::to_writer(&mut *bytes, line).expect("a line is plain texts and numbers");
    bytes.push(b'\n');
    bytes
}

/// What an earlier run's line says.
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
}

impl ParsedLine {
    /// Reads a line without its end, if it is one of an output.
    pub(crate) fn parse(line: &[u8]) -> Option<Self> {
        let written: Self = serde_json::from_slice(line).ok()?;
        (written.row > 0 && written.ok == written.error.is_none()).then_some(written)
    }
}
