use std::fmt::Write as _;
use std::iter::once;
use std::ops::Range;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use crate::characters::{escape_control, is_invisible};

/// The longest text that is returned, in characters.
const MAX_CHARS: usize = 200;

/// How many bytes of the text may be shown, not counting gaps.
const SHOWN: usize = 1024;

/// How many bytes are searched, not counting gaps: what begins in the shown part may end behind it.
const SEARCHED: usize = 2 * SHOWN;

/// How often a percent sign may be encoded, and how many backslashes may precede a character.
const MOST_LAYERS: usize = 8;

/// How many ends of a match are followed at a time.
const MOST_ENDS: usize = 16;

/// One character is escaped in fewer bytes.
const LONGEST_ESCAPE: usize = 128;

/// A secret of fewer bytes is masked only as a whole word.
const SHORT: usize = 4;

/// Masks secrets, URLs and e-mail addresses in a provider's text, and bounds it to one line of 200 characters.
///
/// A word that contains one becomes `***`. A secret is found plain in any letter case, percent-encoded,
/// with JSON's escapes, in base64 and in hexadecimal digits. So is a URL. An e-mail address that is not
/// among `secrets` is not found in base64 and hexadecimal digits. White space, control characters and
/// invisible ones inside are ignored; those that change the direction of text or have no width are
/// shown escaped. A secret of fewer than four bytes is masked only as a whole word, and not in
/// base64 or hexadecimal digits: it would be found everywhere by chance.
///
/// ```
/// let shown = portal_core::redact("key sk_1 of a@b.co\nis bad, see https://x.y", &["sk_1"]);
/// assert_eq!(shown, "key *** of *** is bad, see ***");
/// ```
#[must_use]
pub fn redact(text: &str, secrets: &[&str]) -> String {
    let hidden = Window::new(text).search(&patterns(secrets));
    let mut shown = String::new();
    let (mut end, mut masked) = (0, false);
    for word in text.split(is_space).filter(|word| !word.is_empty()) {
        if end >= SHOWN {
            shown.push('…');
            break;
        }
        let start = end;
        end += searched(word).map(char::len_utf8).sum::<usize>();
        let mask = hidden[start.min(hidden.len())..end.min(hidden.len())].contains(&true);
        if mask && masked {
            continue;
        }
        masked = mask;
        if !shown.is_empty() {
            shown.push(' ');
        }
        let word = &word[..word.floor_char_boundary(SHOWN - start)];
        match mask {
            true => shown.push_str("***"),
            false => shown.push_str(&escape_control(word)),
        }
        if let Some((end, _)) = shown.char_indices().nth(MAX_CHARS) {
            shown.truncate(end);
            shown.push('…');
            break;
        }
    }
    shown
}

/// Returns whether a character separates words.
fn is_space(c: char) -> bool {
    c.is_whitespace() || c.is_control()
}

/// Returns whether the search ignores a character.
fn is_gap(c: char) -> bool {
    is_space(c) || is_invisible(c)
}

fn searched(text: &str) -> impl Iterator<Item = char> {
    text.chars().filter(|c| !is_gap(*c))
}

/// A text to search for.
#[derive(PartialEq)]
struct Pattern {
    /// A space stands for a gap, which may be missing in the text.
    chars: Vec<char>,
    /// Otherwise ASCII letters are found in either case.
    is_case_sensitive: bool,
    extent: Extent,
}

/// What to hide where a pattern is found.
#[derive(Clone, Copy, PartialEq)]
enum Extent {
    Match,
    /// The match, if it is a word of its own.
    WholeWord,
    /// The match and its neighbors, which may stand on other lines.
    Address,
    /// The match, what follows it, and everything up to the next gap that is no line end.
    Url,
}

/// Prepares the encodings of all secrets, and of what every URL and every address contains.
fn patterns(secrets: &[&str]) -> Vec<Pattern> {
    let mut patterns = vec![
        Pattern::new("@", Extent::Address),
        Pattern::new("://", Extent::Url),
    ];
    for scheme in ["http://", "https://"] {
        patterns.extend(packed(scheme, Extent::Url));
    }
    for secret in secrets {
        let secret = secret.trim_matches(is_gap);
        let extent = match secret.split(is_gap).map(str::len).sum() {
            0 => continue,
            1..SHORT => Extent::WholeWord,
            _ => Extent::Match,
        };
        let cases = [secret, &secret.to_lowercase(), &secret.to_uppercase()];
        patterns.extend(cases.map(|text| Pattern::new(text, extent)));
        if extent == Extent::Match {
            patterns.extend(packed(secret, extent));
        }
    }
    patterns.dedup();
    patterns
}

