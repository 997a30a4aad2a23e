use std::fmt;
use std::sync::Arc;

use secrecy::zeroize::{ZeroizeOnDrop, Zeroizing};
use secrecy::{ExposeSecret, SecretString};

/// A text that must not be shown by accident, such as an API key.
///
/// It is hidden in `Debug`, and has neither `Display` nor `Serialize`. Its memory, and that of the
/// text that it was made from, is overwritten when the last clone is dropped.
/// [`expose`](Secret::expose) returns the text.
///
/// ```
/// use portal_core::Secret;
///
/// let key = Secret::from("sk_live_1");
/// assert_eq!(format!("{key:?}"), "Secret(***)");
/// assert_eq!(key.expose(), "sk_live_1");
/// ```
#[derive(Clone)]
pub struct Secret(Arc<SecretString>);

impl Secret {
    /// Returns the secret text: do not log it or write it to an error.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

// The only field is overwritten on drop, which a test checks.
impl ZeroizeOnDrop for Secret {}

impl From<String> for Secret {
    /// Takes over the text; the memory that held it is overwritten.
    fn from(text: String) -> Self {
        // Shrinking the text in place could free its old memory before it is overwritten.
        let text = Zeroizing::new(text);
        Self::from(text.as_str())
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self(Arc::new(text.into()))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(***)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Compiles only for types that are overwritten on drop; only unsafe code could read the memory.
    fn is_wiped<T: ZeroizeOnDrop + ?Sized>(_: &T) {}

    #[test]
    fn a_secret_and_what_it_is_made_of_are_overwritten_on_drop() {
        let secret = Secret::from("x".to_owned());
        is_wiped(&secret);
        is_wiped(&*secret.0);
        is_wiped(&Zeroizing::new(String::new()));
    }

    #[test]
    fn a_secret_is_the_unchanged_text() {
        let mut roomy = String::with_capacity(100);
        roomy.push_str(" schlüssel\n");
        assert_eq!(Secret::from(roomy).expose(), " schlüssel\n");
    }
}
