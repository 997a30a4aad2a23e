use std::io::{self, BufRead};

/// The longest row or line, in bytes: a thousand times the usual length.
pub(crate) const MAX_LINE_BYTES: usize = 1 << 20;

/// One line, without its line end.
#[derive(Debug)]
pub(crate) struct TextLine {
    /// Counted from 1.
    pub(crate) number: u64,
    /// At most [`MAX_LINE_BYTES`]; the rest of a longer line is dropped.
    pub(crate) bytes: Vec<u8>,
    pub(crate) is_too_long: bool,
    /// Whether the line ends with a line feed, not with the end of the text.
    pub(crate) is_whole: bool,
}

/// Reads lines of any length in bounded memory.
#[derive(Debug)]
pub(crate) struct LineReader<R> {
    reader: R,
    /// How many lines were read.
    count: u64,
}

impl<R: BufRead> LineReader<R> {
    pub(crate) fn new(reader: R) -> Self {
        Self { reader, count: 0 }
    }

    pub(crate) fn get_ref(&self) -> &R {
        &self.reader
    }

    pub(crate) fn next(&mut self) -> io::Result<Option<TextLine>> {
        let mut line = TextLine {
            number: self.count + 1,
            bytes: Vec::new(),
            is_too_long: false,
            is_whole: false,
        };
        let mut has_line = false;
        while !line.is_whole {
            let piece = self.reader.fill_buf()?;
            if piece.is_empty() {
                break;
            }
            has_line = true;
            let end = piece.iter().position(|byte| *byte == b'\n');
            let text = &piece[..end.unwrap_or(piece.len())];
            let room = MAX_LINE_BYTES - line.bytes.len();
            line.is_too_long |= text.len() > room;
            line.bytes.extend_from_slice(&text[..text.len().min(room)]);
            line.is_whole = end.is_some();
            let used = text.len() + usize::from(line.is_whole);
            self.reader.consume(used);
        }
        self.count += u64::from(has_line);
        Ok(has_line.then_some(line))
    }
}

#[cfg(test)]
mod tests {
    use std::io::BufReader;

    use super::*;

    fn lines(text: &[u8]) -> Vec<TextLine> {
        // With this small buffer, each line is read in several pieces.
        let mut lines = LineReader::new(BufReader::with_capacity(3, text));
        std::iter::from_fn(|| lines.next().unwrap()).collect()
    }

    #[test]
    fn lines_are_read_whole_and_a_last_line_without_a_line_feed_is_marked() {
        let found = lines(b"one\n\nthree and more\nlast");
        let read: Vec<_> = found
            .iter()
            .map(|line| (line.number, line.bytes.as_slice(), line.is_whole))
            .collect();
        let expected: [(u64, &[u8], bool); 4] = [
            (1, b"one", true),
            (2, b"", true),
            (3, b"three and more", true),
            (4, b"last", false),
        ];
        assert_eq!(read, expected);
        assert!(lines(b"").is_empty());
    }

    #[test]
    fn an_endless_line_does_not_fill_memory() {
        let text = [vec![b'x'; MAX_LINE_BYTES + 9], b"\nnext\n".to_vec()].concat();
        let found = lines(&text);
        assert_eq!(
            (found[0].bytes.len(), found[0].is_too_long),
            (MAX_LINE_BYTES, true)
        );
        assert_eq!(
            (found[1].number, found[1].bytes.as_slice()),
            (2, &b"next"[..])
        );
        let exactly = [vec![b'x'; MAX_LINE_BYTES], b"\n".to_vec()].concat();
        assert!(!lines(&exactly)[0].is_too_long);
    }
}
