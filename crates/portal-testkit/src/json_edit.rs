//! Edits of one value in a JSON document. The result may be malformed, for example with a repeated key.

use serde_json::Value;

/// A step from an object or array to a value in it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Key {
    Name(String),
    Index(usize),
}

/// An edit of one value. The new text is written unchanged, so it need not be valid JSON.
#[derive(Clone, Debug)]
pub(crate) enum Edit {
    /// Removes the value with its key.
    Remove,
    /// Replaces the value.
    Replace(String),
    /// Repeats the value's key with another value.
    Duplicate(String),
}

/// Lists every nested value with its path.
pub(crate) fn paths(value: &Value) -> Vec<(Vec<Key>, Value)> {
    let children: Vec<(Key, &Value)> = match value {
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
    let mut entries = Vec::new();
    for (key, child) in children {
        entries.push((vec![key.clone()], child.clone()));
        for (mut path, value) in paths(child) {
            path.insert(0, key.clone());
            entries.push((path, value));
        }
    }
    entries
}

/// Writes `value` as JSON, with the value at `path` edited.
pub(crate) fn apply(value: &Value, path: &[Key], edit: &Edit) -> String {
    let Some((key, rest)) = path.split_first() else {
        return value.to_string();
    };
    let mut parts: Vec<String> = Vec::new();
    let mut write = |prefix: String, child_key: Key, child: &Value| {
        if child_key != *key {
            parts.push(format!("{prefix}{child}"));
        } else if !rest.is_empty() {
            parts.push(format!("{prefix}{}", apply(child, rest, edit)));
        } else {
            match edit {
                Edit::Remove => {}
                Edit::Replace(text) => parts.push(format!("{prefix}{text}")),
                Edit::Duplicate(text) => {
                    parts.push(format!("{prefix}{child}"));
                    parts.push(format!("{prefix}{text}"));
                }
            }
        }
    };
    match value {
        Value::Object(object) => {
            for (name, child) in object {
                let prefix = format!("{}:", Value::from(name.as_str()));
                write(prefix, Key::Name(name.clone()), child);
            }
            format!("{{{}}}", parts.join(","))
        }
        Value::Array(list) => {
            for (index, child) in list.iter().enumerate() {
                write(String::new(), Key::Index(index), child);
            }
            format!("[{}]", parts.join(","))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.to_string(),
    }
}

/// Formats a path with dots.
pub(crate) fn dotted(path: &[Key]) -> String {
    let words = path.iter().map(|key| match key {
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
    fn an_edit_changes_only_the_value_at_its_path() {
        let value = json!({"a": {"b": [1, 2]}, "c": null});
        let paths = paths(&value);
        let names: Vec<_> = paths.iter().map(|(path, _)| dotted(path)).collect();
        assert_eq!(names, ["a", "a.b", "a.b.0", "a.b.1", "c"]);
        let edited = |index: usize, edit| apply(&value, &paths[index].0, &edit);
        assert_eq!(edited(1, Edit::Remove), r#"{"a":{},"c":null}"#);
        assert_eq!(edited(2, Edit::Remove), r#"{"a":{"b":[2]},"c":null}"#);
        assert_eq!(
            edited(3, Edit::Replace("1e999".into())),
            r#"{"a":{"b":[1,1e999]},"c":null}"#
        );
        assert_eq!(
            edited(4, Edit::Duplicate("true".into())),
            r#"{"a":{"b":[1,2]},"c":null,"c":true}"#
        );
    }
}
