//! JSON with one damaged value.

use serde_json::Value;

/// A step from a value to one in it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Key {
    Name(String),
    Index(usize),
}

/// The damage to one value.
#[derive(Clone, Debug)]
pub(crate) enum Damage {
    /// The value is removed.
    Removed,
    /// The value is replaced by this text, unquoted.
    Becomes(String),
    /// Its key is repeated with this text as the value.
    Again(String),
}

/// Every place in a value but the value itself.
pub(crate) fn places(value: &Value) -> Vec<(Vec<Key>, Value)> {
    let inner: Vec<(Key, &Value)> = match value {
        Value::Object(object) => object
            .iter()
            .map(|(name, value)| (Key::Name(name.clone()), value))
            .collect(),
        Value::Array(list) => list
            .iter()
            .enumerate()
            .map(|(index, value)| (Key::Index(index), value))
            .collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Vec::new(),
    };
    let mut all = Vec::new();
    for (key, value) in inner {
        all.push((vec![key.clone()], value.clone()));
        for (mut place, value) in places(value) {
            place.insert(0, key.clone());
            all.push((place, value));
        }
    }
    all
}

/// Writes `value`, damaged at `place`.
pub(crate) fn written(value: &Value, place: &[Key], damage: &Damage) -> String {
    let Some((key, rest)) = place.split_first() else {
        return value.to_string();
    };
    let mut parts: Vec<String> = Vec::new();
    let mut write = |prefix: String, at: Key, inner: &Value| {
        if at != *key {
            parts.push(format!("{prefix}{inner}"));
        } else if !rest.is_empty() {
            parts.push(format!("{prefix}{}", written(inner, rest, damage)));
        } else {
            match damage {
                Damage::Removed => {}
                Damage::Becomes(text) => parts.push(format!("{prefix}{text}")),
                Damage::Again(text) => {
                    parts.push(format!("{prefix}{inner}"));
                    parts.push(format!("{prefix}{text}"));
                }
            }
        }
    };
    match value {
        Value::Object(object) => {
            for (name, inner) in object {
                let prefix = format!("{}:", Value::from(name.as_str()));
                write(prefix, Key::Name(name.clone()), inner);
            }
            format!("{{{}}}", parts.join(","))
        }
        Value::Array(list) => {
            for (index, inner) in list.iter().enumerate() {
                write(String::new(), Key::Index(index), inner);
            }
            format!("[{}]", parts.join(","))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.to_string(),
    }
}

/// Formats a place as a dotted path.
pub(crate) fn dotted(place: &[Key]) -> String {
    let words = place.iter().map(|key| match key {
        Key::Name(name) => name.clone(),
        Key::Index(index) => index.to_string(),
    });
    words.collect::<Vec<_>>().join(".")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn each_place_is_damaged_alone() {
        let value = json!({"a": {"b": [1, 2]}, "c": null});
        let places = places(&value);
        let names: Vec<_> = places.iter().map(|(place, _)| dotted(place)).collect();
        assert_eq!(names, ["a", "a.b", "a.b.0", "a.b.1", "c"]);
        let damaged = |index: usize, damage| written(&value, &places[index].0, &damage);
        assert_eq!(damaged(1, Damage::Removed), r#"{"a":{},"c":null}"#);
        assert_eq!(damaged(2, Damage::Removed), r#"{"a":{"b":[2]},"c":null}"#);
        assert_eq!(
            damaged(3, Damage::Becomes("1e999".into())),
            r#"{"a":{"b":[1,1e999]},"c":null}"#
        );
        assert_eq!(
            damaged(4, Damage::Again("true".into())),
            r#"{"a":{"b":[1,2]},"c":null,"c":true}"#
        );
    }
}
