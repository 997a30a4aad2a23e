use std::fmt;

use serde_json::Value;

use super::field::{Field, ValueKind};
use super::json::parse_json;
use crate::{Error, JsonObject, Result};

/// The value of one option, for code that handles every option alike, such as a command line.
///
/// It is personal data, so `Debug` does not show it.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub enum OptionValue<'a> {
    /// Text, not parsed yet.
    Text(&'a str),
    /// True or false.
    Flag(bool),
    /// Any number of texts, not parsed yet.
    List(Vec<String>),
    /// A JSON object.
    Object(JsonObject),
}

impl<'a> OptionValue<'a> {
    /// Reads the value of `field` from text, such as a cell of CSV.
    ///
    /// A flag is `true`, `yes` or `1`, or `false`, `no` or `0`, in any case. A list is a JSON array, or
    /// has `;` between its texts; an object is JSON.
    ///
    /// # Errors
    /// [`Kind::Invalid`](crate::Kind::Invalid) with the field, for text of another kind. Text that
    /// does not parse into the option's type is an error of the plan.
    pub fn from_text(field: Field, text: &'a str) -> Result<Self> {
        match field.info().kind {
            ValueKind::Text => Ok(Self::Text(text)),
            ValueKind::Choice => parse_choice(field, text.trim()).map(Self::Text),
            ValueKind::Flag => match text.trim() {
                word if is_one_of(word, ["true", "yes", "1"]) => Ok(Self::Flag(true)),
                word if is_one_of(word, ["false", "no", "0"]) => Ok(Self::Flag(false)),
                _ => Err(not_a_flag(field)),
            },
            ValueKind::List if !text.trim_start().starts_with('[') => Ok(Self::List(
                text.split(';').map(|id| id.trim().to_owned()).collect(),
            )),
            ValueKind::List => match parse_json(field.as_str(), text) {
                Ok(value) => list(field, &value),
                Err(_) => Err(not_a_list(field)),
            },
            ValueKind::Object => match parse_json(field.as_str(), text) {
                Ok(Value::Object(object)) => Ok(Self::Object(object)),
                Ok(_) => Err(not_an_object(field)),
                Err(error) => Err(error
                    .duplicate_key()
                    .unwrap_or_else(|| not_an_object(field))),
            },
        }
    }

    /// Reads the value of `field` from JSON.
    ///
    /// # Errors
    /// As [`from_text`](OptionValue::from_text).
    pub fn from_json(field: Field, value: &'a Value) -> Result<Self> {
        match (field.info().kind, value) {
            (ValueKind::Text, Value::String(text)) => Ok(Self::Text(text)),
            (ValueKind::Choice, Value::String(text)) => {
                parse_choice(field, text.trim()).map(Self::Text)
            }
            (ValueKind::Text | ValueKind::Choice, _) => Err(not_text(field)),
            (ValueKind::Flag, Value::Bool(yes)) => Ok(Self::Flag(*yes)),
            (ValueKind::Flag, _) => Err(not_a_flag(field)),
            (ValueKind::List, value) => list(field, value),
            (ValueKind::Object, Value::Object(object)) => Ok(Self::Object(object.clone())),
            (ValueKind::Object, _) => Err(not_an_object(field)),
        }
    }

    pub(crate) fn into_text(self, field: Field) -> Result<&'a str> {
        match self {
            Self::Text(text) => Ok(text),
            Self::Flag(_) | Self::List(_) | Self::Object(_) => Err(not_text(field)),
        }
    }

    pub(crate) fn into_flag(self, field: Field) -> Result<bool> {
        match self {
            Self::Flag(yes) => Ok(yes),
            Self::Text(_) | Self::List(_) | Self::Object(_) => Err(not_a_flag(field)),
        }
    }

    pub(crate) fn into_list(self, field: Field) -> Result<Vec<String>> {
        match self {
            Self::List(texts) => Ok(texts),
            Self::Text(_) | Self::Flag(_) | Self::Object(_) => Err(not_a_list(field)),
        }
    }

    pub(crate) fn into_object(self, field: Field) -> Result<JsonObject> {
        match self {
            Self::Object(object) => Ok(object),
            Self::Text(_) | Self::Flag(_) | Self::List(_) => Err(not_an_object(field)),
        }
    }
}

impl fmt::Debug for OptionValue<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Text(_) => "Text(***)",
            Self::Flag(_) => "Flag(***)",
            Self::List(_) => "List(***)",
            Self::Object(_) => "Object(***)",
        })
    }
}

/// Defines the words of fields with [`ValueKind::Choice`], from the table of options.
macro_rules! define_choices {
    ($($group:ident {
        $($variant:ident $field:ident $([$($accessor:ident)*])?: $kind:ident $($type:ident)?, $meaning:literal { $($key:ident: $value:expr),* };)*
    })*) => {
        impl Field {
            /// Returns the words that a field with [`ValueKind::Choice`] takes.
            #[must_use]
            pub fn choices(self) -> Vec<&'static str> {
                match self {
                    $($(Self::$variant => words!($kind $($type)?),)*)*
                }
            }
        }

        /// Parses one of the words of `field`, in any spelling.
        fn parse_choice(field: Field, text: &str) -> Result<&'static str> {
            match field {
                $($(Field::$variant => word!($kind $($type)?, field, text),)*)*
            }
        }
    };
}

