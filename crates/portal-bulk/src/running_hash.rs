use std::fmt;

use sha2::{Digest as _, Sha256};

/// The first eight bytes of a hash over all rows up to one.
///
/// It distinguishes two inputs and reveals nothing about their contents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Digest([u8; 8]);

impl Digest {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let valid = text.len() == 16 && text.bytes().all(|b| b.is_ascii_hexdigit());
        let number = u64::from_str_radix(text, 16).ok();
        number.filter(|_| valid).map(|n| Self(n.to_be_bytes()))
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", u64::from_be_bytes(self.0))
    }
}

/// A hash of everything added so far, in order.
#[derive(Clone, Debug, Default)]
pub(crate) struct RunningHash([u8; 32]);

impl RunningHash {
    /// Adds one item made of parts; the boundaries between parts are part of the hash.
    pub(crate) fn add<'a>(&mut self, parts: impl IntoIterator<Item = &'a [u8]>) {
        let mut hash = Sha256::new();
        hash.update(self.0);
        for part in parts {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        self.0 = hash.finalize().into();
    }

    pub(crate) fn digest(&self) -> Digest {
        let mut bytes = [0; 8];
        bytes.copy_from_slice(&self.0[..8]);
        Digest(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest_of(rows: &[&[&str]]) -> Digest {
        let mut hash = RunningHash::default();
        for row in rows {
            hash.add(row.iter().map(|part| part.as_bytes()));
        }
        hash.digest()
    }

    #[test]
    fn order_boundaries_and_content_change_the_digest() {
        let digests = [
            digest_of(&[&["a", "b"]]),
            digest_of(&[&["ab"]]),
            digest_of(&[&["a"], &["b"]]),
            digest_of(&[&["b"], &["a"]]),
            digest_of(&[&["a", ""], &["b"]]),
            digest_of(&[]),
        ];
        for (index, one) in digests.iter().enumerate() {
            assert!(!digests[..index].contains(one), "{index}");
            assert_eq!(Digest::parse(&one.to_string()), Some(*one));
        }
    }

    #[test]
    fn a_digest_is_sixteen_hexadecimal_digits() {
        for text in [
            "",
            "0",
            "+000000000000000",
            "00000000000000000",
            "g000000000000000",
        ] {
            assert_eq!(Digest::parse(text), None, "{text}");
        }
    }
}
