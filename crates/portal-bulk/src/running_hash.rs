use std::fmt;

use sha2::{Digest as _, Sha256};

/// What all rows up to one come to, by which another input is known.
///
/// Eight bytes of a hash that every earlier row is in: it tells two inputs apart, and nothing about
/// what is in them.
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

/// A hash of everything that was added so far, in order.
#[derive(Clone, Debug, Default)]
pub(crate) struct RunningHash([u8; 32]);

impl RunningHash {
    /// Adds one thing that is made of parts; where one part ends is part of the hash.
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

    fn digest(rows: &[&[&str]]) -> Digest {
        let mut chain = RunningHash::default();
        for row in rows {
            chain.add(row.iter().map(|part| part.as_bytes()));
        }
        chain.digest()
    }

    #[test]
    fn order_ends_and_content_all_count() {
        let marks = [
            digest(&[&["a", "b"]]),
            digest(&[&["ab"]]),
            digest(&[&["a"], &["b"]]),
            digest(&[&["b"], &["a"]]),
            digest(&[&["a", ""], &["b"]]),
            digest(&[]),
        ];
        for (index, one) in marks.iter().enumerate() {
            assert!(!marks[..index].contains(one), "{index}");
            assert_eq!(Digest::parse(&one.to_string()), Some(*one));
        }
    }

    #[test]
    fn a_mark_is_sixteen_hexadecimal_digits() {
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
