use std::fmt;
use std::str::FromStr;

use oxilangtag::LanguageTag;

use crate::{Error, Result};

/// A language tag of BCP 47, such as `en-ZA`, in its canonical letter case.
///
/// ```
/// use portal_core::request::Locale;
///
/// let locale: Locale = "en-za".parse()?;
/// assert_eq!(locale.as_str(), "en-ZA");
/// assert!("english".parse::<Locale>().is_ok() && "en_ZA".parse::<Locale>().is_err());
/// # Ok::<(), portal_core::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Locale(LanguageTag<String>);

impl Locale {
    /// Returns the tag.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl FromStr for Locale {
    type Err = Error;

    /// Parses a well-formed tag; whether its subtags are registered is not checked.
    ///
    /// # Errors
    /// [`Kind::Invalid`](crate::Kind::Invalid) with the field `locale`; the text is not repeated.
    fn from_str(text: &str) -> Result<Self> {
        LanguageTag::parse_and_normalize(text)
            .map(Self)
            .map_err(|_| {
                Error::invalid("locale", "`locale` is not a BCP 47 language tag")
                    .with_hint("write it like `en` or `en-ZA`")
            })
    }
}

impl TryFrom<&str> for Locale {
    type Error = Error;

    fn try_from(text: &str) -> Result<Self> {
        text.parse()
    }
}

impl TryFrom<String> for Locale {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        text.parse()
    }
}

impl fmt::Debug for Locale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Locale").field(&self.as_str()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn well_formed_tags_are_kept_in_canonical_case() {
        for (text, tag) in [
            ("en", "en"),
            ("EN-za", "en-ZA"),
            ("zh-hant-tw", "zh-Hant-TW"),
            ("de-CH-1901", "de-CH-1901"),
            ("x-private", "x-private"),
        ] {
            assert_eq!(text.parse::<Locale>().expect(text).as_str(), tag);
        }
    }

    #[test]
    fn anything_else_is_refused_and_not_repeated() {
        for text in [
            "",
            " ",
            "en_ZA",
            "en-",
            "canary tag",
            "e",
            "en-ZA\n",
            "\u{e9}n",
        ] {
            let error = text.parse::<Locale>().expect_err(text);
            assert_eq!(error.field(), Some("locale"), "{text}");
            assert!(error.hint().is_some() && !format!("{error:?}").contains("canary"));
        }
    }
}
