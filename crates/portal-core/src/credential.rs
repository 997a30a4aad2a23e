use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, HeaderName, HeaderValue, header};

use crate::{CredentialPart, Result, Secret};

/// The headers that authorize a request, and the secrets in them that no error may show.
///
/// The engine adds a credential to each request. So an adapter contains none, and a new key needs no
/// new adapter. The headers are marked sensitive, so `Debug` masks them. Their memory is not
/// overwritten on drop, unlike that of the [secrets](Self::secrets).
///
/// ```
/// use portal_core::{Credential, CredentialPart};
///
/// let key = CredentialPart::parse("api_key", "sk_live_1".into(), "copy it from the dashboard")?;
/// let credential = Credential::bearer(&key);
/// let mut headers = http::HeaderMap::new();
/// credential.apply(&mut headers);
/// assert_eq!(headers["authorization"], "Bearer sk_live_1");
/// assert_eq!(format!("{credential:?} {headers:?}"), r#"Credential(***) {"authorization": Sensitive}"#);
/// # Ok::<(), portal_core::Error>(())
/// ```
#[derive(Clone)]
pub struct Credential {
    headers: Vec<(HeaderName, HeaderValue)>,
    secrets: Vec<Secret>,
}

impl Credential {
    /// Sends a token as `Authorization: Bearer` (RFC 6750).
    #[must_use]
    pub fn bearer(token: &CredentialPart) -> Self {
        let text = Secret::from(format!("Bearer {}", token.expose()));
        Self::one(header::AUTHORIZATION, &text, &[token])
    }

    /// Sends a user name and a password as `Authorization: Basic` (RFC 7617).
    ///
    /// # Errors
    /// [`Kind::Configuration`](crate::Kind::Configuration) with the user name's field if it contains
    /// a colon, which would separate it from the password.
    pub fn basic(user: &CredentialPart, password: &CredentialPart) -> Result<Self> {
        if user.expose().contains(':') {
            let why = "holds a `:`, which HTTP's Basic authentication cannot carry";
            return Err(user.refuse(why));
        }
        let pair = Secret::from(format!("{}:{}", user.expose(), password.expose()));
        let encoded = Secret::from(STANDARD.encode(pair.expose()));
        let text = Secret::from(format!("Basic {}", encoded.expose()));
        Ok(Self::one(header::AUTHORIZATION, &text, &[user, password]))
    }

    /// Sends a key as the value of a header, such as `X-API-Key`.
    #[must_use]
    pub fn header(name: HeaderName, key: &CredentialPart) -> Self {
        Self::one(name, key.secret(), &[key])
    }

    /// Sends another key in a second header.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, key: &CredentialPart) -> Self {
        let Self { headers, secrets } = Self::header(name, key);
        self.headers.extend(headers);
        self.secrets.extend(secrets);
        self
    }

    /// Adds the headers to a request, and replaces those of the same names.
    pub fn apply(&self, request: &mut HeaderMap) {
        for (name, value) in &self.headers {
            request.insert(name, value.clone());
        }
    }

    /// Returns the secrets that redaction masks.
    #[must_use]
    pub fn secrets(&self) -> &[Secret] {
        &self.secrets
    }

    fn one(name: HeaderName, text: &Secret, parts: &[&CredentialPart]) -> Self {
        Self {
            headers: vec![(name, sensitive(text))],
            secrets: parts.iter().map(|part| part.secret().clone()).collect(),
        }
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credential(***)")
    }
}

fn sensitive(text: &Secret) -> HeaderValue {
    let bytes = text.expose().as_bytes();
    let mut value = HeaderValue::from_bytes(bytes).expect("a part holds no control characters");
    value.set_sensitive(true);
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(field: &'static str, text: &str) -> CredentialPart {
        CredentialPart::parse(field, text.into(), "copy it again").unwrap()
    }

    fn headers(credential: &Credential) -> HeaderMap {
        let mut headers = HeaderMap::new();
        credential.apply(&mut headers);
        // Applying it again for a second attempt changes nothing.
        credential.apply(&mut headers);
        headers
    }

    #[test]
    fn a_header_contains_the_exact_key_and_debug_hides_it() {
        const NAME: HeaderName = HeaderName::from_static("x-api-key");
        for text in ["canary", "can\"ary", "schlüssel-canary"] {
            let credential = Credential::header(NAME, &part("api_key", text));
            let headers = headers(&credential);
            assert_eq!(
                (headers.len(), headers[NAME].as_bytes()),
                (1, text.as_bytes())
            );
            assert!(headers[NAME].is_sensitive());
            assert!(!format!("{credential:?} {headers:?}").contains("canary"));
            assert_eq!(credential.secrets()[0].expose(), text);
        }
    }

    #[test]
    fn a_second_header_is_sent_and_redacted_too() {
        let (first, second) = (
            HeaderName::from_static("x-a"),
            HeaderName::from_static("x-b"),
        );
        let credential =
            Credential::header(first, &part("a", "1")).with_header(second, &part("b", "2"));
        let headers = headers(&credential);
        assert_eq!(
            (&headers["x-a"], &headers["x-b"]),
            (&"1".parse().unwrap(), &"2".parse().unwrap())
        );
        let secrets: Vec<_> = credential.secrets().iter().map(Secret::expose).collect();
        assert_eq!(secrets, ["1", "2"]);
    }

    #[test]
    fn basic_joins_user_and_password_unless_the_user_contains_a_colon() {
        // The example of RFC 7617, with a password without a space.
        let (user, password) = (part("user", "Aladdin"), part("password", "open-sesame"));
        let credential = Credential::basic(&user, &password).unwrap();
        let headers = headers(&credential);
        assert_eq!(
            headers["authorization"],
            "Basic QWxhZGRpbjpvcGVuLXNlc2FtZQ=="
        );
        assert!(headers["authorization"].is_sensitive());
        let secrets: Vec<_> = credential.secrets().iter().map(Secret::expose).collect();
        assert_eq!(secrets, ["Aladdin", "open-sesame"]);
        let colon = part("password", "a:b");
        assert!(Credential::basic(&user, &colon).is_ok());
        let error = Credential::basic(&colon, &user).unwrap_err();
        assert!(error.message().contains('`'), "{error}");
        assert!(!error.to_string().contains("a:b"), "{error}");
    }
}
