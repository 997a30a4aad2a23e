use std::fmt::Write as _;
use std::iter::once;
use std::ops::Range;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use crate::characters::{escape_control, is_invisible, is_variation_selector};

/// The maximum length of the returned text, in characters.
const MAX_CHARS: usize = 200;

/// How many bytes of the text may be shown. Gaps are not counted: see [`is_gap`].
const MAX_SHOWN: usize = 1024;

/// How many bytes are searched, without gaps: a match may begin in the shown part and end after it.
const MAX_SEARCHED: usize = 2 * MAX_SHOWN;

/// How often a percent sign may be encoded, and how many backslashes may precede a character.
const MAX_LAYERS: usize = 8;

/// How many possible ends of a match are kept at a time.
const MAX_ENDS: usize = 16;

/// The escape of one character has at most this length, in bytes.
const MAX_ESCAPE_LEN: usize = 128;

/// A secret of fewer bytes is masked only as a whole word.
const MIN_SUBSTRING_LEN: usize = 4;

/// Masks secrets, URLs and e-mail addresses in a provider's text, and bounds it to one line of 200 characters.
///
/// A word that contains one becomes `***`.
///
/// * Secrets and URLs are found in any letter case, percent-encoded, with JSON's escapes, in base64
///   and in hexadecimal digits.
/// * An e-mail address that is not among `secrets` is not found in base64 and hexadecimal digits.
/// * White space, control characters, variation selectors and invisible characters inside a secret are
///   ignored. Invisible characters are shown escaped.
/// * A secret of fewer than four bytes is masked only as a whole word, and not in base64 or
///   hexadecimal digits: such short texts occur everywhere by chance.
///
/// ```
/// let shown = portal_core::redact("key sk_1 of a@b.co\nis bad, see https://x.y", &["sk_1"]);
/// assert_eq!(shown, "key *** of *** is bad, see ***");
/// ```
#[must_use]
pub fn redact(text: &str, secrets: &[&str]) -> String {
    let is_hidden = Window::new(text).search(&patterns(secrets));
    let mut output = String::new();
    let (mut end, mut was_masked) = (0, false);
    for word in text.split(is_space).filter(|word| !word.is_empty()) {
        if end >= MAX_SHOWN {
            output.push('…');
            break;
        }
        let start = end;
        let chars = word.chars().filter(|c| !is_gap(*c));
        end += chars.map(char::len_utf8).sum::<usize>();
        let searched = start.min(is_hidden.len())..end.min(is_hidden.len());
        let is_masked = is_hidden[searched].contains(&true);
        if is_masked && was_masked {
            continue;
        }
        was_masked = is_masked;
        if !output.is_empty() {
            output.push(' ');
        }
        let word = &word[..word.floor_char_boundary(MAX_SHOWN - start)];
        match is_masked {
            true => output.push_str("***"),
            false => output.push_str(&escape_control(word)),
        }
        if let Some((end, _)) = output.char_indices().nth(MAX_CHARS) {
            output.truncate(end);
            output.push('…');
            break;
        }
    }
    output
}

/// Returns whether a character separates words.
fn is_space(c: char) -> bool {
    c.is_whitespace() || c.is_control()
}

/// Returns whether a character is a gap: the search skips it, so it cannot hide a secret.
fn is_gap(c: char) -> bool {
    is_space(c) || is_invisible(c) || is_variation_selector(c)
}

/// A text to search for.
#[derive(PartialEq)]
struct Pattern {
    /// A space matches any number of gaps, also none.
    chars: Vec<char>,
    /// If not, ASCII letters match in either case.
    is_case_sensitive: bool,
    extent: Extent,
}

/// What to hide where a pattern is found.
#[derive(Clone, Copy, PartialEq)]
enum Extent {
    Match,
    /// The match, if no letter or digit is next to it.
    WholeWord,
    /// The match, and the bytes before and after it, even on other lines.
    Address,
    /// The match, the byte after it, and everything up to the next gap that is no line end.
    Url,
}

/// Prepares the encodings of all secrets, and the patterns that find URLs and e-mail addresses.
fn patterns(secrets: &[&str]) -> Vec<Pattern> {
    let mut patterns = vec![
        Pattern::new("@", Extent::Address),
        Pattern::new("://", Extent::Url),
    ];
    for scheme in ["http://", "https://"] {
        patterns.extend(encodings(scheme, Extent::Url));
    }
    for secret in secrets {
        let secret = secret.trim_matches(is_gap);
        let extent = match secret.split(is_gap).map(str::len).sum() {
            0 => continue,
            1..MIN_SUBSTRING_LEN => Extent::WholeWord,
            _ => Extent::Match,
        };
        let cases = [secret, &secret.to_lowercase(), &secret.to_uppercase()];
        patterns.extend(cases.map(|text| Pattern::new(text, extent)));
        if extent == Extent::Match {
            patterns.extend(encodings(secret, extent));
        }
    }
    patterns.dedup();
    patterns
}

