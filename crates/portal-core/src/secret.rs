use std::fmt;

use secrecy::{ExposeSecret, SecretString};

/// A text that nobody may read by accident: an API key or its like.
///
/// It is hidden in `Debug`, has neither `Display` nor `Serialize`, and its memory is overwritten
/// when it is dropped. Reading it takes an explicit [`expose`](Secret::expose).
///
/// ```
/// use portal_core::Secret;
///
/// let key = Secret::from("sk_live_1");
/// assert_eq!(format!("{key:?}"), "Secret(***)");
/// assert_eq!(key.expose(), "sk_live_1");
/// ```
#[derive(Clone)]
pub struct Secret(SecretString);

impl Secret {
    /// Hands out the secret text; whoever calls this answers for where it goes.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(***)")
    }
}
