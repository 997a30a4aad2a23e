use std::fmt::Display;
use std::ops::RangeInclusive;

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use crate::provider::Provider;

/// The fields of a request's JSON object. Each is taken once, and what nobody took is unknown.
pub(crate) struct Fields {
    left: Map<String, Value>,
    known: Vec<&'static str>,
}

/// What is wrong with a request: 400, naming the field.
#[derive(Debug)]
pub(crate) struct Wrong {
    field: Option<String>,
    message: String,
}

impl Fields {
    /// Reads the body; an empty one has no fields.
    pub(crate) fn read(body: &[u8]) -> Result<Self, Wrong> {
        let left = match body {
            [] => Map::new(),
            body => serde_json::from_slice(body).map_err(|_| Wrong {
                field: None,
                message: "The body must be one JSON object".to_owned(),
            })?,
        };
        Ok(Self {
            left,
            known: Vec::new(),
        })
    }

    pub(crate) fn any(&mut self, name: &'static str) -> Option<Value> {
        self.known.push(name);
        self.left.remove(name)
    }

    pub(crate) fn text(&mut self, name: &'static str) -> Result<Option<String>, Wrong> {
        match self.any(name) {
            None => Ok(None),
            Some(Value::String(text)) if !text.is_empty() => Ok(Some(text)),
            Some(_) => Err(Wrong::field(name, "must be a text that is not empty")),
        }
    }

    pub(crate) fn required_text(&mut self, name: &'static str) -> Result<String, Wrong> {
        self.text(name)?
            .ok_or_else(|| Wrong::field(name, "is required"))
    }

    pub(crate) fn flag(&mut self, name: &'static str) -> Result<Option<bool>, Wrong> {
        match self.any(name) {
            None => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(flag)),
            Some(_) => Err(Wrong::field(name, "must be `true` or `false`")),
        }
    }

    pub(crate) fn whole(
        &mut self,
        name: &'static str,
        range: RangeInclusive<u64>,
    ) -> Result<Option<u64>, Wrong> {
        match self.any(name) {
            None => Ok(None),
            Some(value) => match value.as_u64().filter(|number| range.contains(number)) {
                Some(number) => Ok(Some(number)),
                None => Err(Wrong::outside(name, "a whole number", &range)),
            },
        }
    }

    pub(crate) fn number(
        &mut self,
        name: &'static str,
        range: RangeInclusive<f64>,
    ) -> Result<f64, Wrong> {
        let value = self
            .any(name)
            .ok_or_else(|| Wrong::field(name, "is required"))?;
        match value.as_f64().filter(|number| range.contains(number)) {
            Some(number) => Ok(number),
            None => Err(Wrong::outside(name, "a number", &range)),
        }
    }

    /// Takes a word that has to be one of `words`.
    pub(crate) fn one_of<'a>(
        &mut self,
        name: &'static str,
        words: &[&'a str],
    ) -> Result<&'a str, Wrong> {
        let given = self.required_text(name)?;
        match words.iter().find(|word| **word == given) {
            Some(word) => Ok(word),
            None => Err(Wrong::field(name, &format!("must be {}", listed(words)))),
        }
    }

    pub(crate) fn provider(&mut self) -> Result<Provider, Wrong> {
        Ok(match self.one_of("provider", &["onlineapp", "kwik"])? {
            "kwik" => Provider::Kwik,
            _ => Provider::OnlineApp,
        })
    }

    /// Refuses what nobody asked for; `of` says what it would have to be a field of.
    pub(crate) fn end(self, of: &str) -> Result<(), Wrong> {
        match self.left.into_iter().next() {
            None => Ok(()),
            Some((name, _)) => {
                let message = format!("is no field of {of}; known are {}", listed(&self.known));
                Err(Wrong::field(&name, &message))
            }
        }
    }
}

impl Wrong {
    /// `message` goes on after the field's name.
    pub(crate) fn field(name: &str, message: &str) -> Self {
        Self {
            message: format!("`{name}` {message}"),
            field: Some(name.to_owned()),
        }
    }

    /// `message` is a whole sentence.
    pub(crate) fn sentence(name: &str, message: &str) -> Self {
        Self {
            message: message.to_owned(),
            field: Some(name.to_owned()),
        }
    }

    fn outside<T: Display>(name: &str, what: &str, range: &RangeInclusive<T>) -> Self {
        let (from, to) = (range.start(), range.end());
        Self::field(name, &format!("must be {what} from {from} to {to}"))
    }
}

impl IntoResponse for Wrong {
    fn into_response(self) -> Response {
        let body = json!({ "error": self.message, "field": self.field });
        (StatusCode::BAD_REQUEST, Json(body)).into_response()
    }
}

fn listed(words: &[&str]) -> String {
    let quoted: Vec<_> = words.iter().map(|word| format!("`{word}`")).collect();
    quoted.join(", ")
}
