use portal_bulk::Format;

/// Reads CSV: without quotes and lone carriage returns, each line that is not empty is a row.
pub fn check(data: &[u8]) {
    let (rows, ended) = crate::bulk_rows::read(data, Format::Csv);
    if ended.is_some() || data.contains(&b'"') || has_lone_return(data) {
        return;
    }
    let text = data.strip_prefix(b"\xef\xbb\xbf").unwrap_or(data);
    let lines = text.split(|byte| *byte == b'\n');
    let full = lines.filter(|line| line.iter().any(|byte| *byte != b'\r'));
    assert_eq!(rows.len() + 1, full.count(), "the first is the header");
}

fn has_lone_return(data: &[u8]) -> bool {
    let after = |at: usize| data.get(at + 1).copied();
    (0..data.len()).any(|at| data[at] == b'\r' && after(at) != Some(b'\n'))
}
