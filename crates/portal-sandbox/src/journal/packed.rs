//! What a text says when its escapes are undone, or when it is unpacked.

use std::borrow::Cow;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// Below this many bytes what is unpacked may be there by chance.
pub(super) const SHORTEST: usize = 8;

const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::RequireNone),
);

/// Undoes one layer of percent-encoding and of JSON's `\u`, as far as ASCII and UTF-8 go.
pub(super) fn unescaped(text: &str) -> Cow<'_, str> {
    if !text.contains(['%', '\\']) {
        return text.into();
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, others @ ..] = rest {
        let escape = match rest {
            [b'%', digits @ ..] => byte(digits).map(|byte| (3, byte)),
            [b'\\', b'u', b'0', b'0', digits @ ..] => byte(digits).map(|byte| (6, byte)),
            _ => None,
        };
        let (length, byte) = escape.unwrap_or((1, *first));
        bytes.push(byte);
        rest = rest.get(length..).unwrap_or(others);
    }
    String::from_utf8_lossy(&bytes).into_owned().into()
}

fn of_hex(digits: &str) -> Vec<u8> {
    let pairs = digits.as_bytes().chunks_exact(2);
    pairs.map(|pair| byte(pair).unwrap_or(0)).collect()
}

/// Reads the two hexadecimal digits that a text begins with.
fn byte(digits: &[u8]) -> Option<u8> {
    let value = |digit: &u8| char::from(*digit).to_digit(16);
    let [high, low, ..] = digits else { return None };
    u8::try_from(value(high)? << 4 | value(low)?).ok()
}

/// Says whether a character may stand in base64, of either alphabet.
pub(super) fn is_digit(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '-' | '_')
}

/// Returns what a run of letters and digits says in base64 and in hexadecimal digits, wherever they begin: mostly noise.
pub(super) fn unpacked(run: &str) -> Vec<Vec<u8>> {
    if run.len() * 3 < SHORTEST * 4 {
        return Vec::new();
    }
    let standard = standard(run);
    let base64 = (0..4).filter_map(|from| decoded(standard.get(from..)?));
    let hex = run.split(|c: char| !c.is_ascii_hexdigit());
    let hex = hex.filter(|digits| digits.len() >= SHORTEST * 2);
    let hex = hex.flat_map(|digits| [of_hex(digits), of_hex(&digits[1..])]);
    base64.chain(hex).collect()
}

pub(super) fn of_base64(digits: &str) -> Option<Vec<u8>> {
    decoded(&standard(digits))
}

/// Writes the digits of the other alphabet as the standard has them.
fn standard(digits: &str) -> String {
    let standard = |c| match c {
        '-' => '+',
        '_' => '/',
        other => other,
    };
    digits.chars().map(standard).collect()
}

fn decoded(digits: &str) -> Option<Vec<u8>> {
    // One that is left over is of what follows.
    let digits = &digits[..digits.len() - usize::from(digits.len() % 4 == 1)];
    BASE64.decode(digits).ok()
}
