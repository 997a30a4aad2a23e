use std::io::{self, BufRead};

/// The most that one row or line may have, in bytes: a thousand times what one needs.
pub(crate) const LONGEST: usize = 1 << 20;

/// One line, without its end.
#[derive(Debug)]
pub(crate) struct TextLine {
    /// Counted from 1.
    pub(crate) number: u64,
    /// No more than [`LONGEST`]; the rest of a longer line is left out.
    pub(crate) bytes: Vec<u8>,
    pub(crate) is_too_long: bool,
    /// Whether a line end was there, and not only the end of the text.
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

    pub(crate) fn next(&mut self) -> io::Result<Option<TextLine>> {
        let mut line = TextLine {
            number: self.count + 1,
            bytes: Vec::new(),
            is_too_long: false,
            is_whole: false,
        };
        let mut begun = false;
        while !line.is_whole {
            let piece = self.reader.fill_buf()?;
            if piece.is_empty() {
                break;
            }
            begun = true;
            let end = piece.iter().position(|byte| *byte == b'\n');
            let text = &piece[..end.unwrap_or(piece.len())];
            let room = LONGEST - line.bytes.len();
            line.is_too_long |= text.len() > room;
            line.bytes.extend_from_slice(&text[..text.len().min(room)]);
            line.is_whole = end.is_some();
            let used = text.len() + usize::from(line.is_whole);
            self.reader.consume(used);
        }
        self.count += u64::from(begun);
        Ok(begun.then_some(line))
    }
}

#[cfg(test)]
mod tests {
    use std::io::BufReader;

    use super::*;

    fn lines(text: &[u8]) -> Vec<TextLine> {
        // A small buffer, so that lines are put together from pieces.
        let mut lines = LineReader::new(BufReader::with_capacity(3, text));
        std::iter::from_fn(|| lines.next().unwrap()).collect()
    }

    #[test]
    fn lines_come_whole_and_the_last_one_says_whether_it_ended() {
        let found = lines(b"one\n\nthree and more\nlast");
        let told: Vec<_> = found
            .iter()
            .map(|line| (line.number, line.bytes.as_slice(), line.is_whole))
            .collect();
        let expected: [(u64, &[u8], bool); 4] = [
            (1, b"one", true),
            (2, b"", true),
            (3, b"three and more", true),
            (4, b"last", false),
        ];
        assert_eq!(told, expected);
        assert!(lines(b"").is_empty());
    }

    #[test]
    fn a_line_without_an_end_fills_no_memory() {
        let text = [vec![b'x'; LONGEST + 9], b"\nnext\n".to_vec()].concat();
        let found = lines(&text);
        assert_eq!(
            (found[0].bytes.len(), found[0].is_too_long),
            (LONGEST, true)
        );
        assert_eq!(
            (found[1].number, found[1].bytes.as_slice()),
            (2, &b"next"[..])
        );
        let exactly = [vec![b'x'; LONGEST], b"\n".to_vec()].concat();
        assert!(!lines(&exactly)[0].is_too_long);
    }
}
