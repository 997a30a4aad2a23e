use axum::http::HeaderMap;
use serde_json::{Map, Value};

use super::response::ApiError;
use crate::providers::validation;

/// The 400 for a paywall id that is none, and in the classic dialect for one that names no paywall.
pub(super) const INVALID_PAYWALL: &str = "Invalid paywall ID";

/// A valid call.
pub(super) struct LinkRequest {
    pub(super) paywall_id: String,
    pub(super) email: String,
    pub(super) user_meta: Option<Map<String, Value>>,
    pub(super) return_url: Option<String>,
}

impl LinkRequest {
    /// Creates a request with only an e-mail address, which is validated as in a call.
    pub(super) fn with_email(paywall_id: String, email: String) -> Result<Self, ApiError> {
        if !is_email(&email) {
            return Err(ApiError::Parameter("Invalid email format"));
        }
        Ok(Self {
            paywall_id,
            email,
            user_meta: None,
            return_url: None,
        })
    }

    /// Reads the parameters; the first that is wrong gives the 400. Undocumented fields are ignored.
    pub(super) fn read(
        paywall_id: Option<String>,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Result<Self, ApiError> {
        let paywall_id = paywall_id
            .filter(|id| !id.trim().is_empty())
            .ok_or(ApiError::Parameter(INVALID_PAYWALL))?;
        if !validation::has_json_content_type(headers) {
            return Err(ApiError::Parameter("Content-Type must be application/json"));
        }
        let Ok(Value::Object(mut body)) = serde_json::from_slice(body) else {
            return Err(ApiError::Parameter("Request body must be a JSON object"));
        };
        let email = match body.remove("email") {
            None | Some(Value::Null) => return Err(ApiError::Parameter("Email is required")),
            Some(Value::String(email)) if email.is_empty() => {
                return Err(ApiError::Parameter("Email is required"));
            }
            Some(Value::String(email)) if is_email(&email) => email,
            Some(_) => return Err(ApiError::Parameter("Invalid email format")),
        };
        let user_meta = match body.remove("userMeta") {
            None => None,
            Some(Value::Object(user_meta)) => Some(user_meta),
            Some(_) => return Err(ApiError::Parameter("userMeta must be an object")),
        };
        let return_url = match body.remove("returnUrl") {
            None => None,
            Some(Value::String(url)) if validation::is_http_url(&url) => Some(url),
            Some(_) => {
                return Err(ApiError::Parameter(
                    "returnUrl must be an http or https URL",
                ));
            }
        };
        Ok(Self {
            paywall_id,
            email,
            user_meta,
            return_url,
        })
    }
}

/// Reads the header `x-api-key`.
pub(super) fn key(headers: &HeaderMap) -> Result<String, ApiError> {
    match headers.get("x-api-key") {
        None => Err(ApiError::KeyRequired),
        Some(key) if key.is_empty() => Err(ApiError::KeyRequired),
        Some(key) => key
            .to_str()
            .map(str::to_owned)
            .map_err(|_| ApiError::InvalidKey),
    }
}

/// The check in the vendor's sample, `^[^\s@]+@[^\s@]+\.[^\s@]+$`; the documentation gives no other rule.
fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else {
        return false;
    };
    let inner_dot = domain
        .char_indices()
        .any(|(at, c)| c == '.' && at > 0 && at + 1 < domain.len());
    !local.is_empty() && inner_dot && !domain.contains('@') && !text.contains(is_js_space)
}

/// What `\s` means in JavaScript: Unicode's white space with the byte order mark and without U+0085.
fn is_js_space(c: char) -> bool {
    c == '\u{feff}' || (c.is_whitespace() && c != '\u{85}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_validated_as_in_the_vendors_sample() {
        for good in [
            "a@b.c",
            "user+tag@example.com",
            "a@b.c.",
            "a@b..c",
            "ä@ö.ü",
            "a@.b.c",
            "a\u{85}@b.c",
        ] {
            // The pattern is lenient: it requires only a dot with a character on either side.
            assert!(is_email(good), "{good}");
        }
        for bad in [
            "",
            "a",
            "a@b",
            "@b.c",
            "a@.c",
            "a@b.",
            "a@",
            "a@@b.c",
            "a@b@c.d",
            "a b@c.d",
            "a@b.c\n",
            "a@b\u{feff}.c",
        ] {
            assert!(!is_email(bad), "{bad}");
        }
    }
}
