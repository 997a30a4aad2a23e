use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// A shorter one would be found by chance.
const SHORTEST: usize = 10;

/// The shortest runs of base64 and of hexadecimal digits that hold so many bytes.
const SHORTEST_BASE64: usize = 14;
const SHORTEST_HEX: usize = 2 * SHORTEST;

/// Secret texts to search for: keys, e-mail addresses, links, or their characteristic parts.
///
/// They are found plain, in other capitals, percent-encoded, in base64 of either alphabet (with
/// padding and without, wherever in a longer run), and in hexadecimal digits.
///
/// ```
/// let canaries = portal_testkit::Canaries::new(["sk_canary_1"]);
/// assert_eq!(canaries.found_in("key: c2tfY2FuYXJ5XzE="), Some("sk_canary_1"));
/// assert_eq!(canaries.found_in("key: ***"), None);
/// ```
#[derive(Clone)]
pub struct Canaries(Vec<String>);

impl Canaries {
    /// Takes the texts.
    ///
    /// # Panics
    /// If one has fewer than ten bytes, which would be found by chance.
    pub fn new<T: Into<String>>(texts: impl IntoIterator<Item = T>) -> Self {
        let texts: Vec<_> = texts.into_iter().map(Into::into).collect();
        for text in &texts {
            assert!(text.len() >= SHORTEST, "`{text}` is too short for a canary");
        }
        Self(texts)
    }

    /// Returns a secret that `shown` contains, in any encoding.
    #[must_use]
    pub fn found_in(&self, shown: &str) -> Option<&str> {
        let mut readings = Vec::new();
        let mut text = shown.to_owned();
        loop {
            readings.push(text.to_lowercase());
            readings.extend(unpacked(&text));
            // What is encoded more than once is a longer text, so this ends.
            let decoded = percent_decode_str(&text).decode_utf8_lossy().into_owned();
            if decoded == text {
                break;
            }
            text = decoded;
        }
        let shows = |canary: &&String| {
            let canary = canary.to_lowercase();
            readings.iter().any(|reading| reading.contains(&canary))
        };
        self.0.iter().find(shows).map(String::as_str)
    }

    /// Checks that `shown` contains no secret.
    ///
    /// # Panics
    /// If it contains one; the message names the secret and `what` was shown, and quotes it.
    #[track_caller]
    pub fn assert_hidden(&self, what: impl fmt::Display, shown: &str) {
        if let Some(canary) = self.found_in(shown) {
            panic!("{what} shows `{canary}`: {shown}");
        }
    }

    /// Returns each secret as a provider might echo it: plain, in capitals, percent-encoded.
    #[must_use]
    pub fn echoes(&self) -> Vec<String> {
        let mut echoes = Vec::new();
        for canary in &self.0 {
            let encoded = utf8_percent_encode(canary, NON_ALPHANUMERIC).to_string();
            echoes.push(format!("the value \"{canary}\", which is bad"));
            echoes.push(format!("{} {canary}", "x".repeat(150)));
            echoes.push(format!("bad: {encoded}"));
            echoes.push(canary.to_uppercase());
        }
        echoes
    }

    /// Returns each in base64, of either alphabet, with padding and without, beginning at each of
    /// the three places of a group, and in hexadecimal digits.
    #[must_use]
    pub fn packed(&self) -> Vec<String> {
        let mut packed = Vec::new();
        for canary in &self.0 {
            for before in ["", ":", "::"] {
                let text = format!("{before}{canary}");
                for alphabet in [STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD] {
                    packed.push(alphabet.encode(&text));
                }
            }
            let hex: String = canary.bytes().map(|byte| format!("{byte:02x}")).collect();
            packed.extend([hex.to_uppercase(), hex]);
        }
        packed.sort();
        packed.dedup();
        packed
    }
}

impl fmt::Debug for Canaries {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.0).finish()
    }
}

/// What the runs of base64 and of hexadecimal digits in a text say, in small letters.
fn unpacked(text: &str) -> Vec<String> {
    let is_base64 = |c: char| c.is_ascii_alphanumeric() || "+/-_".contains(c);
    let base64 = text.split(|c| !is_base64(c));
    let base64 = base64.filter(|run| run.len() >= SHORTEST_BASE64);
    let hex = text.split(|c: char| !c.is_ascii_hexdigit());
    let hex = hex.filter(|run| run.len() >= SHORTEST_HEX);
    let base64 = base64.flat_map(|run| (0..4).filter_map(|from| of_base64(run.get(from..)?)));
    let hex = hex.flat_map(|run| (0..2).filter_map(|from| Some(of_hex(run.get(from..)?))));
    base64.chain(hex).collect()
}

fn of_base64(run: &str) -> Option<String> {
    // A letter that is left over is of what follows.
    let run = &run[..run.len() - usize::from(run.len() % 4 == 1)];
    let whole = &run[..run.len() / 4 * 4];
    let bytes = [STANDARD_NO_PAD, URL_SAFE_NO_PAD]
        .iter()
        .find_map(|alphabet| {
            alphabet
                .decode(run)
                .or_else(|_| alphabet.decode(whole))
                .ok()
        })?;
    Some(String::from_utf8_lossy(&bytes).to_lowercase())
}

fn of_hex(run: &str) -> String {
    let digit = |byte: u8| char::from(byte).to_digit(16).unwrap_or_default();
    let pairs = run.as_bytes().chunks_exact(2);
    let bytes = pairs.map(|pair| u8::try_from(digit(pair[0]) << 4 | digit(pair[1])).unwrap_or(0));
    let bytes: Vec<u8> = bytes.collect();
    String::from_utf8_lossy(&bytes).to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_canary_is_found_however_it_is_written() {
        let text = "Key?Canary+0123";
        let canaries = Canaries::new([text]);
        let harmless = "a harmless line of text, key canary, 6b65793f63616e617279";
        assert_eq!(canaries.found_in(harmless), None);
        let packed = canaries.packed();
        assert!(packed.len() >= 3 * 2 + 2, "{packed:?}");
        for echo in [canaries.echoes(), packed].concat() {
            let escaped = utf8_percent_encode(&echo, NON_ALPHANUMERIC).to_string();
            for line in [format!("say: {echo}."), format!("say: {escaped}.")] {
                assert_eq!(canaries.found_in(&line), Some(text), "{line}");
            }
        }
        for (before, after) in [("", ""), ("a", "b"), ("ab", "cde"), ("abc", "defg")] {
            let whole = format!("{before}{text}:{after}");
            for alphabet in [STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD] {
                let inside = alphabet.encode(&whole);
                assert_eq!(canaries.found_in(&inside), Some(text), "{whole}");
            }
        }
    }

    #[test]
    fn the_shortest_canary_is_found_too() {
        let canaries = Canaries::new(["canary-key"]);
        for packed in canaries.packed() {
            assert_eq!(canaries.found_in(&packed), Some("canary-key"), "{packed}");
        }
    }

    #[test]
    #[should_panic(expected = "the log shows `canary-key`: x canary-key")]
    fn a_shown_canary_fails_the_test() {
        Canaries::new(["canary-key"]).assert_hidden("the log", "x canary-key");
    }
}