/// Encodes a text in hexadecimal digits, and in base64 of both alphabets at each place in a group.
fn packed(text: &str, extent: Extent) -> impl Iterator<Item = Pattern> {
    let hex = text.bytes().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    });
    let base64 = ["", "\0", "\0\0"].into_iter().flat_map(move |before| {
        let bytes = [before, text].concat();
        let digits = STANDARD_NO_PAD.encode(&bytes);
        // The first and the last of the six-bit digits may depend on the bytes around the text too.
        let own = (before.len() * 8).div_ceil(6)..bytes.len() * 8 / 6;
        let digits = digits[own].to_owned();
        let url_safe = digits.replace('+', "-").replace('/', "_");
        [digits, url_safe]
    });
    let base64 = base64.map(move |digits| Pattern {
        is_case_sensitive: true,
        ..Pattern::new(&digits, extent)
    });
    once(Pattern::new(&hex, extent)).chain(base64)
}

impl Pattern {
    fn new(text: &str, extent: Extent) -> Self {
        let chars = text.chars().map(|c| if is_gap(c) { ' ' } else { c });
        Self {
            chars: chars.collect(),
            is_case_sensitive: false,
            extent,
        }
    }

    /// Returns where the pattern ends in a text that begins with it, in any mixture of plain and
    /// escaped characters. If the text is cut, a match that the cut ends counts too.
    fn match_start(&self, text: &[u8], is_cut: bool) -> Option<usize> {
        // Most places are passed over here, before anything is allocated.
        let is_escape = matches!(text.first(), Some(b'%' | b'\\'));
        if !is_escape && self.plain(text, *self.chars.first()?).is_none() {
            return None;
        }
        let mut ends = vec![0];
        for c in &self.chars {
            let mut next = Vec::new();
            for end in &ends {
                let mut at = *end;
                loop {
                    let lengths = self.spellings(&text[at..], *c).into_iter().flatten();
                    next.extend(lengths.map(|length| at + length));
                    match gap(&text[at..]) {
                        Some(length) if at > 0 && *c != ' ' => at += length,
                        _ => break,
                    }
                }
            }
            next.sort_unstable();
            next.dedup();
            // Keeps the ends of the least and of the most escapes, since all of them may be many.
            if next.len() > MOST_ENDS {
                next.drain(MOST_ENDS / 2..next.len() - MOST_ENDS / 2);
            }
            if next.is_empty() {
                let is_cut_here = |end: &usize| is_cut && end + LONGEST_ESCAPE > text.len();
                return ends.iter().any(is_cut_here).then_some(text.len());
            }
            ends = next;
        }
        ends.pop()
    }

    /// Returns the lengths of the spellings of a character that a text begins with.
    fn spellings(&self, text: &[u8], c: char) -> [Option<usize>; 4] {
        match c {
            // A form's encoding writes a space as `+`.
            ' ' => [Some(0), text.starts_with(b"+").then_some(1), None, None],
            _ => [
                self.plain(text, c),
                self.percent(text, c),
                self.unicode(text, c),
                self.sign(text, c),
            ],
        }
    }

    fn plain(&self, text: &[u8], c: char) -> Option<usize> {
        let mut buffer = [0; 4];
        let bytes = c.encode_utf8(&mut buffer).bytes();
        let length = bytes.len();
        let mut pairs = bytes.zip(text);
        let is_same = pairs.all(|(wanted, byte)| self.is_same(wanted.into(), (*byte).into()));
        (is_same && text.len() >= length).then_some(length)
    }

    fn percent(&self, text: &[u8], c: char) -> Option<usize> {
        let mut buffer = [0; 4];
        let mut bytes = c.encode_utf8(&mut buffer).bytes();
        bytes.try_fold(0, |at, wanted| {
            let length = percent(&text[at..], |byte| self.is_same(wanted.into(), byte.into()))?;
            Some(at + length)
        })
    }

    fn unicode(&self, text: &[u8], c: char) -> Option<usize> {
        let mut units = [0; 2];
        let mut units = c.encode_utf16(&mut units).iter();
        units.try_fold(0, |at, wanted| {
            let length = unicode(&text[at..], |unit| self.is_same(*wanted, unit))?;
            Some(at + length)
        })
    }

