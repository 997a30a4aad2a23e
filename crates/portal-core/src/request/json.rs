//! Reads JSON that a user or an application wrote, and changes nothing in it.

use std::cell::RefCell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::error::Category;
use serde_json::{Number, Value};

use crate::{Error, JsonObject, redact};

/// The only key of the map as which serde_json passes a number of more than 64 bits.
const NUMBER_KEY: &str = "$serde_json::private::Number";

/// Why a text is not JSON that can be passed on unchanged. It quotes no value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonError {
    /// The line, from 1.
    pub line: usize,
    /// The column in bytes, from 1.
    pub column: usize,
    /// What kind of error it is.
    pub category: Category,
    /// The path of the key that stands twice in its object, in dots.
    duplicate: Option<String>,
}

impl JsonError {
    /// Returns the error for a key that stands twice in its object, if this is one.
    #[must_use]
    pub fn duplicate_key(&self) -> Option<Error> {
        let path = self.duplicate.clone()?;
        let message = format!("`{path}` is set twice");
        Some(Error::invalid(path, message).with_hint("keep one of the two values"))
    }
}

/// Reads one JSON value; numbers keep their digits, and a key that stands twice is refused.
///
/// `name` is the value's name, with which the path of a key in an error begins.
///
/// ```
/// use portal_core::request::parse_json;
///
/// let value = parse_json("metadata", r#"{"id": 18446744073709551616}"#).expect("JSON");
/// assert_eq!(value.to_string(), r#"{"id":18446744073709551616}"#);
///
/// let error = parse_json("metadata", r#"{"a": [{"b": 1, "b": 2}]}"#).expect_err("twice");
/// let error = error.duplicate_key().expect("a key that stands twice");
/// assert_eq!(error.message(), "`metadata.a.0.b` is set twice");
/// ```
///
/// # Errors
/// [`JsonError`] for a text that is not JSON, and for a key that stands twice in its object.
pub fn parse_json(name: &str, text: &str) -> Result<Value, JsonError> {
    let duplicate = Duplicate::default();
    parse(Some(name), text, &duplicate, ExactValue(&duplicate))
}

/// Reads the entries of a JSON object in their order, each as [`parse_json`] reads a value.
///
/// A key of the object itself may stand twice; the caller decides about that.
///
/// # Errors
/// As [`parse_json`], and for any other value than an object.
pub fn parse_json_entries(text: &str) -> Result<Vec<(String, Value)>, JsonError> {
    let duplicate = Duplicate::default();
    parse(None, text, &duplicate, Entries(&duplicate))
}

fn parse<'de, S: DeserializeSeed<'de>>(
    name: Option<&str>,
    text: &'de str,
    duplicate: &Duplicate,
    seed: S,
) -> Result<S::Value, JsonError> {
    let mut reader = serde_json::Deserializer::from_str(text);
    let read = seed.deserialize(&mut reader);
    let read = read.and_then(|value| reader.end().map(|()| value));
    read.map_err(|error| JsonError {
        line: error.line(),
        column: error.column(),
        category: error.classify(),
        duplicate: duplicate.path(name),
    })
}

/// The key that stands twice, then the keys and indices that lead to it, the innermost first.
#[derive(Default)]
struct Duplicate(RefCell<Vec<String>>);

impl Duplicate {
    /// Creates the error for a key that stands twice.
    fn refuse<E: serde::de::Error>(&self, key: &str) -> E {
        self.0.borrow_mut().push(key.to_owned());
        E::custom("a key stands twice")
    }

    /// Adds the step that leads to a duplicate.
    fn within<T, E>(&self, step: impl fmt::Display, read: Result<T, E>) -> Result<T, E> {
        let mut steps = self.0.borrow_mut();
        if read.is_err() && !steps.is_empty() {
            steps.push(step.to_string());
        }
        read
    }

    fn path(&self, name: Option<&str>) -> Option<String> {
        let steps = self.0.borrow();
        let outer = name.filter(|_| !steps.is_empty()).map(str::to_owned);
        let steps = outer.iter().chain(steps.iter().rev());
        // A key is the user's own text, and may hold anything.
        let path: Vec<_> = steps.map(|step| redact(step, &[])).collect();
        Some(path.join(".")).filter(|path| !path.is_empty())
    }
}

/// Reads a value, unless a key stands twice in it.
#[derive(Clone, Copy)]
struct ExactValue<'a>(&'a Duplicate);

