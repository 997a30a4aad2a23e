use std::fmt;

use bytes::Bytes;
use http::{HeaderValue, Method, Request, Uri, header};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;
use serde_json::Value;

use crate::{Error, JsonObject, Result};

/// Everything but RFC 3986's unreserved characters.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// Encodes a text as one segment of a path, so that it cannot end the segment.
///
/// Adapters refuse `.` and `..`: URL parsers, such as reqwest's, also read `%2E%2E` as `..`.
///
/// ```
/// assert_eq!(portal_core::path_segment("a/b?c"), "a%2Fb%3Fc");
/// assert_eq!(portal_core::path_segment("../x"), "..%2Fx");
/// ```
#[must_use]
pub fn path_segment(text: &str) -> String {
    utf8_percent_encode(text, SEGMENT).to_string()
}

/// Creates the request that posts a JSON body to a path below the base URL.
///
/// # Panics
/// Never for a path built of literals and [`path_segment`]s.
#[must_use]
pub fn post_json<P>(path: P, body: Bytes) -> Request<Bytes>
where
    P: TryInto<Uri, Error: fmt::Debug>,
{
    const JSON: HeaderValue = HeaderValue::from_static("application/json");
    let mut request = Request::new(body);
    *request.method_mut() = Method::POST;
    *request.uri_mut() = path
        .try_into()
        .expect("literals and encoded segments make a URI");
    let headers = request.headers_mut();
    // Room for all headers that are added later, so that none is moved.
    headers.reserve(8);
    headers.insert(header::CONTENT_TYPE, JSON);
    headers.insert(header::ACCEPT, JSON);
    request
}

/// Encodes a request's body: the fields that the adapter knows, and the extra ones as they are.
///
/// # Errors
/// [`Kind::Invalid`](crate::Kind::Invalid) if an extra field would overwrite a known one; the
/// error's field is `extra` with the path in dots, such as `extra.settings.allow_cancel`.
pub fn json_body(fields: &impl Serialize, extra: &JsonObject) -> Result<Bytes> {
    let unencodable = |_| Error::invalid("body", "the request cannot be written as JSON");
    if extra.is_empty() {
        // Documented requests are shorter, so that the buffer does not grow.
        let mut body = Vec::with_capacity(512);
        serde_json::to_writer(&mut body, fields).map_err(unencodable)?;
        return Ok(body.into());
    }
    let mut body = match serde_json::to_value(fields).map_err(unencodable)? {
        Value::Object(body) => body,
        _ => return Err(Error::invalid("body", "the request is not a JSON object")),
    };
    merge(&mut body, extra, "extra")?;
    serde_json::to_vec(&body)
        .map(Bytes::from)
        .map_err(unencodable)
}

fn merge(body: &mut JsonObject, extra: &JsonObject, path: &str) -> Result<()> {
    for (key, value) in extra {
        let path = format!("{path}.{key}");
        match (body.get_mut(key), value) {
            (None, _) => {
                body.insert(key.clone(), value.clone());
            }
            (Some(Value::Object(inner)), Value::Object(extra)) => merge(inner, extra, &path)?,
            (Some(_), _) => {
                let message = format!("`{path}` would overwrite a field that the request sets");
                return Err(Error::invalid(path, message)
                    .with_hint("set it once, by the request's own option"));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn object(value: &Value) -> JsonObject {
        value.as_object().expect("an object").clone()
    }

    #[test]
    fn extra_fields_pass_through_and_merge_into_objects() {
        let extra = object(&json!({"new": [1, null], "settings": {"deep": {"x": 1.5}}}));
        let body = json_body(&json!({"settings": {"allow_cancel": false}}), &extra).unwrap();
        let body: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(
            body,
            json!({"new": [1, null], "settings": {"allow_cancel": false, "deep": {"x": 1.5}}})
        );
    }

    #[test]
    fn an_extra_field_never_overwrites_one_that_is_set() {
        for extra in [
            json!({"settings": {"allow_cancel": true}}),
            json!({"settings": 1}),
        ] {
            let error = json_body(
                &json!({"settings": {"allow_cancel": false}}),
                &object(&extra),
            )
            .unwrap_err();
            assert!(
                error
                    .field()
                    .is_some_and(|field| field.starts_with("extra.settings"))
            );
        }
    }
}