    /// An escaped sign; a sign that escapes others may itself be escaped.
    fn sign(&self, text: &[u8], c: char) -> Option<usize> {
        let slashes = slashes(text);
        match c {
            '%' => {
                let rest = text.strip_prefix(b"%")?.chunks(2).take(MOST_LAYERS);
                Some(1 + 2 * rest.take_while(|digits| digits == b"25").count())
            }
            _ if slashes == 0 => None,
            '\\' => Some(slashes),
            _ if c.is_ascii_punctuation() => Some(slashes + self.plain(&text[slashes..], c)?),
            _ => None,
        }
    }

    fn is_same(&self, a: u16, b: u16) -> bool {
        let lower = |unit: u16| match u8::try_from(unit) {
            Ok(byte) => byte.to_ascii_lowercase().into(),
            Err(_) => unit,
        };
        a == b || (!self.is_case_sensitive && lower(a) == lower(b))
    }
}

/// Returns the length of the percent-encoded byte that a text begins with, also if it is encoded
/// more than once.
fn percent(text: &[u8], is_wanted: impl Fn(u8) -> bool) -> Option<usize> {
    let mut digits = text.strip_prefix(b"%")?;
    for _ in 0..=MOST_LAYERS {
        let byte = u8::try_from(hex(digits.get(..2)?)?).ok()?;
        digits = &digits[2..];
        if is_wanted(byte) {
            return Some(text.len() - digits.len());
        }
        if byte != b'%' {
            return None;
        }
    }
    None
}

/// Returns the length of the `\u` escape that a text begins with.
fn unicode(text: &[u8], is_wanted: impl Fn(u16) -> bool) -> Option<usize> {
    let length = slashes(text);
    let [b'u' | b'U', digits @ ..] = &text[length..] else {
        return None;
    };
    let unit = hex(digits.get(..4)?)?;
    (length > 0 && is_wanted(unit)).then_some(length + 5)
}

/// Returns the length of the escaped white space or control character that a text begins with.
fn gap(text: &[u8]) -> Option<usize> {
    let is_gap_unit = |unit: u16| char::from_u32(unit.into()).is_some_and(is_gap);
    let letter = || {
        let length = slashes(text);
        let is_letter = matches!(text.get(length), Some(b'n' | b'r' | b't' | b'b' | b'f'));
        (length > 0 && is_letter).then_some(length + 1)
    };
    percent(text, |byte| byte.is_ascii() && is_gap_unit(byte.into()))
        .or_else(|| unicode(text, is_gap_unit))
        .or_else(letter)
}

/// Counts the backslashes that a text begins with: JSON in JSON has more than one.
fn slashes(text: &[u8]) -> usize {
    let first = text.iter().take(MOST_LAYERS);
    first.take_while(|byte| **byte == b'\\').count()
}

fn hex(digits: &[u8]) -> Option<u16> {
    digits.iter().try_fold(0, |value, digit| {
        let digit = char::from(*digit).to_digit(16)?;
        Some(value << 4 | u16::try_from(digit).ok()?)
    })
}

/// The part of a text that is searched, without its gaps.
struct Window<'a> {
    text: &'a str,
    bytes: Vec<u8>,
    /// Where each byte stands in the text.
    places: Vec<usize>,
    is_cut: bool,
}

impl<'a> Window<'a> {
    fn new(text: &'a str) -> Self {
        let mut window = Self {
            text,
            bytes: Vec::new(),
            places: Vec::new(),
            is_cut: false,
        };
        for (at, c) in text.char_indices().filter(|(_, c)| !is_gap(*c)) {
            if window.bytes.len() >= SEARCHED {
                window.is_cut = true;
                break;
            }
            let place = at..at + c.len_utf8();
            window.bytes.extend(&text.as_bytes()[place.clone()]);
            window.places.extend(place);
        }
        window
    }

    /// Returns for each byte whether it must be hidden.
    fn search(&self, patterns: &[Pattern]) -> Vec<bool> {
        let mut hidden = vec![false; self.bytes.len()];
        for pattern in patterns {
            let mut start = 0;
            while start < self.bytes.len() {
                let is_cut = self.is_cut && start < SHOWN;
                let length = pattern.match_start(&self.bytes[start..], is_cut);
                let length = length.unwrap_or_default();
                if length > 0
                    && let Some(range) = self.extend(start..start + length, pattern.extent)
                {
                    hidden[range].fill(true);
                    start += length;
                } else {
                    start += 1;
                }
            }
        }
        hidden
    }

