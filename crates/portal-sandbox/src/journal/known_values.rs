//! Secrets and personal values that the sandbox knows, in the encodings in which a request may repeat them.

use std::collections::{HashMap, HashSet, VecDeque};
use std::fmt::Write as _;
use std::ops::Range;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

/// The minimum length of a value: a shorter one would be found by chance.
pub(super) const MIN_LENGTH: usize = 8;
/// The oldest value is dropped beyond this number.
const MAX_VALUES: usize = 1000;
/// The number of bytes by which patterns are indexed; no pattern is shorter.
const PREFIX: usize = 8;

/// Values, each with its encodings prepared: plain, base64 in its three phases and both alphabets, and hexadecimal.
#[derive(Default)]
pub(super) struct KnownValues {
    values: HashSet<KnownValue>,
    /// The values, oldest first.
    order: VecDeque<KnownValue>,
    /// Lowercase patterns, for lowercase text.
    folded: Patterns,
    /// Case-sensitive patterns.
    exact: Patterns,
}

/// A value, and whether it is hidden in plain text too.
#[derive(Clone, PartialEq, Eq, Hash)]
struct KnownValue {
    text: String,
    in_plain: bool,
}

/// Patterns by their first bytes.
#[derive(Default)]
struct Patterns(HashMap<[u8; PREFIX], Vec<Vec<u8>>>);

impl KnownValues {
    /// Adds a secret, which is hidden in every encoding.
    pub(super) fn add_secret(&mut self, secret: &str) {
        self.add(secret, true);
    }

    /// Adds a value whose plain text is found by its form, such as an e-mail address.
    pub(super) fn add_encodings(&mut self, value: &str) {
        self.add(value, false);
    }

    /// Finds the values in a text; a base64 or hexadecimal run with one in it is returned whole.
    pub(super) fn find(&self, text: &str) -> Vec<Range<usize>> {
        let folded = text.to_ascii_lowercase();
        let folded = self.folded.find(folded.as_bytes());
        let exact = self.exact.find(text.as_bytes());
        let exact = exact.map(|range| whole_run(text, range));
        folded.chain(exact).collect()
    }

    fn add(&mut self, text: &str, in_plain: bool) {
        let value = KnownValue {
            text: text.to_owned(),
            in_plain,
        };
        if text.len() < MIN_LENGTH || !self.values.insert(value.clone()) {
            return;
        }
        self.prepare(&value, Patterns::insert);
        self.order.push_back(value);
        if self.order.len() > MAX_VALUES
            && let Some(oldest) = self.order.pop_front()
        {
            self.prepare(&oldest, Patterns::remove);
            self.values.remove(&oldest);
        }
    }

    fn prepare(&mut self, value: &KnownValue, apply: fn(&mut Patterns, &str)) {
        if value.in_plain {
            apply(&mut self.folded, &value.text.to_ascii_lowercase());
        }
        apply(&mut self.folded, &hex(&value.text));
        for phase in 0..3 {
            let standard = base64_core(&value.text, phase);
            let url_safe = standard.replace('+', "-").replace('/', "_");
            if url_safe != standard {
                apply(&mut self.exact, &url_safe);
            }
            apply(&mut self.exact, &standard);
        }
    }
}

impl Patterns {
    fn insert(&mut self, pattern: &str) {
        let pattern = pattern.as_bytes();
        if let Some(prefix) = pattern.first_chunk() {
            self.0.entry(*prefix).or_default().push(pattern.to_vec());
        }
    }

    fn remove(&mut self, pattern: &str) {
        let pattern = pattern.as_bytes();
        let prefix = pattern.first_chunk::<PREFIX>();
        if let Some(patterns) = prefix.and_then(|prefix| self.0.get_mut(prefix)) {
            let index = patterns.iter().position(|other| other == pattern);
            index.map(|index| patterns.swap_remove(index));
        }
    }

    fn find<'a>(&'a self, text: &'a [u8]) -> impl Iterator<Item = Range<usize>> + 'a {
        let starts = (0..text.len()).take_while(|_| !self.0.is_empty());
        starts.flat_map(|start| {
            let rest = &text[start..];
            let patterns = rest.first_chunk().and_then(|prefix| self.0.get(prefix));
            let patterns = patterns.into_iter().flatten();
            let found = patterns.filter(move |pattern| rest.starts_with(pattern));
            found.map(move |pattern| start..start + pattern.len())
        })
    }
}

fn hex(text: &str) -> String {
    text.bytes().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// Returns the base64 digits that depend on the text alone where it begins `phase` bytes into a group of three.
fn base64_core(text: &str, phase: usize) -> String {
    let shifted = [&b"\0\0"[..phase], text.as_bytes()].concat();
    let digits = STANDARD_NO_PAD.encode(&shifted);
    // A digit has six bits: the first digits share bits with the bytes before, the last with the bytes after.
    let first = (phase * 8).div_ceil(6);
    let last = shifted.len() * 8 / 6;
    digits[first..last].to_owned()
}

/// Extends a range to the run of base64 digits around it, of either alphabet.
fn whole_run(text: &str, range: Range<usize>) -> Range<usize> {
    let is_digit = |c: char| c.is_ascii_alphanumeric() || "+/-_".contains(c);
    let start = text[..range.start].trim_end_matches(is_digit).len();
    let end = text.len() - text[range.end..].trim_start_matches(is_digit).len();
    start..end
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::*;

    #[test]
    fn a_secret_is_found_in_each_of_its_encodings() {
        let secret = "canary?>secret~";
        let mut known = KnownValues::default();
        known.add_secret(secret);
        for before in ["", "a", "ab", "abc"] {
            for after in ["", "x", "yz"] {
                let bytes = format!("{before}{secret}{after}");
                for digits in [
                    STANDARD_NO_PAD.encode(&bytes),
                    URL_SAFE_NO_PAD.encode(&bytes),
                ] {
                    let text = format!("({digits})");
                    let whole = 1..text.len() - 1;
                    assert_eq!(known.find(&text), vec![whole], "{text}");
                }
                let (lower, upper) = (hex(&bytes), hex(&bytes).to_uppercase());
                for text in [bytes.to_uppercase(), bytes, lower, upper] {
                    assert_eq!(known.find(&text).len(), 1, "{text}");
                }
            }
        }
        assert!(known.find("canary, secret").is_empty());
    }

    #[test]
    fn the_newest_value_replaces_the_oldest() {
        let mut known = KnownValues::default();
        for number in 0..=MAX_VALUES {
            known.add_secret(&format!("secret {number:04}!"));
        }
        assert!(known.find("secret 0000!").is_empty());
        assert_eq!(known.find("secret 0001! secret 1000!"), [0..12, 13..25]);
    }
}
