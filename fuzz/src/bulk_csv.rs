use portal_bulk::Format;

/// Reads CSV: without quotes and lone carriage returns, each line with a cell that is not empty is a row.
pub fn check(data: &[u8]) {
    let (rows, ended) = crate::bulk_rows::read(data, Format::Csv);
    if ended.is_some() || data.contains(&b'"') || has_lone_return(data) {
        return;
    }
    let text = data.strip_prefix(b"\xef\xbb\xbf").unwrap_or(data);
    if crate::bulk_rows::is_utf_16(data) || text.trim_ascii_start().starts_with(b"sep=") {
        return;
    }
    let lines = || text.split(|byte| *byte == b'\n');
    // Any delimiter may have been detected, so any of them may be part of a cell.
    let is_delimiter = |byte: &u8| b",;\t|".contains(byte);
    let has_text = |byte: &u8| !byte.is_ascii_whitespace() && !is_delimiter(byte);
    let full = lines().filter(|line| line.iter().any(has_text)).count();
    let may_be_full = lines().filter(|line| line.iter().any(|byte| *byte != b'\r'));
    // The first row is the header.
    assert!((full..=may_be_full.count()).contains(&(rows.len() + 1)));
}

fn has_lone_return(data: &[u8]) -> bool {
    let after = |at: usize| data.get(at + 1).copied();
    (0..data.len()).any(|at| data[at] == b'\r' && after(at) != Some(b'\n'))
}