impl<'de> DeserializeSeed<'de> for ExactValue<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for ExactValue<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, yes: bool) -> Result<Value, E> {
        Ok(yes.into())
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(text.into())
    }

    fn visit_string<E>(self, text: String) -> Result<Value, E> {
        Ok(text.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(value) = self.0.within(list.len(), seq.next_element_seed(self))? {
            list.push(value);
        }
        Ok(list.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut object = JsonObject::new();
        while let Some(key) = map.next_key::<String>()? {
            if object.is_empty() && key == NUMBER_KEY {
                let digits: String = map.next_value()?;
                let number: Number = digits.parse().map_err(A::Error::custom)?;
                return Ok(number.into());
            }
            if object.contains_key(&key) {
                return Err(self.0.refuse(&key));
            }
            let value = self.0.within(&key, map.next_value_seed(self))?;
            object.insert(key, value);
        }
        Ok(object.into())
    }
}

/// Reads the entries of an object.
struct Entries<'a>(&'a Duplicate);

impl<'de> DeserializeSeed<'de> for Entries<'_> {
    type Value = Vec<(String, Value)>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Entries<'_> {
    type Value = Vec<(String, Value)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut entries = Vec::new();
        while let Some(key) = map.next_key::<String>()? {
            let value = map.next_value_seed(ExactValue(self.0));
            let value = self.0.within(&key, value)?;
            entries.push((key, value));
        }
        Ok(entries)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{Strategy, any, prop, prop_assert_eq, proptest};
    use serde_json::json;

    use super::*;

    #[test]
    fn numbers_of_any_length_and_power_keep_their_digits() {
        for text in [
            "18446744073709551616",
            "-9223372036854775809",
            "9007199254740993.0",
            "1.10",
            "-0",
            "-0.0",
            "1e+400",
            "1e-400",
            "0.1234567890123456789012345678901234567890",
        ] {
            let object = format!(r#"{{"a":[{text}]}}"#);
            let value = parse_json("metadata", &object).expect(text);
            assert_eq!(value.to_string(), object);
            assert_eq!(parse_json("metadata", text).unwrap().to_string(), text);
        }
        // serde_json changes only the spelling of the power of ten.
        assert_eq!(parse_json("a", "1E5").unwrap().to_string(), "1e+5");
    }

    #[test]
    fn a_key_that_stands_twice_is_refused_with_its_path() {
        for (text, path) in [
            (r#"{"a": 1, "a": 1}"#, "metadata.a"),
            (
                r#"{"a": {"b": [0, {"c": 1, "\u0063": 2}]}}"#,
                "metadata.a.b.1.c",
            ),
            (r#"[{"a": {}}, {"x": null, "x": {}}]"#, "metadata.1.x"),
            (
                r#"{"a\nb": {"ada@example.com": 1, "ada@example.com": 2}}"#,
                "metadata.a b.***",
            ),
        ] {
            let error = parse_json("metadata", text).expect_err(text);
            let error = error.duplicate_key().expect(text);
            assert_eq!(error.field(), Some(path));
            assert_eq!(error.message(), format!("`{path}` is set twice"));
        }
        let error = parse_json("metadata", r#"{"a": {"b": 1"#).unwrap_err();
        assert_eq!(
            (error.category, error.duplicate_key().is_none()),
            (Category::Eof, true)
        );
    }

    #[test]
    fn entries_keep_their_order_and_only_their_own_keys_may_stand_twice() {
        let entries = parse_json_entries(r#"{"b": 1, "a": {"b": 2}, "b": 3}"#).unwrap();
        let expected = [("b", json!(1)), ("a", json!({"b": 2})), ("b", json!(3))];
        assert_eq!(
            entries,
            expected.map(|(key, value)| (key.to_owned(), value))
        );
        let error = parse_json_entries(r#"{"a": 1, "b": {"c": [1], "c": 2}}"#).unwrap_err();
        assert_eq!(error.duplicate_key().unwrap().field(), Some("b.c"));
        assert!(parse_json_entries("[1]").is_err_and(|error| error.category == Category::Data));
    }

    proptest! {
        #[test]
        fn any_object_is_read_as_it_is_written(
            numbers in prop::collection::vec("-?(0|[1-9][0-9]{0,40})(\\.[0-9]{1,40})?(e[+-][0-9]{1,5})?", 0..5),
            texts in prop::collection::vec(any::<String>().prop_map(Value::from), 0..5),
        ) {
            let texts = Value::from(texts).to_string();
            let written = format!(r#"{{"numbers":[{}],"texts":{texts}}}"#, numbers.join(","));
            prop_assert_eq!(parse_json("metadata", &written).unwrap().to_string(), written);
        }
    }
}
