use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// The minimum length of a canary in bytes: a shorter text would be found by chance.
const MIN_LENGTH: usize = 10;

/// The lengths of the shortest canary in base64 and in hexadecimal digits.
const MIN_BASE64_LENGTH: usize = 14;
const MIN_HEX_LENGTH: usize = 2 * MIN_LENGTH;

/// Secret texts to search for: keys, e-mail addresses, links, or their characteristic parts.
///
/// A search finds them in plain text of any case, percent-encoded, in hexadecimal digits, and in
/// base64 of either alphabet, with or without padding, at any position of the encoded text.
///
/// ```
/// let canaries = portal_testkit::Canaries::new(["sk_canary_1"]);
/// assert_eq!(canaries.find_in("key: c2tfY2FuYXJ5XzE="), Some("sk_canary_1"));
/// assert_eq!(canaries.find_in("key: ***"), None);
/// ```
#[derive(Clone)]
pub struct Canaries(Vec<String>);

impl Canaries {
    /// Creates canaries from these texts.
    ///
    /// # Panics
    /// If a text has fewer than ten bytes, which would be found by chance.
    pub fn new<T: Into<String>>(texts: impl IntoIterator<Item = T>) -> Self {
        let texts: Vec<_> = texts.into_iter().map(Into::into).collect();
        for text in &texts {
            assert!(
                text.len() >= MIN_LENGTH,
                "`{text}` is too short for a canary"
            );
        }
        Self(texts)
    }

    /// Returns a secret that `output` contains, in any encoding.
    #[must_use]
    pub fn find_in(&self, output: &str) -> Option<&str> {
        let mut readings = Vec::new();
        let mut text = output.to_owned();
        loop {
            readings.push(text.to_lowercase());
            readings.extend(decode_runs(&text));
            // Each decoding shortens the text, so the loop ends.
            let decoded = percent_decode_str(&text).decode_utf8_lossy().into_owned();
            if decoded == text {
                break;
            }
            text = decoded;
        }
        let is_readable = |canary: &&String| {
            let canary = canary.to_lowercase();
            readings.iter().any(|reading| reading.contains(&canary))
        };
        self.0.iter().find(is_readable).map(String::as_str)
    }

    /// Checks that `output` contains no secret.
    ///
    /// # Panics
    /// If it contains one. The message has `name`, the secret and the output.
    #[track_caller]
    pub fn assert_hidden(&self, name: impl fmt::Display, output: &str) {
        if let Some(canary) = self.find_in(output) {
            panic!("{name} shows `{canary}`: {output}");
        }
    }

    /// Returns texts in which a provider might repeat each secret: plain, in capitals, percent-encoded.
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

    /// Returns each secret in hexadecimal digits, and in base64 of either alphabet, with and without padding.
    #[must_use]
    pub fn base64_and_hex(&self) -> Vec<String> {
        let mut encodings = Vec::new();
        for canary in &self.0 {
            // Base64 encodes groups of three bytes, and the secret may start at any byte of a group.
            for before in ["", ":", "::"] {
                let text = format!("{before}{canary}");
                for alphabet in [STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD] {
                    encodings.push(alphabet.encode(&text));
                }
            }
            let hex: String = canary.bytes().map(|byte| format!("{byte:02x}")).collect();
            encodings.extend([hex.to_uppercase(), hex]);
        }
        encodings.sort();
        encodings.dedup();
        encodings
    }
}

impl fmt::Debug for Canaries {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.0).finish()
    }
}

/// Decodes each run of base64 or hexadecimal digits in a text, to lowercase.
fn decode_runs(text: &str) -> Vec<String> {
    let is_base64 = |c: char| c.is_ascii_alphanumeric() || "+/-_".contains(c);
    let base64 = text.split(|c| !is_base64(c));
    let base64 = base64.filter(|run| run.len() >= MIN_BASE64_LENGTH);
    let hex = text.split(|c: char| !c.is_ascii_hexdigit());
    let hex = hex.filter(|run| run.len() >= MIN_HEX_LENGTH);
    let base64 = base64.flat_map(|run| (0..4).filter_map(|from| decode_base64(run.get(from..)?)));
    let hex = hex.flat_map(|run| (0..2).filter_map(|from| Some(decode_hex(run.get(from..)?))));
    base64.chain(hex).collect()
}

fn decode_base64(run: &str) -> Option<String> {
    // No base64 ends one letter into a group of four, so that letter belongs to the text after it.
    let run = &run[..run.len() - usize::from(run.len() % 4 == 1)];
    let whole_groups = &run[..run.len() / 4 * 4];
    let bytes = [STANDARD_NO_PAD, URL_SAFE_NO_PAD]
        .iter()
        .find_map(|alphabet| {
            alphabet
                .decode(run)
                .or_else(|_| alphabet.decode(whole_groups))
                .ok()
        })?;
    Some(String::from_utf8_lossy(&bytes).to_lowercase())
}

fn decode_hex(run: &str) -> String {
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
        assert_eq!(canaries.find_in(harmless), None);
        let encodings = canaries.base64_and_hex();
        assert!(encodings.len() >= 3 * 2 + 2, "{encodings:?}");
        for echo in [canaries.echoes(), encodings].concat() {
            let escaped = utf8_percent_encode(&echo, NON_ALPHANUMERIC).to_string();
            for line in [format!("say: {echo}."), format!("say: {escaped}.")] {
                assert_eq!(canaries.find_in(&line), Some(text), "{line}");
            }
        }
        for (before, after) in [("", ""), ("a", "b"), ("ab", "cde"), ("abc", "defg")] {
            let plain = format!("{before}{text}:{after}");
            for alphabet in [STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD] {
                let encoded = alphabet.encode(&plain);
                assert_eq!(canaries.find_in(&encoded), Some(text), "{plain}");
            }
        }
    }

    #[test]
    fn the_shortest_canary_is_found_too() {
        let canaries = Canaries::new(["canary-key"]);
        for encoded in canaries.base64_and_hex() {
            assert_eq!(canaries.find_in(&encoded), Some("canary-key"), "{encoded}");
        }
    }

    #[test]
    #[should_panic(expected = "the log shows `canary-key`: x canary-key")]
    fn a_shown_canary_fails_the_test() {
        Canaries::new(["canary-key"]).assert_hidden("the log", "x canary-key");
    }
}