    fn extend(&self, found: Range<usize>, extent: Extent) -> Option<Range<usize>> {
        let (first, last) = (self.places[found.start], self.places[found.end - 1]);
        let is_whole = last - first == found.len() - 1;
        let before = found.start.saturating_sub(1);
        let behind = (found.end + 1).min(self.bytes.len());
        match extent {
            Extent::Match => Some(found),
            Extent::WholeWord => {
                let left = self.text[..first].chars().next_back();
                let right = self.text[last + 1..].chars().next();
                let touches = [left, right]
                    .into_iter()
                    .flatten()
                    .any(char::is_alphanumeric);
                (is_whole && !touches).then_some(found)
            }
            // A `%` before a gap escapes nothing.
            Extent::Address => is_whole.then_some(before..behind),
            Extent::Url => {
                let is_end = |c: char| is_gap(c) && c != '\r' && c != '\n';
                let length = self.text[first..].find(is_end);
                let end = length.map_or(self.text.len(), |length| first + length);
                let end = self.places.partition_point(|place| *place < end);
                Some(found.start..end.max(behind))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_known_escaped_and_across_words() {
        for (text, secret) in [
            ("key sk%5F1%2B bad", "sk_1+"),
            ("key SK%255f1%252b bad", "sk_1+"),
            ("key sk\\u005f1+ bad", "sk_1+"),
            ("key sk\\\\u005f1\\\\u002B bad", "sk_1+"),
            ("key o'\\\"k\\\"1 bad", "o'\"k\"1"),
            ("key sk_\n1+ bad", "sk_1+"),
            ("key open+sesame bad", "open sesame"),
            ("mail a%40b.co bad", "unused"),
            ("mail a\\u0040b.co bad", "unused"),
            ("mail a\n@b.co bad", "unused"),
            ("see https%3A%2F%2Fx.y bad", "unused"),
            ("see https:\\/\\/x.y bad", "unused"),
            ("key open%20sesame bad", "open sesame"),
            ("key open\\nsesame bad", "open sesame"),
            ("key open%0D%0Asesame bad", "open sesame"),
            ("see https://x.y/\nportal/token bad", "unused"),
        ] {
            let shown = redact(text, &[secret]);
            let first = text.split(' ').next().unwrap_or_default();
            assert_eq!(shown, format!("{first} *** bad"), "{text}");
        }
        let secrets = ["open  Sesame"];
        let shown = redact("bad key: open\nsesame!", &secrets);
        assert_eq!(shown, "bad key: ***");
        let shown = redact("the door is open", &secrets);
        assert_eq!(shown, "the door is open");
    }

    #[test]
    fn a_text_of_three_bytes_is_masked_only_where_it_stands_alone() {
        for (text, shown) in [
            ("key abc is bad", "key *** is bad"),
            ("key=\"ABC\",", "***"),
            ("abcd xabc a bc YWJj", "abcd xabc a bc YWJj"),
        ] {
            assert_eq!(redact(text, &["abc"]), shown);
        }
        assert_eq!(redact("xabcdx", &["abcd"]), "***");
        assert_eq!(redact("nothing", &["", " "]), "nothing");
    }

    #[test]
    fn long_words_are_cut_and_secrets_inside_words_are_masked() {
        for length in [MAX_CHARS + 1, 5000, 1 << 20] {
            let shown = redact(&"x".repeat(length), &[]);
            assert_eq!(shown.chars().count(), MAX_CHARS + 1);
        }
        assert_eq!(redact("(key=\"SK_live_1\"),", &["sk_live_1", ""]), "***");
        assert_eq!(redact("\u{1b}[31mred\r\n", &[]), "[31mred");
    }

    #[test]
    fn no_cut_leaves_half_of_a_secret() {
        let secret = "0123456789abcdef".repeat(16);
        let percent =
            |text: &str| -> String { text.bytes().map(|b| format!("%{b:02x}")).collect() };
        for before in (0..2 * SEARCHED).step_by(97) {
            // Masked words take little room, so what is shown may stand far behind.
            let many = "a@b.co ".repeat(before / 7);
            for text in [
                format!("{many} {secret}"),
                format!("{many}{before}{secret}x"),
                format!("{many}{}", secret.repeat(20)),
                format!("{many}{}", percent(&secret.repeat(20))),
            ] {
                let shown = redact(&text, &[&secret, &secret.repeat(20)]);
                assert!(!shown.contains("0123456789"), "{before}: {shown}");
                assert!(!shown.contains("%30%31%32"), "{before}: {shown}");
            }
        }
    }
}