macro_rules! words {
    (Choice $type:ident) => {
        super::$type::ALL.iter().map(|word| word.as_str()).collect()
    };
    ($kind:ident $($type:ident)?) => {
        Vec::new()
    };
}

macro_rules! word {
    (Choice $type:ident, $field:ident, $text:ident) => {
        $text.parse::<super::$type>().map(super::$type::as_str)
    };
    ($kind:ident $($type:ident)?, $field:ident, $text:ident) => {
        Err(not_text($field))
    };
}

crate::request_options!(define_choices);

fn list<'a>(field: Field, value: &Value) -> Result<OptionValue<'a>> {
    let texts = match value {
        Value::String(text) => Some(vec![text.clone()]),
        Value::Array(list) => list
            .iter()
            .map(|text| text.as_str().map(str::to_owned))
            .collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => None,
    };
    texts
        .map(OptionValue::List)
        .ok_or_else(|| not_a_list(field))
}

fn is_one_of(word: &str, words: [&str; 3]) -> bool {
    words.iter().any(|known| word.eq_ignore_ascii_case(known))
}

fn refuse(field: Field, why: &str, hint: &'static str) -> Error {
    Error::invalid(field.as_str(), format!("`{field}` {why}")).with_hint(hint)
}

fn not_text(field: Field) -> Error {
    refuse(field, "is not text", "write it in quotes")
}

fn not_a_flag(field: Field) -> Error {
    refuse(
        field,
        "is neither true nor false",
        "write `true` or `false`",
    )
}

fn not_a_list(field: Field) -> Error {
    refuse(
        field,
        "is not a list of ids",
        "write `[\"pro_1\", \"pro_2\"]`, in CSV also `pro_1;pro_2`",
    )
}

fn not_an_object(field: Field) -> Error {
    refuse(
        field,
        "is not a JSON object",
        "write it like `{\"plan\": \"pro\"}`",
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{Customer, Kind, LinkRequest};

    #[test]
    fn every_example_of_the_table_is_read_and_set() {
        for field in Field::ALL {
            let value = OptionValue::from_text(*field, field.info().example).unwrap();
            let request = LinkRequest::new(Customer::default()).set(*field, value);
            assert!(request.fields().has(*field), "{field}");
            assert!(request.problem().is_none(), "{field}");
            assert_eq!(
                Field::ALL
                    .iter()
                    .filter(|other| request.fields().has(**other))
                    .count(),
                1,
                "{field} sets nothing else"
            );
        }
    }

    #[test]
    fn text_and_json_of_another_kind_are_refused_with_the_field() {
        for (field, text) in [
            (Field::AllowCancel, "perhaps"),
            (Field::CancelType, "later"),
            (Field::Products, "[1]"),
            (Field::Metadata, "[]"),
        ] {
            let error = OptionValue::from_text(field, text).unwrap_err();
            assert_eq!(
                (error.kind(), error.field()),
                (Kind::Invalid, Some(field.as_str()))
            );
        }
        for field in Field::ALL {
            let error = OptionValue::from_json(*field, &json!(1)).unwrap_err();
            assert_eq!(
                (error.kind(), error.field()),
                (Kind::Invalid, Some(field.as_str()))
            );
        }
    }

    #[test]
    fn flags_are_the_words_that_people_and_spreadsheets_write() {
        for (text, flag) in [
            ("true", true),
            ("TRUE", true),
            (" Yes ", true),
            ("1", true),
            ("false", false),
            ("False", false),
            ("no", false),
            ("0", false),
        ] {
            let value = OptionValue::from_text(Field::AllowCancel, text).unwrap();
            assert!(value == OptionValue::Flag(flag), "{text}");
        }
        for text in ["", "2", "y", "on", "00", "truefalse"] {
            assert!(OptionValue::from_text(Field::AllowCancel, text).is_err());
        }
    }

    #[test]
    fn lists_are_json_or_separated_by_semicolons() {
        for text in ["pro_1;pro_2", " pro_1 ; pro_2 ", r#"["pro_1", "pro_2"]"#] {
            let value = OptionValue::from_text(Field::Products, text).unwrap();
            assert!(value == OptionValue::List(vec!["pro_1".into(), "pro_2".into()]));
        }
    }

    #[test]
    fn a_value_of_another_kind_is_an_error_of_the_plan() {
        for field in Field::ALL {
            let value = match field.info().kind {
                ValueKind::Flag => OptionValue::Text("true"),
                ValueKind::Text | ValueKind::Choice | ValueKind::List | ValueKind::Object => {
                    OptionValue::Flag(true)
                }
            };
            let request = LinkRequest::new(Customer::default()).set(*field, value);
            let error = request.problem().expect("remembered");
            assert_eq!(error.field(), Some(field.as_str()));
        }
    }
}
