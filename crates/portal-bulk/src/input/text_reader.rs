use std::io::{self, BufRead, Read};

use portal_core::Error;

use crate::BulkError;
use crate::line_reader::MAX_LINE_BYTES;

/// How many bytes are read at once.
const CHUNK: usize = 1 << 16;

/// Replaces invalid UTF-16. UTF-8 never contains this byte, so the cell or line is refused later.
const INVALID: u8 = 0xff;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Encoding {
    /// Not decoded here; each cell or line is checked later.
    Utf8,
    Utf16Le,
    Utf16Be,
}

/// Reads an input as UTF-8 without its byte order mark, in bounded memory.
#[derive(Debug)]
pub(crate) struct TextReader<R> {
    source: R,
    encoding: Encoding,
    /// Bytes that were read and not decoded yet: the start of a UTF-16 character.
    raw: Vec<u8>,
    text: Vec<u8>,
    /// How much of the text was consumed.
    used: usize,
    position: u64,
}

impl<R: Read> TextReader<R> {
    /// Recognizes the encoding by the first bytes.
    pub(crate) fn open(mut source: R) -> Result<Self, BulkError> {
        let mut raw = Vec::new();
        // `read_to_end`, because a pipe may return fewer bytes at a time.
        let mut first = source.by_ref().take(4);
        first.read_to_end(&mut raw).map_err(BulkError::input)?;
        let (encoding, mark) = match *raw {
            [0xff, 0xfe, 0, 0] | [0, 0, 0xfe, 0xff] => return Err(other_encoding("UTF-32").into()),
            [0xef, 0xbb, 0xbf, ..] => (Encoding::Utf8, 3),
            [0xff, 0xfe, ..] => (Encoding::Utf16Le, 2),
            [0xfe, 0xff, ..] => (Encoding::Utf16Be, 2),
            [1..=255, 0, 1..=255, 0] | [0, 1..=255, 0, 1..=255] => {
                return Err(other_encoding("UTF-16 without a byte order mark").into());
            }
            _ => (Encoding::Utf8, 0),
        };
        raw.drain(..mark);
        let mut reader = Self {
            source,
            encoding,
            raw,
            text: Vec::new(),
            used: 0,
            position: mark as u64,
        };
        reader.decode(false);
        Ok(reader)
    }

    /// Returns how many bytes of the input were consumed.
    pub(crate) fn position(&self) -> u64 {
        self.position
    }

    /// Returns the text up to the end of the first line that is not empty, without consuming it.
    pub(crate) fn first_line(&mut self) -> io::Result<&[u8]> {
        loop {
            let text = &self.text[self.used..];
            let start = text.iter().position(|byte| !is_line_end(*byte));
            let start = start.unwrap_or(text.len());
            let end = text[start..].iter().position(|byte| is_line_end(*byte));
            let end = end.map_or(text.len(), |end| start + end);
            if end < text.len() || text.len() > MAX_LINE_BYTES || !self.read_more()? {
                return Ok(&self.text[self.used..][start..end]);
            }
        }
    }

    /// Reads more text; returns `false` at the end of the input.
    fn read_more(&mut self) -> io::Result<bool> {
        self.text.drain(..self.used);
        self.used = 0;
        let undecoded = self.raw.len();
        self.raw.resize(undecoded + CHUNK, 0);
        let outcome = loop {
            match self.source.read(&mut self.raw[undecoded..]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                outcome => break outcome,
            }
        };
        self.raw
            .truncate(undecoded + *outcome.as_ref().unwrap_or(&0));
        let count = outcome?;
        self.decode(count == 0);
        Ok(count > 0)
    }

