use portal_bulk::Format;

/// Reads JSONL: each line that is not blank is a row, valid or not.
pub fn check(data: &[u8]) {
    let (rows, ended) = crate::bulk_rows::read(data, Format::Jsonl);
    if let Some(error) = ended {
        // A line has an end, so only another encoding ends the input early.
        assert!(
            error.contains("UTF-16") || error.contains("UTF-32"),
            "{error}"
        );
        return;
    }
    if crate::bulk_rows::is_utf_16(data) {
        return;
    }
    let text = data.strip_prefix(b"\xef\xbb\xbf").unwrap_or(data);
    let lines = text.split(|byte| *byte == b'\n');
    assert_eq!(
        rows.len(),
        lines.filter(|line| !line.trim_ascii().is_empty()).count()
    );
}
