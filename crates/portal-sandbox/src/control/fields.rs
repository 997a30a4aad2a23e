use std::fmt::Display;
use std::ops::RangeInclusive;

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use crate::providers::PROVIDERS;
use crate::providers::info::ProviderInfo;

/// The fields of a request's JSON object. Each is taken once; a field that remains at the end is unknown.
pub(crate) struct JsonFields {
    remaining: Map<String, Value>,
    known: Vec<&'static str>,
}

/// The error for an invalid request: status 400 with the field's name.
#[derive(Debug)]
pub(crate) struct InvalidField {
    field: Option<String>,
    message: String,
}

impl JsonFields {
    /// Reads the body; an empty one has no fields.
    pub(crate) fn read(body: &[u8]) -> Result<Self, InvalidField> {
        let remaining = match body {
            [] => Map::new(),
            body => serde_json::from_slice(body).map_err(|_| InvalidField {
                field: None,
                message: "The body must be one JSON object".to_owned(),
            })?,
        };
        Ok(Self {
            remaining,
            known: Vec::new(),
        })
    }

    pub(crate) fn any(&mut self, name: &'static str) -> Option<Value> {
        self.known.push(name);
        self.remaining.remove(name)
    }

    pub(crate) fn text(&mut self, name: &'static str) -> Result<Option<String>, InvalidField> {
        match self.any(name) {
            None => Ok(None),
            Some(Value::String(text)) if !text.is_empty() => Ok(Some(text)),
            Some(_) => Err(InvalidField::new(name, "must be a text and not empty")),
        }
    }

    pub(crate) fn required_text(&mut self, name: &'static str) -> Result<String, InvalidField> {
        self.text(name)?
            .ok_or_else(|| InvalidField::new(name, "is required"))
    }

    pub(crate) fn flag(&mut self, name: &'static str) -> Result<Option<bool>, InvalidField> {
        match self.any(name) {
            None => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(flag)),
            Some(_) => Err(InvalidField::new(name, "must be `true` or `false`")),
        }
    }

    pub(crate) fn integer(
        &mut self,
        name: &'static str,
        range: RangeInclusive<u64>,
    ) -> Result<Option<u64>, InvalidField> {
        match self.any(name) {
            None => Ok(None),
            Some(value) => match value.as_u64().filter(|number| range.contains(number)) {
                Some(number) => Ok(Some(number)),
                None => Err(InvalidField::outside(name, "a whole number", &range)),
            },
        }
    }

    pub(crate) fn number(
        &mut self,
        name: &'static str,
        range: RangeInclusive<f64>,
    ) -> Result<f64, InvalidField> {
        let value = self
            .any(name)
            .ok_or_else(|| InvalidField::new(name, "is required"))?;
        match value.as_f64().filter(|number| range.contains(number)) {
            Some(number) => Ok(number),
            None => Err(InvalidField::outside(name, "a number", &range)),
        }
    }

    /// Takes a text that must be one of `words`.
    pub(crate) fn one_of<'a>(
        &mut self,
        name: &'static str,
        words: &[&'a str],
    ) -> Result<&'a str, InvalidField> {
        let text = self.required_text(name)?;
        match words.iter().find(|word| **word == text) {
            Some(word) => Ok(word),
            None => Err(InvalidField::new(
                name,
                &format!("must be {}", quote_all(words)),
            )),
        }
    }

    pub(crate) fn provider(&mut self) -> Result<&'static ProviderInfo, InvalidField> {
        let ids = PROVIDERS.map(|provider| provider.info.id);
        let id = self.one_of("provider", &ids)?;
        let provider = PROVIDERS.iter().find(|provider| provider.info.id == id);
        Ok(provider.expect("the id is one of the table's").info)
    }

    /// Refuses fields that are left; `object` is its name in the message.
    pub(crate) fn finish(self, object: &str) -> Result<(), InvalidField> {
        match self.remaining.into_iter().next() {
            None => Ok(()),
            Some((name, _)) => {
                let message = format!(
                    "is not a field of {object}; known are {}",
                    quote_all(&self.known)
                );
                Err(InvalidField::new(&name, &message))
            }
        }
    }
}

impl InvalidField {
    /// Creates an error whose `message` follows the field's name.
    pub(crate) fn new(name: &str, message: &str) -> Self {
        Self {
            message: format!("`{name}` {message}"),
            field: Some(name.to_owned()),
        }
    }

    /// Creates an error whose `message` is a whole sentence.
    pub(crate) fn sentence(name: &str, message: &str) -> Self {
        Self {
            message: message.to_owned(),
            field: Some(name.to_owned()),
        }
    }

    fn outside<T: Display>(name: &str, what: &str, range: &RangeInclusive<T>) -> Self {
        let (from, to) = (range.start(), range.end());
        Self::new(name, &format!("must be {what} from {from} to {to}"))
    }
}

impl IntoResponse for InvalidField {
    fn into_response(self) -> Response {
        let body = json!({ "error": self.message, "field": self.field });
        (StatusCode::BAD_REQUEST, Json(body)).into_response()
    }
}

pub(crate) fn quote_all(words: &[&str]) -> String {
    let quoted: Vec<_> = words.iter().map(|word| format!("`{word}`")).collect();
    quoted.join(", ")
}
