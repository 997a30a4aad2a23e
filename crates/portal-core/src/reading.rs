use std::ops::Range;

/// A text as somebody may read it: bytes without gaps, each with the part of the text it stands for.
pub(crate) struct Reading {
    pub(crate) bytes: Vec<u8>,
    pub(crate) places: Vec<Range<usize>>,
}

impl Reading {
    /// Reads a text as it stands, without its gaps.
    pub(crate) fn plain(text: &str, is_gap: impl Fn(char) -> bool) -> Self {
        let mut reading = Self::empty();
        for (at, c) in text.char_indices().filter(|(_, c)| !is_gap(*c)) {
            reading.push(c, &(at..at + c.len_utf8()));
        }
        reading
    }

    /// Undoes one layer of percent-encoding and of JSON's and HTML's escapes; `None` if there is none.
    pub(crate) fn unescaped(&self, is_gap: impl Fn(char) -> bool) -> Option<Self> {
        let mut reading = Self::empty();
        let mut at = 0;
        while let Some(byte) = self.bytes.get(at) {
            // A `%` that ends a word begins no escape.
            let escape = escape(&self.bytes[at..]);
            let escape = escape.filter(|(length, _)| self.is_whole(at, at + length));
            let Some((length, meant)) = escape else {
                reading.push_byte(*byte, &self.places[at]);
                at += 1;
                continue;
            };
            let place = self.places[at].start..self.places[at + length - 1].end;
            match meant {
                Meant::Byte(byte) if byte.is_ascii() && is_gap(byte.into()) => {}
                Meant::Byte(byte) => reading.push_byte(byte, &place),
                Meant::Char(c) if is_gap(c) => {}
                Meant::Char(c) => reading.push(c, &place),
            }
            at += length;
        }
        (reading.bytes.len() < self.bytes.len()).then_some(reading)
    }

    /// Unpacks every run of base64 and of hexadecimal digits, from each place where one may begin.
    pub(crate) fn unpacked(&self) -> impl Iterator<Item = Self> {
        let base64 = (0..4).map(|offset| self.decoded(sextet, 4, 6, offset));
        let hex = (0..2).map(|offset| self.decoded(nibble, 2, 4, offset));
        base64.chain(hex)
    }

    /// Decodes runs of digits in groups, `offset` digits into each run; what is no digit becomes a
    /// zero byte, which is part of no secret.
    fn decoded(
        &self,
        digit: fn(u8) -> Option<u32>,
        group: usize,
        bits: usize,
        offset: usize,
    ) -> Self {
        let mut reading = Self::empty();
        let mut at = 0;
        while at < self.bytes.len() {
            let digits: Vec<_> = self.bytes[at..].iter().map_while(|b| digit(*b)).collect();
            let places = &self.places[at..at + digits.len()];
            let skip = offset.min(digits.len());
            let groups = digits[skip..].chunks(group);
            for (digits, places) in groups.zip(places[skip..].chunks(group)) {
                let value = digits.iter().fold(0, |value, digit| value << bits | digit);
                let whole = digits.len() * bits / 8;
                let spare = digits.len() * bits % 8;
                let place = places[0].start..places[places.len() - 1].end;
                for byte in (0..whole).rev() {
                    let [.., byte] = (value >> spare >> (8 * byte)).to_be_bytes();
                    reading.push_byte(byte, &place);
                }
            }
            at += digits.len();
            if let Some(place) = self.places.get(at) {
                reading.push_byte(0, &(place.start..place.start));
            }
            at += 1;
        }
        reading
    }

    /// Says whether no gap of the text stands inside a piece.
    pub(crate) fn is_whole(&self, from: usize, to: usize) -> bool {
        let mut pairs = self.places[from..to].windows(2);
        pairs.all(|pair| pair[0].end >= pair[1].start)
    }

    fn empty() -> Self {
        Self {
            bytes: Vec::new(),
            places: Vec::new(),
        }
    }

    fn push(&mut self, c: char, place: &Range<usize>) {
        for byte in c.encode_utf8(&mut [0; 4]).bytes() {
            self.push_byte(byte, place);
        }
    }

    fn push_byte(&mut self, byte: u8, place: &Range<usize>) {
        self.bytes.push(byte);
        self.places.push(place.clone());
    }
}

/// The value of a digit of base64, in either alphabet.
fn sextet(byte: u8) -> Option<u32> {
    let value = match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' | b'-' => 62,
        b'/' | b'_' => 63,
        _ => return None,
    };
    Some(value.into())
}

fn nibble(byte: u8) -> Option<u32> {
    char::from(byte).to_digit(16)
}

/// What an escape stands for.
enum Meant {
    Byte(u8),
    Char(char),
}

/// Reads the escape that a text begins with, and says how long it is.
fn escape(bytes: &[u8]) -> Option<(usize, Meant)> {
    match bytes {
        [b'%', rest @ ..] | [b'\\', b'x' | b'X', rest @ ..] => {
            let skipped = bytes.len() - rest.len();
            let byte = u8::try_from(hex(rest.get(..2)?)?).ok()?;
            Some((skipped + 2, Meant::Byte(byte)))
        }
        [b'\\', b'u' | b'U', rest @ ..] => {
            let first = hex(rest.get(..4)?)?;
            if let Some(c) = char::from_u32(first) {
                return Some((6, Meant::Char(c)));
            }
            // Beyond the first plane, JSON writes two halves.
            let [b'\\', b'u' | b'U', second @ ..] = &rest[4..] else {
                return None;
            };
            let halves = [first, hex(second.get(..4)?)?].map(|half| half as u16);
            let c = char::decode_utf16(halves).next()?.ok()?;
            Some((12, Meant::Char(c)))
        }
        [b'\\', b'n' | b'r' | b't' | b'b' | b'f', ..] => Some((2, Meant::Byte(b' '))),
        [b'\\', sign @ (b'/' | b'\\' | b'"' | b'\''), ..] => Some((2, Meant::Byte(*sign))),
        [b'&', rest @ ..] => {
            let name = rest.iter().take(10);
            let length = name
                .take_while(|b| b.is_ascii_alphanumeric() || **b == b'#')
                .count();
            let c = entity(std::str::from_utf8(&rest[..length]).ok()?)?;
            let semicolon = usize::from(rest.get(length) == Some(&b';'));
            Some((1 + length + semicolon, Meant::Char(c)))
        }
        _ => None,
    }
}

fn hex(digits: &[u8]) -> Option<u32> {
    digits
        .iter()
        .try_fold(0, |value, digit| Some(value << 4 | nibble(*digit)?))
}

/// Reads an entity's name, of those for ASCII that stand in keys, addresses and links.
fn entity(name: &str) -> Option<char> {
    if let Some(number) = name.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(digits) => u32::from_str_radix(digits, 16),
            None => number.parse(),
        };
        return char::from_u32(code.ok()?);
    }
    let c = match name.to_ascii_lowercase().as_str() {
        "amp" => '&',
        "apos" => '\'',
        "bsol" => '\\',
        "colon" => ':',
        "commat" => '@',
        "dash" | "hyphen" => '-',
        "dollar" => '$',
        "equals" => '=',
        "excl" => '!',
        "gt" => '>',
        "lowbar" => '_',
        "lt" => '<',
        "nbsp" => ' ',
        "num" => '#',
        "percnt" => '%',
        "period" => '.',
        "plus" => '+',
        "quest" => '?',
        "quot" => '"',
        "sol" => '/',
        "tilde" => '~',
        _ => return None,
    };
    Some(c)
}
