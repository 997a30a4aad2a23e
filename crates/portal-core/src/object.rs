//! JSON objects with known fields; unknown fields are kept.

use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;

use serde::de::value::UnitDeserializer;
use serde::de::{Deserialize, Deserializer, Error, Visitor};

#[doc(hidden)]
pub use serde::de;

/// Reads a JSON object into a struct that has a field for each name it knows, and `rest`, a
/// [`JsonObject`](crate::JsonObject), for all others.
///
/// The struct may hold [`Text`](crate::Text): `read_object!(Answer<'de> { url })`, or be generic: `read_object!(Envelope<R> { result })`.
/// A known name that stands twice is an error. A missing one is read as `null`. serde's `flatten` is
/// similar, but first reads everything into a buffer, which costs more than the rest of decoding.
///
/// ```
/// use portal_core::{JsonObject, read_object};
///
/// struct Answer {
///     url: String,
///     id: Option<String>,
///     rest: JsonObject,
/// }
///
/// read_object!(Answer { url, id });
///
/// let read = |text| serde_json::from_str::<Answer>(text).ok();
/// let answer = read(r#"{"url": "x", "new": 1}"#).expect("a URL is there");
/// assert_eq!((answer.url.as_str(), answer.id), ("x", None));
/// assert_eq!(answer.rest["new"], 1);
/// assert!(read("{}").is_none() && read(r#"{"url": "x", "url": "y"}"#).is_none());
/// ```
#[macro_export]
macro_rules! read_object {
    ($name:ident $(<$of:lifetime>)? $(<$part:ident>)? { $($field:ident),+ $(,)? }) => {
        impl<'de $(, $part)?> $crate::object::de::Deserialize<'de> for $name $(<$of>)? $(<$part>)?
        $(where $part: $crate::object::de::Deserialize<'de>)?
        {
            fn deserialize<D>(deserializer: D) -> ::std::result::Result<Self, D::Error>
            where
                D: $crate::object::de::Deserializer<'de>,
            {
                struct Object<T>(::std::marker::PhantomData<T>);

                impl<'de $(, $part)?> $crate::object::de::Visitor<'de>
                    for Object<$name $(<$of>)? $(<$part>)?>
                $(where $part: $crate::object::de::Deserialize<'de>)?
                {
                    type Value = $name $(<$of>)? $(<$part>)?;

                    fn expecting(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                        f.write_str("an object")
                    }

                    fn visit_map<A>(self, mut map: A) -> ::std::result::Result<Self::Value, A::Error>
                    where
                        A: $crate::object::de::MapAccess<'de>,
                    {
                        $(let mut $field = None;)+
                        let mut rest = $crate::JsonObject::new();
                        while let Some(name) = map.next_key::<$crate::Text<'de>>()? {
                            match &*name {
                                $(stringify!($field) => {
                                    if $field.replace(map.next_value()?).is_some() {
                                        let name = stringify!($field);
                                        return Err($crate::object::de::Error::duplicate_field(name));
                                    }
                                })+
                                _ => {
                                    rest.insert(name.into_owned(), map.next_value()?);
                                }
                            }
                        }
                        Ok($name {
                            $($field: match $field {
                                Some(value) => value,
                                None => $crate::object::missing(stringify!($field))?,
                            },)+
                            rest,
                        })
                    }
                }

                deserializer.deserialize_map(Object(::std::marker::PhantomData))
            }
        }
    };
}

/// A text of an answer, borrowed from it if it contains no escapes.
///
/// It may be a link, so `Debug` does not show it.
pub struct Text<'de>(Cow<'de, str>);

impl Text<'_> {
    /// Copies the text, so that it does not borrow from the answer.
    #[must_use]
    pub fn into_owned(self) -> String {
        self.0.into_owned()
    }
}

impl fmt::Debug for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Text(***)")
    }
}

impl Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for Text<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;

        impl<'de> Visitor<'de> for Reader {
            type Value = Text<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Borrowed(text)))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }
        }

        deserializer.deserialize_str(Reader)
    }
}

/// Returns the value of a missing field, if its type has one.
#[doc(hidden)]
pub fn missing<'de, T: Deserialize<'de>, E: Error>(name: &'static str) -> Result<T, E> {
    T::deserialize(UnitDeserializer::<E>::new()).map_err(|_| E::missing_field(name))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::{JsonObject, Text};

    struct Example<'de> {
        url: Text<'de>,
        id: Option<String>,
        any: Value,
        rest: JsonObject,
    }

    read_object!(Example<'de> { url, id, any });

    fn read(text: &str) -> Result<Example<'_>, serde_json::Error> {
        serde_json::from_str(text)
    }

    #[test]
    fn known_names_are_read_in_any_escaping_and_all_others_are_kept() {
        let text = r#"{"\u0075rl": "a\/b", "id": null, "new": {"id": 1}, "n\u0065w": 2}"#;
        let example = read(text).unwrap();
        assert_eq!(
            (&*example.url, example.id, example.any),
            ("a/b", None, Value::Null)
        );
        assert_eq!(Value::from(example.rest), json!({"new": 2}));
    }

    #[test]
    fn a_missing_a_repeated_and_a_mistyped_field_are_errors() {
        for text in [
            "{}",
            r#"{"url": null}"#,
            r#"{"url": 1}"#,
            r#"{"url": "a", "id": 1}"#,
            r#"{"url": "a", "url": "a"}"#,
            r#"{"url": "a", "id": null, "id": null}"#,
            r#"{"url": "a", "any": 1, "\u0061ny": 1}"#,
            r#"["a", "b", 1]"#,
            r#""a""#,
        ] {
            assert!(read(text).is_err_and(|error| error.is_data()), "{text}");
        }
    }
}
