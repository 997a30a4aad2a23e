use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

/// The secret part of a link: 256 random bits as base64url. Only its [`Digest`] is stored.
pub(crate) struct Token(String);

impl Token {
    /// The number of characters.
    pub(crate) const LENGTH: usize = 43;

    pub(crate) fn random() -> Self {
        Self(URL_SAFE_NO_PAD.encode(random::<32>()))
    }

    /// Returns the text for the link's URL, which is a login: only the answer may contain it.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }

    pub(crate) fn digest(&self) -> Digest {
        digest(&self.0)
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(***)")
    }
}

/// SHA-256 of a secret: enough to recognise it, useless to a reader of the database.
pub(crate) type Digest = [u8; 32];

pub(crate) fn digest(secret: &str) -> Digest {
    Sha256::digest(secret).into()
}

/// Creates an id as Kwik's documentation shows them: a short prefix, `_`, and 21 characters of `A-Za-z0-9_-`.
pub(crate) fn id(prefix: &str) -> String {
    let random = URL_SAFE_NO_PAD.encode(random::<16>());
    format!("{prefix}_{}", &random[..21])
}

/// Returns random lowercase letters and digits, for ids that may be guessable.
pub(crate) fn alphanumeric<const N: usize>() -> String {
    let letters = b"abcdefghijklmnopqrstuvwxyz0123456789";
    let random = random::<N>().into_iter();
    random
        .map(|byte| char::from(letters[usize::from(byte) % letters.len()]))
        .collect()
}

fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("an operating system that runs a server has random bytes");
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_256_bits_in_base64url_and_masked_in_debug() {
        let token = Token::random();
        assert_eq!(token.expose().len(), Token::LENGTH);
        assert_eq!(URL_SAFE_NO_PAD.decode(token.expose()).unwrap().len(), 32);
        assert!(!format!("{token:?}").contains(token.expose()));
        assert_ne!(token.expose(), Token::random().expose());
    }

    #[test]
    fn an_id_has_21_random_characters_after_its_prefix() {
        let id = id("cpl");
        let random = id.strip_prefix("cpl_").unwrap();
        assert_eq!(random.len(), 21);
        assert!(
            random
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
        );
    }
}