    /// Decodes the bytes that were read, except for the start of a character.
    fn decode(&mut self, at_end: bool) {
        let unit = match self.encoding {
            Encoding::Utf8 => return self.text.append(&mut self.raw),
            Encoding::Utf16Le => u16::from_le_bytes,
            Encoding::Utf16Be => u16::from_be_bytes,
        };
        let pairs = self.raw.chunks_exact(2);
        let mut units: Vec<_> = pairs.map(|pair| unit([pair[0], pair[1]])).collect();
        let is_high_surrogate = |unit: &mut u16| (0xd800..0xdc00).contains(unit);
        if !at_end {
            units.pop_if(is_high_surrogate);
        }
        self.raw.drain(..2 * units.len());
        for decoded in char::decode_utf16(units) {
            match decoded {
                Ok(c) => self
                    .text
                    .extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
                Err(_) => self.text.push(INVALID),
            }
        }
        if at_end && !self.raw.is_empty() {
            self.raw.clear();
            self.text.push(INVALID);
        }
    }
}

impl<R: Read> Read for TextReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.fill_buf()?.read(buffer)?;
        self.consume(count);
        Ok(count)
    }
}

impl<R: Read> BufRead for TextReader<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        while self.used == self.text.len() && self.read_more()? {}
        Ok(&self.text[self.used..])
    }

    fn consume(&mut self, count: usize) {
        let text = &self.text[self.used..][..count];
        self.position += match self.encoding {
            Encoding::Utf8 => count as u64,
            Encoding::Utf16Le | Encoding::Utf16Be => text.iter().map(|byte| length(*byte)).sum(),
        };
        self.used += count;
    }
}

/// Returns the length in UTF-16 of the character that starts with this byte of UTF-8.
fn length(byte: u8) -> u64 {
    match byte {
        0x80..0xc0 => 0,
        0xf0..=0xfe => 4,
        _ => 2,
    }
}

fn is_line_end(byte: u8) -> bool {
    matches!(byte, b'\r' | b'\n')
}

fn other_encoding(name: &str) -> Error {
    Error::invalid("input", format!("the input is {name}"))
        .with_hint("save it as UTF-8, which spreadsheets offer as “CSV UTF-8”")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A reader that returns one byte at a time, as a slow pipe does.
    struct OneByteReader<'a>(&'a [u8]);

    impl Read for OneByteReader<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let count = buffer.len().min(1);
            self.0.read(&mut buffer[..count])
        }
    }

    fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(bytes).collect()
    }

    fn read(bytes: &[u8]) -> (Vec<u8>, u64) {
        let mut reader = TextReader::open(OneByteReader(bytes)).unwrap();
        let mut text = Vec::new();
        reader.read_to_end(&mut text).unwrap();
        (text, reader.position())
    }

    #[test]
    fn every_encoding_gives_the_same_text_and_the_position_is_that_of_the_input() {
        let text = "\r\nemail;ä€\nx@y.z;\u{1f600}\n";
        for bytes in [
            text.as_bytes().to_vec(),
            format!("\u{feff}{text}").into_bytes(),
            utf16(&format!("\u{feff}{text}"), u16::to_le_bytes),
            utf16(&format!("\u{feff}{text}"), u16::to_be_bytes),
        ] {
            let mut reader = TextReader::open(OneByteReader(&bytes)).unwrap();
            assert_eq!(reader.first_line().unwrap(), "email;ä€".as_bytes());
            let length = bytes.len() as u64;
            assert_eq!(read(&bytes), (text.as_bytes().to_vec(), length));
        }
        assert_eq!(read(b"").0, b"");
    }

    #[test]
    fn what_is_not_utf_16_is_marked_as_invalid() {
        for bytes in [
            &b"\xff\xfea\0\0\xd8"[..],
            b"\xff\xfea\0\0\xdc",
            b"\xff\xfea\0b",
        ] {
            assert_eq!(read(bytes).0, b"a\xff", "{bytes:?}");
        }
    }

    #[test]
    fn other_encodings_are_refused_by_name() {
        for (bytes, name) in [
            (&b"e\0m\0"[..], "UTF-16 without a byte order mark"),
            (b"\0e\0m", "UTF-16 without a byte order mark"),
            (b"\xff\xfe\0\0e\0\0\0", "UTF-32"),
            (b"\0\0\xfe\xff\0\0\0e", "UTF-32"),
        ] {
            let error = TextReader::open(bytes).unwrap_err().to_string();
            assert!(error.contains(name), "{error}");
        }
    }
}