/// Returns a text in hexadecimal digits, and in base64 of both alphabets.
///
/// Base64 encodes groups of three bytes, so the text has three encodings: one for each position in a group.
fn encodings(text: &str, extent: Extent) -> impl Iterator<Item = Pattern> {
    let hex = text.bytes().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    });
    let base64 = ["", "\0", "\0\0"].into_iter().flat_map(move |before| {
        let bytes = [before, text].concat();
        let digits = STANDARD_NO_PAD.encode(&bytes);
        // Leaves out the first and the last digit if they also depend on the bytes around the text.
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

    /// Returns the length of the match at the start of a text, with characters plain or escaped.
    ///
    /// If the text was cut, a match that reaches the cut counts too.
    fn match_len(&self, text: &[u8], is_cut: bool) -> Option<usize> {
        // Most positions match no first character, and leave here before anything is allocated.
        let is_escape = matches!(text.first(), Some(b'%' | b'\\'));
        if !is_escape && self.plain_len(text, *self.chars.first()?).is_none() {
            return None;
        }
        let mut ends = vec![0];
        for c in &self.chars {
            let mut next = Vec::new();
            for end in &ends {
                let mut at = *end;
                loop {
                    let lengths = self.char_lens(&text[at..], *c).into_iter().flatten();
                    next.extend(lengths.map(|length| at + length));
                    match escaped_gap_len(&text[at..]) {
                        Some(length) if at > 0 && *c != ' ' => at += length,
                        _ => break,
                    }
                }
            }
            next.sort_unstable();
            next.dedup();
            // Keeps the ends with the fewest and with the most escapes: there may be many others.
            if next.len() > MAX_ENDS {
                next.drain(MAX_ENDS / 2..next.len() - MAX_ENDS / 2);
            }
            if next.is_empty() {
                let is_cut_here = |end: &usize| is_cut && end + MAX_ESCAPE_LEN > text.len();
                return ends.iter().any(is_cut_here).then_some(text.len());
            }
            ends = next;
        }
        ends.pop()
    }

    /// Returns the length of each way to write a character that a text begins with.
    fn char_lens(&self, text: &[u8], c: char) -> [Option<usize>; 4] {
        match c {
            // A form's encoding writes a space as `+`.
            ' ' => [Some(0), text.starts_with(b"+").then_some(1), None, None],
            _ => [
                self.plain_len(text, c),
                self.percent_len(text, c),
                self.unicode_len(text, c),
                self.punctuation_len(text, c),
            ],
        }
    }

    fn plain_len(&self, text: &[u8], c: char) -> Option<usize> {
        let mut buffer = [0; 4];
        let bytes = c.encode_utf8(&mut buffer).bytes();
        let length = bytes.len();
        let mut pairs = bytes.zip(text);
        let is_same = pairs.all(|(wanted, byte)| self.is_same(wanted.into(), (*byte).into()));
        (is_same && text.len() >= length).then_some(length)
    }

    fn percent_len(&self, text: &[u8], c: char) -> Option<usize> {
        let mut buffer = [0; 4];
        let mut bytes = c.encode_utf8(&mut buffer).bytes();
        bytes.try_fold(0, |at, wanted| {
            let length =
                percent_byte_len(&text[at..], |byte| self.is_same(wanted.into(), byte.into()))?;
            Some(at + length)
        })
    }

    fn unicode_len(&self, text: &[u8], c: char) -> Option<usize> {
        let mut units = [0; 2];
        let mut units = c.encode_utf16(&mut units).iter();
        units.try_fold(0, |at, wanted| {
            let length = unicode_unit_len(&text[at..], |unit| self.is_same(*wanted, unit))?;
            Some(at + length)
        })
    }

    /// Returns the length of escaped punctuation. `%` and `\`, which escape others, may be escaped too.
    fn punctuation_len(&self, text: &[u8], c: char) -> Option<usize> {
        let slashes = count_backslashes(text);
        match c {
            '%' => {
                let rest = text.strip_prefix(b"%")?.chunks(2).take(MAX_LAYERS);
                Some(1 + 2 * rest.take_while(|digits| digits == b"25").count())
            }
            _ if slashes == 0 => None,
            '\\' => Some(slashes),
            _ if c.is_ascii_punctuation() => Some(slashes + self.plain_len(&text[slashes..], c)?),
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

/// Returns the length of the percent-encoded byte that a text begins with.
///
/// It may be encoded more than once.
fn percent_byte_len(text: &[u8], is_wanted: impl Fn(u8) -> bool) -> Option<usize> {
    let mut digits = text.strip_prefix(b"%")?;
    for _ in 0..=MAX_LAYERS {
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
fn unicode_unit_len(text: &[u8], is_wanted: impl Fn(u16) -> bool) -> Option<usize> {
    let length = count_backslashes(text);
    let [b'u' | b'U', digits @ ..] = &text[length..] else {
        return None;
    };
    let unit = hex(digits.get(..4)?)?;
    (length > 0 && is_wanted(unit)).then_some(length + 5)
}

/// Returns the length of the escaped white space or control character that a text begins with.
fn escaped_gap_len(text: &[u8]) -> Option<usize> {
    let is_gap_unit = |unit: u16| char::from_u32(unit.into()).is_some_and(is_gap);
    let letter = || {
        let length = count_backslashes(text);
        let is_letter = matches!(text.get(length), Some(b'n' | b'r' | b't' | b'b' | b'f'));
        (length > 0 && is_letter).then_some(length + 1)
    };
    percent_byte_len(text, |byte| byte.is_ascii() && is_gap_unit(byte.into()))
        .or_else(|| unicode_unit_len(text, is_gap_unit))
        .or_else(letter)
}

/// Counts the backslashes that a text begins with: JSON in JSON has more than one.
fn count_backslashes(text: &[u8]) -> usize {
    let first = text.iter().take(MAX_LAYERS);
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
    /// The offset of each byte in the text.
    offsets: Vec<usize>,
    is_cut: bool,
}

impl<'a> Window<'a> {
    fn new(text: &'a str) -> Self {
        let mut window = Self {
            text,
            bytes: Vec::new(),
            offsets: Vec::new(),
            is_cut: false,
        };
        for (at, c) in text.char_indices().filter(|(_, c)| !is_gap(*c)) {
            if window.bytes.len() >= MAX_SEARCHED {
                window.is_cut = true;
                break;
            }
            let offsets = at..at + c.len_utf8();
            window.bytes.extend(&text.as_bytes()[offsets.clone()]);
            window.offsets.extend(offsets);
        }
        window
    }

    /// Returns for each byte whether it is hidden.
    fn search(&self, patterns: &[Pattern]) -> Vec<bool> {
        let mut is_hidden = vec![false; self.bytes.len()];
        for pattern in patterns {
            let mut start = 0;
            while start < self.bytes.len() {
                let is_cut = self.is_cut && start < MAX_SHOWN;
                let length = pattern.match_len(&self.bytes[start..], is_cut);
                let length = length.unwrap_or_default();
                if length > 0
                    && let Some(range) = self.extend(start..start + length, pattern.extent)
                {
                    is_hidden[range].fill(true);
                    start += length;
                } else {
                    start += 1;
                }
            }
        }
        is_hidden
    }

    /// Returns the bytes to hide for a match, or `None` if the match does not count.
    fn extend(&self, found: Range<usize>, extent: Extent) -> Option<Range<usize>> {
        let (first, last) = (self.offsets[found.start], self.offsets[found.end - 1]);
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
            // A `%` before a gap begins no escape, so `%` and `40` in two words are no `@`.
            Extent::Address => is_whole.then_some(before..behind),
            Extent::Url => {
                let is_end = |c: char| is_gap(c) && c != '\r' && c != '\n';
                let length = self.text[first..].find(is_end);
                let end = length.map_or(self.text.len(), |length| first + length);
                let end = self.offsets.partition_point(|offset| *offset < end);
                Some(found.start..end.max(behind))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_found_escaped_and_across_words() {
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
            let output = redact(text, &[secret]);
            let first = text.split(' ').next().unwrap_or_default();
            assert_eq!(output, format!("{first} *** bad"), "{text}");
        }
        let secrets = ["open  Sesame"];
        let output = redact("bad key: open\nsesame!", &secrets);
        assert_eq!(output, "bad key: ***");
        let output = redact("the door is open", &secrets);
        assert_eq!(output, "the door is open");
    }

    #[test]
    fn a_secret_of_three_bytes_is_masked_only_as_a_whole_word() {
        for (text, output) in [
            ("key abc is bad", "key *** is bad"),
            ("key=\"ABC\",", "***"),
            ("abcd xabc a bc YWJj", "abcd xabc a bc YWJj"),
        ] {
            assert_eq!(redact(text, &["abc"]), output);
        }
        assert_eq!(redact("xabcdx", &["abcd"]), "***");
        assert_eq!(redact("nothing", &["", " "]), "nothing");
    }

    #[test]
    fn long_words_are_cut_and_secrets_inside_words_are_masked() {
        for length in [MAX_CHARS + 1, 5000, 1 << 20] {
            let output = redact(&"x".repeat(length), &[]);
            assert_eq!(output.chars().count(), MAX_CHARS + 1);
        }
        assert_eq!(redact("(key=\"SK_live_1\"),", &["sk_live_1", ""]), "***");
        assert_eq!(redact("\u{1b}[31mred\r\n", &[]), "[31mred");
    }

    #[test]
    fn no_cut_leaves_half_of_a_secret() {
        let secret = "0123456789abcdef".repeat(16);
        let percent =
            |text: &str| -> String { text.bytes().map(|b| format!("%{b:02x}")).collect() };
        for before in (0..2 * MAX_SEARCHED).step_by(97) {
            // Masked words are short, so the shown text may come from far behind.
            let many = "a@b.co ".repeat(before / 7);
            for text in [
                format!("{many} {secret}"),
                format!("{many}{before}{secret}x"),
                format!("{many}{}", secret.repeat(20)),
                format!("{many}{}", percent(&secret.repeat(20))),
            ] {
                let output = redact(&text, &[&secret, &secret.repeat(20)]);
                assert!(!output.contains("0123456789"), "{before}: {output}");
                assert!(!output.contains("%30%31%32"), "{before}: {output}");
            }
        }
    }
}
