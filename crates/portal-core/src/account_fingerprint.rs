use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::{BaseUrl, Credential};

/// Keeps these hashes apart from any other use of HMAC-SHA-256 over the same secrets.
const DOMAIN: &[u8] = b"customer-portal account fingerprint v1";

/// Identifies a provider's account without its key: a hash of provider, base URL and secrets.
///
/// It has 32 hexadecimal digits, and is the same in every process and release, so it can be stored.
/// A key of few characters could be guessed from it, but providers issue long keys.
///
/// ```
/// use portal_core::{AccountFingerprint, Credential, CredentialPart};
///
/// let key = |text: &str| CredentialPart::parse("api_key", text.into(), "");
/// let base = "https://api.example.com".parse()?;
/// let account = AccountFingerprint::new("acme", &base, &Credential::bearer(&key("sk_1")?));
/// assert_eq!(account.to_string().len(), 32);
/// assert_ne!(account, AccountFingerprint::new("acme", &base, &Credential::bearer(&key("sk_2")?)));
/// # Ok::<(), portal_core::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct AccountFingerprint(u128);

impl AccountFingerprint {
    /// Hashes the provider's id, the base URL and the credential's secrets.
    ///
    /// # Panics
    /// Never: HMAC takes a key of any length.
    #[must_use]
    pub fn new(provider: &str, base: &BaseUrl, credential: &Credential) -> Self {
        let mut mac = Hmac::<Sha256>::new_from_slice(DOMAIN).expect("HMAC takes any key");
        let mut add = |text: &str| {
            // With its length, so that no two lists of texts give the same bytes.
            mac.update(&(text.len() as u64).to_be_bytes());
            mac.update(text.as_bytes());
        };
        add(provider);
        add(base.as_str());
        for secret in credential.secrets() {
            add(secret.expose());
        }
        let hash: [u8; 32] = mac.finalize().into_bytes().into();
        let (half, _) = hash.split_first_chunk().expect("16 of 32 bytes");
        Self(u128::from_be_bytes(*half))
    }
}

impl fmt::Display for AccountFingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Debug for AccountFingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AccountFingerprint({self})")
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::CredentialPart;

    fn basic(user: &str, password: &str) -> Credential {
        let part = |text: &str| CredentialPart::parse("key", text.into(), "").unwrap();
        Credential::basic(&part(user), &part(password)).unwrap()
    }

    fn fingerprint(provider: &str, base: &str, credential: &Credential) -> String {
        AccountFingerprint::new(provider, &base.parse().unwrap(), credential).to_string()
    }

    #[test]
    fn provider_base_url_and_each_secret_change_the_fingerprint() {
        const BASE: &str = "https://x.com";
        let accounts = [
            ("a", BASE, basic("key", "sand")),
            ("b", BASE, basic("key", "sand")),
            ("a", "https://y.com", basic("key", "sand")),
            ("a", BASE, basic("key", "other")),
            ("a", BASE, basic("keys", "and")),
            ("a", BASE, basic("other", "sand")),
        ];
        let all: HashSet<_> = accounts
            .iter()
            .map(|(provider, base, credential)| fingerprint(provider, base, credential))
            .collect();
        assert_eq!(all.len(), accounts.len());
    }

    #[test]
    fn a_fingerprint_never_changes_and_shows_no_secret() {
        let text = fingerprint(
            "kwik",
            "https://api.kwik.co.za/2.0/",
            &basic("canary", "secret"),
        );
        // Computed by Python's hmac and hashlib.
        assert_eq!(text, "e7f224abec02a564924f8f6edb6cd878");
        assert!(!text.contains("canary"));
    }
}
